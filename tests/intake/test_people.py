"""Words of people are taken from the desk alone where it has a key (S82)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents import ownership
from milepost.agents.intake import Intake
from milepost.contracts.events import tag_of_type
from milepost.contracts.reports import DeadLetter, ExceptionRaised
from milepost.runtime import desk, kafka_access
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.partitioner import partition_of
from milepost.runtime.setting_kinds import Secret
from milepost.runtime.settings import Settings
from milepost.tests.codecs.events import plain, written
from milepost.tests.intake.partner import T0_MS, MemoryStore

KEY = Secret("the desk's")
RELEASE = written(owner="O-1", source="operator", body={"type": "control.release", "actor": "ann", "reason": "phoned",
                                                        "causes": ["short/O-1/1/1"]})  # fmt: skip
RESUME = written(owner="source/w", source="operator", body={"type": "source.resumed", "source_resumed": "w",
                                                            "actor": "ann", "reason": "mended"})  # fmt: skip
Headers = list[tuple[str, bytes]]


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    """After each test this process signs nothing any more."""
    yield
    kafka_access.introduce(Settings())


def said(value: bytes, headers: Headers, key: str = "O-1", known: Secret = KEY) -> list[Output]:
    lane = Intake(desk=known)
    record = Incoming("partner.events", partition_of(key.encode(), 12), 0, key.encode(), value, T0_MS, tuple(headers))
    lane.recovered(record.partition, MemoryStore(), 1)
    return list(lane.chunk([record], MemoryStore()))


def signed(value: bytes, key: str = "O-1", by: str = "the desk's") -> Headers:
    """The headers that a process of the desk puts beside a record, as its settings say."""
    kafka_access.introduce(Settings(operator_key=Secret(by)))
    return desk.proof(key.encode(), value)


FORGERIES: dict[str, Headers] = {
    "unsigned": [],
    "empty": [(desk.PROOF, b"")],
    "by another key": [(desk.PROOF, b"0" * 64)],
    "not ASCII": [(desk.PROOF, "ä".encode())],
}


@pytest.mark.parametrize("headers", FORGERIES.values(), ids=FORGERIES)
def test_a_persons_word_without_proof_is_refused_and_shown(headers: Headers) -> None:
    """Whoever may write to the topic but is not the desk releases no hold: the word is kept as a dead letter and shown
    on the order, and goes no further."""
    outputs = said(RELEASE, headers)
    assert [one.topic for one in outputs] == ["dead.letters", "orders.exceptions"]
    letter = msgspec.json.decode(outputs[0].value or b"", type=DeadLetter)
    assert (letter.reason, letter.place, letter.value()) == ("ownership_violation", "$.body.type", RELEASE)
    raised = msgspec.json.decode(outputs[1].value or b"", type=ExceptionRaised)
    assert (raised.owner, raised.type) == ("O-1", "OWNERSHIP_VIOLATION")
    assert "control.release" in raised.text
    assert said(RESUME, headers, "source/w")[0].topic == "dead.letters"


def test_the_desks_word_is_taken() -> None:
    """What a verb sends under the same key goes on, alone or in a batch; without a key everybody's does."""
    assert [one.topic for one in said(RELEASE, signed(RELEASE))] == ["orders.controls"]
    batch = msgspec.json.encode({"batch_id": "B", "events": [msgspec.Raw(RELEASE)]})
    assert [one.topic for one in said(batch, signed(batch, "B"), "B")] == ["orders.controls"]
    assert "dead.letters" not in [one.topic for one in said(RESUME, signed(RESUME, "source/w"), "source/w")]
    assert [one.topic for one in said(RELEASE, [], known=Secret(""))] == ["orders.controls"]
    kafka_access.introduce(Settings())
    assert desk.proof(b"O-1", RELEASE) == []


def test_a_row_of_a_partners_batch_is_no_word_of_the_desk() -> None:
    """A person's word among a partner's rows is refused alone; the rows beside it go on."""
    rows = [msgspec.Raw(RELEASE), plain(owner="O-1", event_id="e-2")]
    outputs = said(msgspec.json.encode({"batch_id": "B", "events": rows}), [], "B")
    assert sorted(one.topic for one in outputs) == ["dead.letters", "orders.exceptions", "wms.milestones"]


def test_partners_need_no_proof() -> None:
    """What a system reports is not the desk's to sign."""
    assert [one.topic for one in said(written(owner="O-1"), [])] == ["wms.milestones"]


def test_every_verb_is_a_persons_word() -> None:
    """No word that only people may say is outside of what is proven: each verb's tag begins like theirs."""
    verbs = [tag_of_type(kind) for kind in ownership.ROUTES if kind.__module__.endswith("verbs")]
    assert "control.override" in verbs
    assert all(tag.startswith(desk.PEOPLES) for tag in verbs)


@given(st.binary(max_size=9), st.binary(max_size=9), st.integers(0, 9), st.text(min_size=1, max_size=5))
def test_a_proof_is_of_one_record_by_one_key(key: bytes, value: bytes, cut: int, other: str) -> None:
    """It is no proof of other bytes, of another key, or of the same bytes divided otherwise, nor by another secret."""
    desk.introduce(KEY)
    proof = desk.proof(key, value)
    assert desk.proven(KEY, key, value, proof)
    assert not desk.proven(KEY, key, value + b"!", proof)
    assert not desk.proven(Secret(KEY.reveal() + other), key, value, proof)
    whole = key + value
    if cut <= len(whole) and cut != len(key):
        assert not desk.proven(KEY, whole[:cut], whole[cut:], proof)
