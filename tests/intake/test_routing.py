"""Good messages go to their lane's topic, bad ones to the dead letters, each alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents.ownership import INTERNAL, ROUTES
from milepost.codecs import canonical
from milepost.contracts.controls import SourceResumed
from milepost.contracts.events import LOAD_OWNED, Event, tag_of
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partitioner import partition_of
from milepost.tests.codecs.events import BODIES, LOAD_BODIES, events, plain, written
from milepost.tests.intake.partner import T0_MS, Bench, letters, topics

PARTNER = [kind for kind in BODIES if kind not in INTERNAL and kind is not SourceResumed]
WHERE = {"order": "erp.orders", "wms": "wms.milestones", "milestone": "wms.milestones",
         "instruction": "wms.milestones", "tms": "tms.milestones", "control": "orders.controls",
         "data": "orders.controls"}  # fmt: skip
APART = {"instruction.received": "instructions.received"}  # no order decides on it


@given(events(*PARTNER))
def test_forwarded(event: Event) -> None:
    """Every fact of a partner goes to the topic of its kind under its owner, changed only by the time of receipt."""
    (output,) = Bench().send(canonical.encode(event), event.owner)
    assert output.topic == APART.get(tag_of(event.body), WHERE[tag_of(event.body).split(".")[0]])
    assert (output.key, output.partition) == (event.owner.encode(), None)
    sent = canonical.decode(output.value or b"")
    assert sent.received_at is not None
    assert (sent.event_id, sent.business_key, sent.occurred_at, sent.body) == (
        event.event_id, event.business_key, event.occurred_at, event.body)  # fmt: skip


def test_every_body_is_decided() -> None:
    """Each body of the contracts is either routed or refused as our own, and load facts are those the tests know."""
    assert set(ROUTES) | set(INTERNAL) == set(BODIES)
    assert {str(kind.__struct_config__.tag) for kind in LOAD_OWNED} == set(LOAD_BODIES)  # type: ignore[attr-defined]


@given(events(*INTERNAL))
def test_internal_words_are_refused(event: Event) -> None:
    """A partner can send no receipt, fired deadline, rule pin, drift or check."""
    (letter,) = letters(Bench().send(canonical.encode(event), event.owner))
    assert letter.reason == "not_a_partner_event"


@given(st.lists(st.booleans() | st.binary(max_size=40), min_size=1, max_size=30))
def test_rest_of_batch_is_unharmed(wishes: list[bool | bytes]) -> None:
    """Whatever bad bytes stand among them, good messages go out complete and in order, and bad ones one letter each."""
    partition = partition_of(b"O-1", 12)
    values = [w if isinstance(w, bytes) else written(event_id=f"m-{n}") for n, w in enumerate(wishes)]
    records = [Incoming("partner.events", partition, n, b"O-1", v, T0_MS, ()) for n, v in enumerate(values)]
    outputs = Bench(10**6).take(*records)
    good = [o for o in outputs if o.topic == "wms.milestones"]
    sent = [canonical.decode(o.value or b"").event_id for o in good]
    assert sent == [f"m-{n}" for n, wish in enumerate(wishes) if isinstance(wish, bool)]
    assert [(x.offset, x.value()) for x in letters(outputs)] == [
        (n, wish) for n, wish in enumerate(wishes) if isinstance(wish, bytes)
    ]


LOAD_EVENT = plain(owner="load/L-1", body={"type": "tms.picked_up", "load": "L-1"})
WRONG = [
    ("another key than the owner", written(), "O-2", None),
    ("no key", written(), None, partition_of(b"O-1", 12)),
    ("a partition of another partitioner", written(), "O-1", (partition_of(b"O-1", 12) + 1) % 12),
    ("a load's fact under an order", written(body=LOAD_EVENT["body"]), "O-1", None),
    ("a load's fact under another load", written(owner="load/L-2", body=LOAD_EVENT["body"]), "load/L-2", None),
    ("an order's fact under a load", written(owner="load/L-1"), "load/L-1", None),
]


@pytest.mark.parametrize(("value", "key", "partition"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_wrong_key(value: bytes, key: str | None, partition: int | None) -> None:
    """A record whose key, partition or owner is not that of the fact would meet the wrong record: it is refused."""
    (letter,) = letters(Bench().send(value, key, partition=partition))
    assert (letter.reason, letter.place) == ("wrong_key", "$.owner")


def test_no_value() -> None:
    """A record without a value is a dead letter, not a crash."""
    (letter,) = letters(Bench().send(None))
    assert (letter.reason, letter.size_bytes) == ("not_json", 0)


def test_counted() -> None:
    """What became of each record is counted under its reason."""
    bench = Bench()
    bench.good()
    bench.bad()
    bench.send(b"\xff")
    assert dict(bench.intake.counts) == {"forwarded": 1, "unknown_field": 1, "not_utf8": 1}


def test_replay_forwards_again() -> None:
    """A record that is read again is published again, byte for byte the same."""
    bench = Bench()
    first = [bench.good(), bench.bad()]
    bench.restart()
    assert [bench.take(record) for record in bench.log] == first
    assert topics(first[0]) == ["wms.milestones"]
