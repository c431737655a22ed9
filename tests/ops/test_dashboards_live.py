"""Every panel against a real Prometheus scraping a real run: orders live, some get stuck on purpose, a lane dies."""

from __future__ import annotations

import asyncio
import math
import shutil
from collections.abc import Iterator, Mapping
from itertools import pairwise

import pytest
from milepost.broker.choose import open_broker
from milepost.grafana.prometheus import MISSING, Series
from milepost.runtime.topic_table import TOPICS
from milepost.runtime.topics import create_missing
from milepost.tests.ops.dashboards import OF_THE_CLUSTER, Query
from milepost.tests.ops.promql import names_of, parsed
from milepost.tests.ops.watched_orders import DEAD, DEAD_S, Seen, watched_orders

WITHIN_S = 400
EMPTY = {
    "annotation Rebalances": "a lane that runs alone has its only one at its start, often before the first scrape",
    "Not had": "every partner has what it was sent: nothing was",
    "Findings": "the ERP books what it says in this run",
}
"""Panels that may have no value, beside those of metrics that only a cluster has."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """The run, with everything it was asked for; all its processes have ended."""
    if shutil.which("prometheus") is None:
        pytest.skip(f"no dashboard was evaluated: {MISSING}")
    directory = tmp_path_factory.mktemp("watched")
    topics = {topic.name: topic.partitions for topic in TOPICS.values()}
    with open_broker("kafka", fresh=True, topics=topics, log_file=directory / "kafka.log", say=print) as broker:
        create_missing(broker.bootstrap)
        yield asyncio.run(watched_orders(broker, directory))


def finite(series: Series) -> list[float]:
    return [value for _, value in series.points if math.isfinite(value)]


def answer(seen: Seen, place: str) -> list[Series]:
    """Return the series of a query by its place."""
    (found,) = [answer for query, answer in seen.answers.items() if query.place == place]
    assert isinstance(found, list), found
    return found


@pytest.mark.timeout(WITHIN_S)
def test_every_query_has_values(seen: Seen) -> None:
    """Prometheus refuses no query, and each gives at least one finite value in the run, but the listed ones."""
    refused = {query.place: answer for query, answer in seen.answers.items() if isinstance(answer, str)}
    assert not refused
    empty = [query for query, found in seen.answers.items() if not any(map(finite, found))]
    assert not [query.place for query in empty if not _may_be_empty(query)]


def _may_be_empty(query: Query) -> bool:
    return bool(names_of(parsed(query.expr)) & OF_THE_CLUSTER) or any(name in query.place for name in EMPTY)


@pytest.mark.timeout(WITHIN_S)
def test_the_panel_and_the_verb_say_the_same(seen: Seen) -> None:
    """Stage by cause by system, the metric of the panel counts exactly the owners that `milepost exceptions --group`
    names, and so does the panel's own query."""
    wanted = {group: len(owners) for group, owners in seen.groups.items()}
    assert seen.stuck_now == wanted
    rows = answer(seen, "orders-erp: Stuck orders by stage, cause and system A")
    last = max(at for one in rows for at, _ in one.points)
    shown = {(s.labels["stage"], s.labels["cause"], s.labels["system"]): s.points[-1] for s in rows}
    assert {group: int(value) for group, (at, value) in shown.items() if at == last and value} == wanted


@pytest.mark.timeout(WITHIN_S)
def test_every_planted_cause_is_attributed(seen: Seen) -> None:
    """Each order that was made to get stuck stands in the group of its stage, its cause and the system that has to put
    it right, and in no other."""
    planted = {one.owner: [one.group] for one in seen.stuck}
    found: dict[str, list[tuple[str, str, str]]] = {owner: [] for owner in planted}
    for group, owners in seen.groups.items():
        for owner in set(owners) & planted.keys():
            found[owner].append(group)
    assert found == planted


@pytest.mark.timeout(WITHIN_S)
def test_a_dead_lane_is_seen(seen: Seen) -> None:
    """While a lane does not run, the first screen's lag rises as the clock does, and falls to nothing when it is back;
    the lane's own figures end with it."""
    ended_s, began_s = seen.dead
    behind = _of_lane(answer(seen, "lag: Behind by A"), DEAD)
    rising = [(at, value) for at, value in behind.items() if ended_s < at < began_s and value > DEAD_S / 2]
    assert len(rising) > 1
    assert rising[-1][1] >= DEAD_S - 3  # a query looks each other second
    for (at, value), (next_at, next_value) in pairwise(rising):
        assert next_value - value == pytest.approx(next_at - at, abs=1.5)  # also between two looks of the watcher
    assert behind[max(behind)] == 0
    own = _of_lane(answer(seen, "lag: As the workers see it A"), DEAD)
    assert not [at for at in own if ended_s + 3 < at < began_s]


def _of_lane(found: list[Series], lane: str) -> Mapping[float, float]:
    (one,) = [series for series in found if series.labels["lane"] == lane]
    return dict(one.points)
