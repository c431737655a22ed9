"""Everything that `up` and `demo` run together: a broker with its topics, a simulated ERP, one process per lane."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from milepost.broker.choose import Broker
from milepost.runtime.child_process import Child, Life
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.supervisor import Supervisor
from milepost.runtime.topic_kinds import LANES

READY_WITHIN_S = 90.0
STOP_GRACE_S = 15.0
ERP = "erp"
GATEWAY = "gateway"
ERP_USUAL_PORT = 8700
PAGES_USUAL_PORT = 8710
"""Of the first lane; the next ones have the next ones."""
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to run. `erp_arguments` go to the simulated ERP; `on_change` hears of every change of a process.

    `erp_port` is a wish: a free port is taken instead when it is taken, or 0.
    """

    kind: str
    settings: Settings
    run_dir: Path
    lanes: Sequence[str] = LANES
    workers: Mapping[str, int] = field(default_factory=dict)
    """How many processes of a lane, where it is not one. Several are named LANE-0, LANE-1 and so on."""
    erp_arguments: tuple[str, ...] = ()
    erp_port: int = 0
    partners: tuple[str, ...] = ()
    """Whose messages the gateway takes in; none: no gateway runs."""
    on_change: Callable[[Life], None] | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs now: its settings with real addresses, and the supervisor of its processes."""

    settings: Settings
    supervisor: Supervisor
    pages: Mapping[str, str] = field(default_factory=dict)
    """Process -> where its metrics are; none where no port was asked for."""


@asynccontextmanager
async def running_stack(plan: Plan, broker: Broker) -> AsyncIterator[Stack]:
    """Run ERP and lanes on a broker whose topics exist; on leaving every process is ended.

    Raises ChildFailed when one does not come up or is given up.
    """
    port = _free(plan.erp_port)
    settings = replace(plan.settings, broker=broker.bootstrap, erp_url=f"http://{HOST}:{port}")
    if plan.partners:
        settings = replace(settings, gateway_port=_free(settings.gateway_port))
    children = [_erp(port, plan), *_lanes(plan, settings), *_gateway(plan, settings)]
    pages = pages_of(children)
    facts = {**facts_of(plan.kind, settings), "pages": pages}
    supervisor = Supervisor(children, plan.run_dir, facts=facts, on_change=plan.on_change)
    await supervisor.start()
    try:
        await supervisor.wait_ready(READY_WITHIN_S)
        yield Stack(settings, supervisor, pages)
    finally:
        await supervisor.stop(STOP_GRACE_S)


def facts_of(kind: str, settings: Settings) -> dict[str, object]:
    """What the state file of a run says beside its processes, for whoever looks at it from another shell."""
    return {
        "kind": kind, "broker": settings.broker, "erp": settings.erp_url,
        "policy_dir": str(settings.policy_dir), "reference_dir": str(settings.reference_dir),
    }  # fmt: skip


def _erp(port: int, plan: Plan) -> Child:
    arguments = ("--port", str(port), *plan.erp_arguments)
    return Child(name=ERP, module="milepost.simulators.erp", arguments=arguments, ready_port=port)


def _lanes(plan: Plan, settings: Settings) -> Iterator[Child]:
    number = 0
    for lane in plan.lanes:
        count = plan.workers.get(lane, 1)
        for n in range(count):
            own = settings if count == 1 else replace(settings, instance=str(n))
            if settings.web_port is not None:  # one after the other: all are on one machine
                own = replace(own, web_port=settings.web_port + number)
            number += 1
            yield worker(lane if count == 1 else f"{lane}-{n}", lane, own)


def _gateway(plan: Plan, settings: Settings) -> Iterator[Child]:
    if plan.partners:
        own = settings
        if settings.web_port is not None:
            own = replace(settings, web_port=settings.web_port + len(list(_lanes(plan, settings))))
        yield Child(
            name=GATEWAY, module="milepost.commands.main", arguments=(GATEWAY, *plan.partners),
            environment=to_environment(own), ready_port=settings.gateway_port,
        )  # fmt: skip


def pages_of(children: Sequence[Child]) -> dict[str, str]:
    """Process -> where its metrics are, of those that have a page."""
    ports = {child.name: child.environment.get("MILEPOST_WEB_PORT", "none") for child in children}
    return {name: f"http://{HOST}:{port}/metrics" for name, port in ports.items() if port != "none"}


def worker(name: str, lane: str, settings: Settings, *, repeated: bool = False) -> Child:
    """One process of a lane. Two of one lane need settings with an `instance` of their own."""
    return Child(
        name=name,
        module="milepost.commands.main",
        arguments=("worker", lane, "--no-supervise"),
        environment=to_environment(settings),
        repeated=repeated,
    )


def free_row(first: int, count: int) -> int:
    """The first of so many ports in a row that are free now, from ``first`` on."""
    from milepost.broker.readiness import port_is_free

    while not all(port_is_free(HOST, port) for port in range(first, first + count)):
        first += count
    return first


def _free(wish: int) -> int:
    from milepost.broker.readiness import free_ports, port_is_free

    return wish if wish and port_is_free(HOST, wish) else free_ports(HOST, 1)[0]
