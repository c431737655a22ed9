"""One real run: orders live, some get stuck on purpose, everything is scraped. Dashboards are held to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec
from milepost.broker.choose import Broker
from milepost.commands.demo_scene import quick
from milepost.commands.stack import Plan
from milepost.commands.topic_reading import publish, publish_everywhere
from milepost.grafana.prometheus import Prometheus, QueryFailed, Series
from milepost.grafana.queries import concrete
from milepost.grafana.watched_run import Watched, watched_run
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings, from_environment, to_environment
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ORDERS_TICKS, PARTNER_EVENTS
from milepost.simulators.life import lives
from milepost.simulators.quiet import GroupsQuiet
from milepost.simulators.world import end_of, play
from milepost.tests.ops.dashboards import Query, queries
from milepost.tests.ops.stuck_orders import LATER, Group, Stuck, as_messages, planted
from milepost.tests.workflow.known_rules import MORNING
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.ticks import Tick

SEED, ORDERS, STEPS = 3, 24, 3
FAULTS = frozenset({"duplicate", "loss"})
QUIET_WITHIN_S = 60.0
VERB_WITHIN_S = 60.0
SHOWN_WITHIN_S = 30.0
GRACE_S = 20.0
DEAD_S = 8.0
DEAD = "fulfilment"
LAG = f'max(milepost_group_lag_seconds{{lane="{DEAD}", topic!="orders.ticks"}})'
INTERVAL = "20s"
STEP_S = 2.0
STUCK_NOW = "sum by (stage, cause, system) (milepost_orders_stuck)"
GARBAGE = b'{"this is": "no event"'


@dataclass(frozen=True, slots=True)
class Seen:
    """``answers``: of every query over the whole run; a text says why one failed. ``groups``: owners by group, as
    `milepost exceptions --group` names them; ``stuck_now``: the metric behind the panel then; ``dead``: from when to
    when lane fulfilment was not running, in Unix time."""

    answers: Mapping[Query, list[Series] | str]
    stuck: Sequence[Stuck]
    groups: Mapping[Group, Sequence[str]]
    stuck_now: Mapping[Group, int]
    dead: tuple[float, float]


async def watched_orders(broker: Broker, directory: Path) -> Seen:
    """Play, plant, look, and end everything."""
    settings = quick(from_environment({"MILEPOST_DATA_DIR": str(directory)}))
    run_dir = directory / "run"
    await asyncio.to_thread(run_dir.mkdir)
    plan = Plan(kind="demo", settings=settings, run_dir=run_dir, erp_arguments=("--unique-reference",))
    async with watched_run(plan, broker) as watched:
        began_s = time.time()
        async with GroupsQuiet(broker.bootstrap, timeout_s=QUIET_WITHIN_S) as at_rest:
            await asyncio.to_thread(_knock, watched.gateway_url)
            world = lives(SEED, ORDERS)
            await play(broker.bootstrap, world, SEED, FAULTS, quiet=at_rest, steps=STEPS)
            stuck = planted(1 + int((end_of(world) - MORNING).total_seconds()) // 60)
            await _plant(watched, stuck)
            await at_rest()
            last = max(event.occurred_at for one in stuck for event in one.events)
            await _tick(broker.bootstrap, last)
            await at_rest()
        groups = await _groups(watched.stack.settings)
        stuck_now = await _shown(watched.prometheus, groups)
        await asyncio.to_thread(_knock, watched.gateway_url)
        dead = await _dead_lane(watched, stuck)
        ended_s = time.time() + STEP_S  # so that the last step has the last sample
        answers = await asyncio.to_thread(_answers, watched.prometheus, began_s, ended_s)
        return Seen(answers, stuck, groups, stuck_now, dead)


async def _plant(watched: Watched, stuck: Sequence[Stuck]) -> None:
    """Send what gets stuck, and one message that is no event; of some the ERP is told to reject the goods issue."""
    settings = watched.stack.settings
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    rejected = [posting for one in stuck if one.rejected for posting in _postings(one, rules)]
    await asyncio.to_thread(_tell_erp, settings.erp_url, rejected)
    await publish(settings.broker, PARTNER_EVENTS, [*as_messages(list(stuck)), ("nobody", GARBAGE)])


def _knock(url: str) -> None:
    """Send the gateway what proves nothing: it is answered, counted and timed."""
    with contextlib.suppress(urllib.error.HTTPError):  # 401
        urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST"), timeout=VERB_WITHIN_S).close()


def _postings(one: Stuck, rules: Rules) -> list[str]:
    """Return the ids of what an order's facts command: they are derived, so they are known beforehand."""
    arrivals = [Arrival(event, Place(0, n)) for n, event in enumerate(one.events, 1)]
    return [command.id for command in step.step(Record(one.owner), arrivals, rules, 1)[1].commands]


