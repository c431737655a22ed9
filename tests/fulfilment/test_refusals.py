"""What lane fulfilment does with records of its own topics that it cannot use."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from milepost.agents.dead_letter_limit import DeadLetterLimitPassed
from milepost.agents.fulfilment import Fulfilment
from milepost.codecs.dead_letters import KEY_MAX_BYTES
from milepost.contracts.reports import DeadLetter
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.rules_files import load_rules
from milepost.runtime.topic_table import DEAD_LETTERS, WMS_MILESTONES
from milepost.tests.intake.partner import MemoryStore

ROOT = Path(__file__).parent.parent.parent
RULES = load_rules(ROOT / "policies", ROOT / "reference", "main")


def lane(limit_per_hour: int) -> tuple[Fulfilment, MemoryStore]:
    processor, store = Fulfilment(RULES, limit_per_hour), MemoryStore()
    processor.recovered(0, store, 1)
    return processor, store


def bad(offset: int, key: bytes = b"SO-1") -> Incoming:
    return Incoming(WMS_MILESTONES, 0, offset, key, b"{", 1_767_607_200_000, ())


def test_a_refused_record_with_a_huge_key_becomes_a_letter_that_can_be_sent() -> None:
    """The letter's key is cut to what any of our keys has: with the whole of it the broker might refuse the letter."""
    processor, store = lane(10)
    (letter,) = processor.chunk([bad(0, b"k" * 900_000)], store)
    assert (letter.topic, len(letter.key)) == (DEAD_LETTERS, KEY_MAX_BYTES)
    told = msgspec.json.decode(letter.value or b"", type=DeadLetter)
    assert (told.topic, told.partition, told.offset, told.reason) == (WMS_MILESTONES, 0, 0, "not_json")


def test_too_many_refusals_on_our_own_topic_stop_the_process() -> None:
    """Bad records on a topic of our own are our defect: past the limit the process ends and drains nothing."""
    processor, store = lane(2)
    assert len(processor.chunk([bad(0), bad(1)], store)) == 2
    with pytest.raises(DeadLetterLimitPassed):
        processor.chunk([bad(2)], store)
