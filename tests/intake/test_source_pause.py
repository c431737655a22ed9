"""A source that sends too much rubbish is paused, loudly and lastingly; the others go on."""

from __future__ import annotations

import logging

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.runtime import parked
from milepost.runtime.durable.interface import Tuning, record_size_bytes
from milepost.tables.sources import SOURCES_MAX, TABLE
from milepost.tests.codecs.events import written
from milepost.tests.intake.partner import HOUR_MS, T0_MS, Bench, exceptions, letters, topics

SHARE = 3  # of the limit of 36 over 12 partitions


def paused_bench() -> Bench:
    bench = Bench()
    for _ in range(SHARE + 1):
        bench.bad("edi")
    return bench


def test_pause_past_the_limit(caplog: pytest.LogCaptureFixture) -> None:
    """The dead letter past the limit pauses its source: one loud line, one open exception, every partition told."""
    bench = Bench()
    for _ in range(SHARE):
        assert topics(bench.bad("edi")) == ["dead.letters"]
    with caplog.at_level(logging.ERROR):
        outputs = bench.bad("edi")
    assert topics(outputs) == ["dead.letters", *["sources.paused"] * 12, "orders.exceptions"]
    assert "SOURCE PAUSED edi" in caplog.text
    (raised,) = exceptions(outputs)
    assert (raised.type, raised.severity, raised.open) == ("SOURCE_PAUSED", "critical", True)


def test_paused_messages_are_parked_unharmed() -> None:
    """While paused, good and bad messages of the source are parked byte for byte, in every partition."""
    bench = paused_bench()
    headers = (("trace", b"7"),)
    for number in range(30):
        key = f"O-{number}"
        (good,) = bench.good("edi", key, headers=headers)
        assert (good.topic, good.key, good.partition) == ("partner.parked", key.encode(), bench.log[-1].partition)
        assert good.value == bench.log[-1].value
        assert good.headers[:1] == headers
        assert dict(good.headers)[parked.SOURCE] == b"edi"
        assert topics(bench.bad("edi", key)) == ["partner.parked"]


def test_one_bad_source_does_not_stop_the_others() -> None:
    """Messages of all other sources, good and bad, go their way while one is paused."""
    bench = paused_bench()
    assert topics(bench.good("wms-north")) == ["wms.milestones"]
    assert topics(bench.bad("wms-north")) == ["dead.letters"]
    assert topics(bench.good("edi")) == ["partner.parked"]


def test_pause_survives_a_restart(caplog: pytest.LogCaptureFixture) -> None:
    """A new process finds the source paused, says so, and goes on parking."""
    bench = paused_bench()
    with caplog.at_level(logging.ERROR):
        bench.restart()
    assert caplog.text.count("SOURCE STILL PAUSED edi") == 12
    assert topics(bench.good("edi", "O-5")) == ["partner.parked"]


def test_only_a_person_resumes() -> None:
    """No hour that passes and no word of the source itself ends the pause; a person's does, and for good."""
    bench = paused_bench()
    assert topics(bench.good("edi", at_ms=T0_MS + 50 * HOUR_MS)) == ["partner.parked"]
    bench.resume("edi", sender="edi")
    assert topics(bench.good("edi")) == ["partner.parked"]
    bench.resume("edi")
    assert topics(bench.good("edi")) == ["wms.milestones"]
    bench.restart()
    assert topics(bench.good("edi")) == ["wms.milestones"]


def test_resumption_closes_the_exception_and_counts_anew() -> None:
    """Resuming closes the exception under its own id, and the limit counts from zero again."""
    bench = Bench()
    opened = [e for _ in range(SHARE + 1) for e in exceptions(bench.bad("edi"))]
    partition = bench.log[0].partition
    body = {"type": "source.resumed", "source_resumed": "edi", "actor": "ann", "reason": "mended"}
    closed = exceptions(bench.send(written(source="ops", body=body), "x", partition=partition))
    assert [(e.id, e.open) for e in opened + closed] == [(opened[0].id, True), (opened[0].id, False)]
    again = [topics(bench.bad("edi")) for _ in range(SHARE + 1)]
    assert again[:SHARE] == [["dead.letters"]] * SHARE
    assert "orders.exceptions" in again[SHARE]


