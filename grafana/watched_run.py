"""A stack watched as in production: every process with its page, lag-watcher and gateway beside them, a Prometheus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from milepost.broker.choose import Broker
from milepost.commands.stack import HOST, PAGES_USUAL_PORT, READY_WITHIN_S, Plan, Stack, free_row, running_stack
from milepost.grafana.prometheus import Prometheus, scraping
from milepost.runtime.child_process import Child
from milepost.runtime.settings import to_environment

WATCHER, GATEWAY = "lag-watcher", "gateway"
HEARD = "tms-json"
"""The partner whom the gateway of such a run hears: one whose silence and sequence are watched."""
SECRETS = {"TMS_JSON_KEY": "known here alone", "TMS_JSON_TOKEN": "known here alone"}
ROOM = 1000
"""Ports from the usual one on that are not taken, for the usual ones may be those of a `milepost up`."""


@dataclass(frozen=True, slots=True)
class Watched:
    stack: Stack
    prometheus: Prometheus
    gateway_url: str


@asynccontextmanager
async def watched_run(plan: Plan, broker: Broker) -> AsyncIterator[Watched]:
    """Run the plan's ERP and lanes, lag-watcher, gateway and a Prometheus that scrapes them; all ends on leaving."""
    processes = sum(plan.workers.get(lane, 1) for lane in plan.lanes)
    first = free_row(PAGES_USUAL_PORT + ROOM, processes + 3)
    plan = replace(plan, settings=replace(plan.settings, web_port=first))
    async with running_stack(plan, broker) as stack:
        port = first + processes
        stack.supervisor.add(_watcher(stack, port))
        stack.supervisor.add(_gateway(stack, port + 1, port + 2))
        await stack.supervisor.wait_ready(READY_WITHIN_S)
        pages = {**stack.pages, WATCHER: _page(port), GATEWAY: _page(port + 1)}
        with scraping(pages, plan.run_dir / "prometheus") as prometheus:
            yield Watched(stack, prometheus, f"http://{HOST}:{port + 2}/in/{HEARD}")


def _page(port: int) -> str:
    return f"http://{HOST}:{port}/metrics"


def _watcher(stack: Stack, port: int) -> Child:
    environment = to_environment(replace(stack.settings, web_port=port))
    return Child(name=WATCHER, module="milepost.commands.main", arguments=(WATCHER,), environment=environment)


def _gateway(stack: Stack, page: int, port: int) -> Child:
    settings = replace(stack.settings, web_port=page, gateway_port=port)
    environment = {**to_environment(settings), **SECRETS}
    return Child(name=GATEWAY, module="milepost.commands.main", arguments=(GATEWAY, HEARD), environment=environment)
