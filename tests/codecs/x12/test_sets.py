"""Laws that hold for every set's table, whatever the set."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from milepost.codecs.x12.segments import WRITTEN_COMPONENT, Separators, SetReading
from milepost.codecs.x12.sets import SETS
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import Slot, Table
from milepost.tests.codecs.x12.set_documents import documents

SEPARATORS = Separators(component=">")


def read_back(grammar: SetGrammar, segments: list[list[str]]) -> SetReading:
    """Read what was written, with the component separator that the frame would put."""
    body = [[part.replace(WRITTEN_COMPONENT, ">") for part in segment] for segment in segments]
    count = str(len(body) + 2)
    return grammar.read([["ST", grammar.code, "0001"], *body, ["SE", count, "0001"]], SEPARATORS)


@pytest.mark.parametrize("code", SETS)
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_written_is_read_back(code: str, data: st.DataObject) -> None:
    """Every document that a set's table allows is written, read back as it was, and nothing is found wrong with it."""
    grammar = SETS[code]
    document = data.draw(documents(grammar))
    reading = read_back(grammar, grammar.write(document))
    assert reading.faults == ()
    assert reading.fields == grammar.completed(document)


def _tables(slots: Table) -> list[Table]:
    """The table and every one below it."""
    return [slots, *(inner for slot in slots for inner in _tables(slot.slots) if slot.slots)]


def _objects(grammar: SetGrammar) -> list[list[tuple[str, Slot]]]:
    """For each object of a set's document: the names that its places give it, and which place gives which."""
    found = []
    for slots in _tables(grammar.table):
        found.append([(name, slot) for slot, names in zip(slots, slots.names, strict=True) for name in names])
    return found


@pytest.mark.parametrize("code", SETS)
def test_no_two_places_give_one_name(code: str) -> None:
    """In one object a name means one thing: no two segments write over each other."""
    for names in _objects(SETS[code]):
        twice = {n for n, _ in names if len({id(slot) for m, slot in names if m == n}) > 1}
        same_list = {n for n in twice if len({slot.name for m, slot in names if m == n and slot.shape != "flat"}) == 1}
        assert twice - same_list == set()


@pytest.mark.parametrize("code", SETS)
def test_the_head_of_a_loop_hides_no_name_of_what_is_in_it(code: str) -> None:
    """The elements of a loop's first segment and the places after it name different things."""
    for slots in _tables(SETS[code].table):
        for slot in slots:
            if slot.slots and slot.shape != "spread":
                head = {e.name for e in slot.segments[0].elements}
                assert not head & set().union(*slot.slots.names), slot.segments[0].id
