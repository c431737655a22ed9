"""What a drill runs: the ERP and several workers per lane, on a broker that may fall, all as processes of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from milepost.broker.node import HOST
from milepost.chaos.broker_under_test import BrokerUnderTest
from milepost.chaos.lanes import GRACE_S, RESTARTS, Lanes
from milepost.chaos.plan import SESSION_S, Limits
from milepost.chaos.steady_ports import steady_ports
from milepost.chaos.traps import TRAPS
from milepost.commands.demo_scene import quick
from milepost.runtime.child_process import Child
from milepost.runtime.settings import Settings
from milepost.runtime.supervisor import Supervisor

ERP: Final = "erp"
READY_WITHIN_S: Final = 120.0
LATER_STILL: Final = 1.5
"""The ERP may book so many times later than its longest answer takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is to run. ``without``: rules that the workers do without."""

    settings: Settings
    run_dir: Path
    workers: Mapping[str, int]
    limits: Limits
    seed: int
    unique_reference: bool
    without: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """What runs now. ``traps``: where workers look for traps. Workers reach the broker through its proxy only."""

    broker: BrokerUnderTest
    supervisor: Supervisor
    lanes: Lanes
    settings: Settings
    traps: Path

    @property
    def erp_url(self) -> str:
        return self.settings.erp_url


@asynccontextmanager
async def on_ground(site: Site, broker: BrokerUnderTest) -> AsyncIterator[Ground]:
    """Run it all on a broker whose topics exist; on leaving every process is ended. Raises ChildFailed."""
    port = steady_ports(HOST, 1)[0]
    settings = _paced(site, broker.proxied_bootstrap, f"http://{HOST}:{port}")
    traps = site.run_dir / TRAPS
    traps.mkdir(parents=True)
    supervisor = Supervisor([_erp(port, site)], site.run_dir, restarts=RESTARTS, facts={"kind": "chaos"})
    lanes = Lanes(supervisor, settings, traps, site.without)
    await supervisor.start()
    try:
        lanes.begin(site.workers)
        await supervisor.wait_ready(READY_WITHIN_S)
        yield Ground(broker, supervisor, lanes, settings, traps)
    finally:
        await supervisor.stop(GRACE_S)


def _paced(site: Site, broker: str, erp_url: str) -> Settings:
    settings = replace(quick(site.settings), broker=broker, erp_url=erp_url, data_dir=site.run_dir)
    longest_s = max(settings.erp_longest_processing_s, site.limits.latency_s * LATER_STILL)
    return replace(
        settings, session_timeout_s=SESSION_S, erp_longest_processing_s=longest_s,
        erp_unique_reference=site.unique_reference,
    )  # fmt: skip


def _erp(port: int, site: Site) -> Child:
    unique = ("--unique-reference",) if site.unique_reference else ()
    books = site.run_dir / "erp-books.jsonl"
    arguments = ("--port", str(port), "--seed", str(site.seed), "--books", str(books), "--sessions", *unique)
    return Child(name=ERP, module="milepost.simulators.erp", arguments=arguments, ready_port=port)
