"""The page of a real lane on a real Kafka: what is on it, in which format, and what cannot come to be on it."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from milepost.agents.ownership import ROUTES
from milepost.broker import kafka as local_kafka
from milepost.broker.readiness import free_ports
from milepost.codecs import canonical
from milepost.commands.topic_reading import publish
from milepost.metrics.faust_sensor import SHOWN
from milepost.metrics.labels import CLOSED
from milepost.metrics.table import METRICS, SERIES_MOST, exposed
from milepost.runtime.topics import create_missing
from milepost.simulators.life import lives
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

from .lane_page import HOST, LanePage, until

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5"
ORDERS, SEED = 60, 3
SAMPLE = re.compile(r"^(\w+)(?:{(.*)})? \S+$")


@pytest.fixture(scope="module")
def kafka_of_ours() -> Iterator[local_kafka.RunningBroker]:
    """A Kafka that may be suspended: no other test is on it."""
    with local_kafka.start(fresh=True, port=0) as running:
        create_missing(running.bootstrap)
        yield running


@pytest.fixture(scope="module")
def lane(kafka_of_ours: local_kafka.RunningBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanePage]:
    """The fulfilment lane after a few lives."""
    with LanePage("fulfilment", kafka_of_ours.bootstrap, tmp_path_factory.mktemp("lane")) as running:
        running.until_status("/readyz", 200)
        asyncio.run(_feed(kafka_of_ours.bootstrap))
        until(lambda: _caught_up(running.page()), 60, running.page)
        yield running


async def _feed(bootstrap: str) -> None:
    acts = [(ROUTES[type(act.event.body)], act.event) for act in lives(SEED, ORDERS).acts]
    for topic in sorted({topic for topic, _ in acts}):
        events = [event for where, event in acts if where == topic]
        await publish(bootstrap, topic, ((event.owner, canonical.encode(event)) for event in events))


def _caught_up(page: str) -> bool:
    lags = [float(line.split()[1]) for line in page.splitlines() if line.startswith("milepost_lag_records{")]
    return bool(lags) and not any(lags) and 'records_total{lane="fulfilment",topic="orders.facts"}' in page


def samples(page: str) -> list[tuple[str, str]]:
    """(name, labels as written) of every sample of a page in the classic format."""
    return [
        (found[1], found[2] or "") for line in page.splitlines() if line[:1] != "#" and (found := SAMPLE.match(line))
    ]


def test_every_row_of_the_engine_is_on_the_page_and_nothing_that_is_in_no_table(lane: LanePage) -> None:
    """Each engine metric of the table has a series on the page of a lane that works, and no other name appears."""
    page = lane.page()
    found = {name for name, _ in samples(page)}
    engine = {name for row in METRICS.values() if row.group == "engine" for name in exposed(row)}
    assert engine - found == set()
    named = {name for row in METRICS.values() for name in exposed(row)}
    families = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE ")}
    strangers = {name for name in found | families if not name.startswith(("process_", "python_", "faust_"))}
    bases = {row.name for row in METRICS.values()}
    assert strangers <= named | bases
    faust = {name for name in families if name.startswith("faust_")}
    assert {name.removesuffix("_total") for name in faust} == {shown.name for shown in SHOWN.values()}


def test_every_value_of_a_label_is_of_its_closed_set(lane: LanePage) -> None:
    """On a real page each label has a value from its closed set, and each series of ours says which lane it is of."""
    for name, labels in samples(lane.page()):
        pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))
        for label, value in pairs.items():
            assert label not in CLOSED or value in CLOSED[label], (name, label, value)
        if name.startswith(("milepost_", "faust_")):
            assert pairs["lane"] == "fulfilment"


def test_a_page_has_fewer_series_than_its_budget(lane: LanePage) -> None:
    """A lane that owns every partition, the most it can, keeps within the named budget."""
    assert len(samples(lane.page())) <= SERIES_MOST


def test_the_format_is_the_one_asked_for(lane: LanePage) -> None:
    """Who asks for OpenMetrics gets it, who asks for nothing the classic format; both are read by their parsers."""
    old, new = lane.get("/metrics"), lane.get("/metrics", Accept=OPENMETRICS)
    assert old is not None
    assert new is not None
    assert old.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert new.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert new.text.endswith("# EOF\n")
    modern = {f.name for f in openmetrics(new.text)}  # type: ignore[no-untyped-call]
    assert modern == {f.name.removesuffix("_total") for f in classic(old.text)}
    packed = lane.get("/metrics", Accept_Encoding="gzip")
    assert packed is not None
    assert packed.headers["Content-Encoding"] == "gzip"
    assert {f.name for f in classic(gzip.decompress(packed.body).decode())} == {f.name for f in classic(old.text)}


def test_promtool_finds_nothing_to_say(lane: LanePage) -> None:
    """The page of a real lane passes `promtool check metrics`, which knows the naming rules."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is missing: apt-get install prometheus")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=lane.page(), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_scrapes_from_many_at_once_are_all_answered(lane: LanePage) -> None:
    """Sixteen scrapers at once, while the lane runs, get whole pages."""
    pages: list[str] = []
    threads = [threading.Thread(target=lambda: pages.append(lane.page())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(pages) == 16
    assert all("milepost_ready" in page for page in pages)


def test_a_lane_lives_and_stays_of_use_while_its_broker_does_not_answer(
    lane: LanePage, kafka_of_ours: local_kafka.RunningBroker
) -> None:
    """A broker that was suspended changes nothing about /livez; the lane's own lag is still told."""
    os.kill(kafka_of_ours.pid, signal.SIGSTOP)
    try:
        for _ in range(12):  # as a kubelet would, over longer than the loop's limit
            found = lane.get("/livez")
            assert found is not None
            assert (found.status, found.text) == (200, "ok\n")
            time.sleep(1.0)
        assert "milepost_lag_seconds{" in lane.page()
    finally:
        os.kill(kafka_of_ours.pid, signal.SIGCONT)


def test_a_standby_is_ready_and_lives(kafka_of_ours: local_kafka.RunningBroker, tmp_path: Path) -> None:
    """Of two posting processes of one account both are live and ready, and one has no partitions: it stands by."""
    with LanePage("posting", kafka_of_ours.bootstrap, tmp_path, MILEPOST_INSTANCE="a") as first:
        first.until_status("/readyz", 200)
        with LanePage("posting", kafka_of_ours.bootstrap, tmp_path, MILEPOST_INSTANCE="b") as second:
            second.until_status("/livez", 200)
            second.until_status("/readyz", 200)
            assert 'milepost_ready{lane="posting"} 1.0' in second.page()
            assert 'milepost_assigned_partitions{lane="posting"} 0.0' in second.page()
            assert "standing by" in second.said()
            assert 'milepost_assigned_partitions{lane="posting"} 0.0' not in first.page()


def test_a_lane_that_waits_for_its_broker_is_live_and_not_ready(tmp_path: Path) -> None:
    """The page is up before any broker was reached: live, not ready."""
    (nowhere,) = free_ports(HOST, 1)
    with LanePage("intake", f"{HOST}:{nowhere}", tmp_path) as waiting:
        waiting.until_status("/livez", 200)
        assert waiting.status("/readyz") == 503


def test_a_port_that_is_taken_is_one_clear_line(lane: LanePage, tmp_path: Path) -> None:
    """A second process on the same port ends with exit 2 and one line that names the settings."""
    with LanePage("intake", "127.0.0.1:1", tmp_path, MILEPOST_WEB_PORT=str(lane.port)) as second:
        assert second.process.wait(30) == 2
        (line,) = second.said().splitlines()
        assert line.startswith("milepost: the page of metrics cannot listen at")
        assert f"MILEPOST_WEB_PORT={lane.port}" in line


def test_the_numbers_of_the_page_are_those_of_the_work(lane: LanePage) -> None:
    """Records, ages and commits on the page agree with one another: what was applied was durable, and committed."""
    page = lane.page()
    values = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in page.splitlines() if line[:1] != "#"}

    def total(name: str) -> float:
        return sum(value for series, value in values.items() if series.startswith(name + "{"))

    assert total("milepost_records_total") == total("milepost_event_age_seconds_count") > 0
    assert total("milepost_records_total") == total("milepost_chunk_records_sum")
    assert total("milepost_in_flight_records") == total("milepost_lag_records") == total("milepost_lag_seconds") == 0
    assert total("milepost_committed_offset") == total("milepost_end_offset") == total("faust_committed_offset")
    assert total("milepost_commits_total") == total("milepost_commit_seconds_count") > 0
    assert total("milepost_table_bytes") > total("milepost_table_keys") > 0
    assert total("milepost_event_loop_delay_seconds_count") > 0