def test_old_news_does_not_pause_again() -> None:
    """News of a pause that arrives after the person's word changes nothing."""
    bench = paused_bench()
    bench.resume("edi")
    for record in [r for r in bench.log if r.topic == "sources.paused"]:
        bench.take(record)
    assert topics(bench.good("edi")) == ["wms.milestones"]


def test_hours_are_those_of_the_records() -> None:
    """The count starts anew with an hour of the records' own time, and a clock that jumps back does not reset it."""
    bench = Bench()
    for hour in range(5):
        for _ in range(SHARE):
            assert topics(bench.bad("edi", at_ms=T0_MS + hour * HOUR_MS)) == ["dead.letters"]
    assert "orders.exceptions" in topics(bench.bad("edi", at_ms=T0_MS))


def test_source_of_unreadable_bytes() -> None:
    """Bytes that name nobody count for the sender in the header, or for 'unknown' alone."""
    bench = Bench()
    for _ in range(SHARE + 1):
        bench.send(b"\xff", headers=(("source", b"edi"),))
    assert topics(bench.good("edi")) == ["partner.parked"]
    for _ in range(SHARE + 1):
        bench.send(b"\xff")
    assert topics(bench.send(b"\xff")) == ["partner.parked"]
    assert topics(bench.good("wms-north")) == ["wms.milestones"]


def test_replay_counts_once_and_tells_again() -> None:
    """Records read again after a crash take the way they took, pause nothing twice, and tell the pause again."""
    bench = Bench()
    first = [bench.good("edi")] + [bench.bad("edi") for _ in range(SHARE + 1)]
    sent = [record for record in bench.log if record.topic == "partner.events"]
    before = dict(bench.stores[sent[0].partition].tables[TABLE])
    bench.restart()
    assert [bench.take(record) for record in sent] == first
    assert bench.stores[sent[0].partition].tables[TABLE] == before


def test_table_is_bounded() -> None:
    """A sender that invents names cannot grow the table beyond its limit, nor push out a paused source."""
    bench = paused_bench()
    for number in range(SOURCES_MAX + 50):
        bench.bad(f"s-{number}")
    assert len(bench.stores[bench.log[0].partition].tables[TABLE]) == SOURCES_MAX
    assert topics(bench.good("edi")) == ["partner.parked"]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.sampled_from(["O-1", "O-2", "O-3"])), max_size=60))
def test_nothing_is_lost(sends: list[tuple[str, bool, str]]) -> None:
    """Whatever comes, each message ends in exactly one place: forwarded, dead letter or parked."""
    bench = Bench()
    for number, (source, is_good, key) in enumerate(sends):
        if number % 7 == 3:
            bench.restart()
        outputs = bench.good(source, key) if is_good else bench.bad(source, key)
        ends = [o for o in outputs if o.topic in ("wms.milestones", "dead.letters", "partner.parked")]
        assert len(ends) == 1
        if ends[0].topic == "dead.letters":
            assert letters(outputs)[0].value() == bench.log[-1 - topics(outputs).count("sources.paused")].value


def test_outputs_fit_a_record() -> None:
    """Whatever the size of a message and its key, what is published about it fits the broker's limit."""
    bench = paused_bench()
    for size_bytes in (10, 400_000, 899_000, 999_000, 3_000_000):
        for source in ("edi", "other"):
            value = written(source=source, note="x" * size_bytes)
            for key in ("O-1", "k" * size_bytes):
                for o in bench.send(value, key, partition=bench.log[0].partition):
                    assert record_size_bytes(o.key, o.value, o.headers) < Tuning().max_message_bytes


def test_told_rubbish_is_ignored() -> None:
    """Bytes on sources.paused that are not ours pause nobody."""
    bench = Bench()
    for value in (None, b"", b"\xff", msgspec.json.encode({"source": "edi"}), b"[" * 100_000):
        assert bench.send(value, "edi", topic="sources.paused") == []
    assert topics(bench.good("edi")) == ["wms.milestones"]
