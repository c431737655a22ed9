"""A stack watched as in production: every process with its page, the lag-watcher beside them, and a Prometheus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from milepost.broker.choose import Broker
from milepost.commands.stack import HOST, PAGES_USUAL_PORT, READY_WITHIN_S, Plan, Stack, free_row, running_stack
from milepost.grafana.prometheus import Prometheus, scraping
from milepost.runtime.child_process import Child
from milepost.runtime.settings import to_environment

WATCHER = "lag-watcher"
ROOM = 1000
"""Ports from the usual one on that are not taken, for the usual ones may be those of a `milepost up`."""


@dataclass(frozen=True, slots=True)
class Watched:
    stack: Stack
    prometheus: Prometheus


@asynccontextmanager
async def watched_run(plan: Plan, broker: Broker) -> AsyncIterator[Watched]:
    """Run the plan's ERP and lanes, the lag-watcher and a Prometheus that scrapes them; all is ended on leaving."""
    processes = sum(plan.workers.get(lane, 1) for lane in plan.lanes)
    first = free_row(PAGES_USUAL_PORT + ROOM, processes + 1)
    plan = replace(plan, settings=replace(plan.settings, web_port=first))
    async with running_stack(plan, broker) as stack:
        port = first + processes
        stack.supervisor.add(_watcher(stack, port))
        await stack.supervisor.wait_ready(READY_WITHIN_S)
        pages = {**stack.pages, WATCHER: f"http://{HOST}:{port}/metrics"}
        with scraping(pages, plan.run_dir / "prometheus") as prometheus:
            yield Watched(stack, prometheus)


def _watcher(stack: Stack, port: int) -> Child:
    environment = to_environment(replace(stack.settings, web_port=port))
    return Child(name=WATCHER, module="milepost.commands.main", arguments=(WATCHER,), environment=environment)