def _tell_erp(url: str, rejected: Sequence[str]) -> None:
    body = json.dumps({"rejected": rejected}).encode()
    request = urllib.request.Request(f"{url}/admin/faults", data=body, method="POST")
    with urllib.request.urlopen(request, timeout=VERB_WITHIN_S):
        pass


async def _tick(bootstrap: str, last: datetime) -> None:
    tick = msgspec.json.encode(Tick(now=last + LATER))
    await publish_everywhere(bootstrap, ORDERS_TICKS, "clock", tick, PARTITIONS)


async def _groups(settings: Settings) -> dict[Group, list[str]]:
    verb = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "milepost.commands.main", "exceptions", "--group", "--json", "--broker", settings.broker,
        env={**os.environ, **to_environment(replace(settings, web_port=None))},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(VERB_WITHIN_S):
        out, _ = await verb.communicate()
    return {(row["stage"], row["cause"], row["system"]): row["owners"] for row in json.loads(out)}


async def _shown(prometheus: Prometheus, groups: Mapping[Group, Sequence[str]]) -> dict[Group, int]:
    """Return what the metric says, as soon as it says as much as the verb; else what it says at last."""
    deadline = time.monotonic() + SHOWN_WITHIN_S
    wanted = {group: len(owners) for group, owners in groups.items()}
    found: dict[Group, int] = {}
    while found != wanted and time.monotonic() < deadline:
        await asyncio.sleep(1)
        series = await asyncio.to_thread(prometheus.now, STUCK_NOW)
        counted = {(s.labels["stage"], s.labels["cause"], s.labels["system"]): int(s.points[0][1]) for s in series}
        found = {group: count for group, count in counted.items() if count}
    return found


async def _dead_lane(watched: Watched, stuck: Sequence[Stuck]) -> tuple[float, float]:
    """End the lane, say again what it knows already, and start it when the watcher has told of it for a while."""
    supervisor = watched.stack.supervisor
    child = supervisor.lives[DEAD].child
    await supervisor.remove(DEAD, GRACE_S)
    ended_s = time.time()
    await publish(watched.stack.settings.broker, PARTNER_EVENTS, as_messages(list(stuck)))
    await _until(watched.prometheus, f"{LAG} > {DEAD_S}")
    began_s = time.time()
    supervisor.add(child)
    await supervisor.wait_ready(QUIET_WITHIN_S)
    await _until(watched.prometheus, f"{LAG} == 0")
    return ended_s, began_s


async def _until(prometheus: Prometheus, condition: str) -> None:
    async with asyncio.timeout(QUIET_WITHIN_S):
        while not await asyncio.to_thread(prometheus.now, condition):  # noqa: ASYNC110 - Prometheus tells nobody
            await asyncio.sleep(0.5)


def _answers(prometheus: Prometheus, began_s: float, ended_s: float) -> dict[Query, list[Series] | str]:
    found: dict[Query, list[Series] | str] = {}
    for query in queries():
        try:
            found[query] = prometheus.over(concrete(query.expr, INTERVAL), began_s, ended_s, STEP_S)
        except QueryFailed as error:
            found[query] = str(error)
    return found
