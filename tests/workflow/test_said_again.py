"""What is said again after a crash is what was said: whole, with text and evidence, for every tick and every place."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.contracts.controls import RulesPinned
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.tables.records import Records
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.deployments import CHANGED
from milepost.tests.workflow.known_rules import RULES, at
from milepost.tests.workflow.people import taken
from milepost.tests.workflow.walk import accepted
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.step import Outputs

LOAD = load_key("L-1")
ORDER = (s.released("O-1", 0, s.line("A", "ITEM-2", 6)), s.picked("O-1", 10, "A", 6), s.picked("O-1", 10, "A", 4),
         s.short("O-1", 11, "A", 1), s.departed("O-1", 50, "S-1"))  # fmt: skip


class Rows:
    """A store of one partition, in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bytes] = {}

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get((table, key))

    def put(self, table: str, key: str, value: bytes | None) -> None:
        assert value is not None
        self.rows[table, key] = value

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return ((key, value) for (of, key), value in list(self.rows.items()) if of == table)


def _placed(events: tuple[Event, ...], start: int = 0) -> list[Arrival]:
    return [Arrival(event, Place(1, start + n)) for n, event in enumerate(events)]


def _crashed(record: Record, arrivals: list[Arrival]) -> Outputs:
    """Return what is said when ``arrivals`` are read again from the record's bytes."""
    return step.step(decode(encode(record)), arrivals, RULES, 2)[1]


def test_a_part_of_a_chunk_brings_its_whole_journal_entry() -> None:
    """Read again in smaller chunks, a version's journal entry is as whole as it was: facts, pins, decisions, stage."""
    arrivals = _placed(ORDER)
    record, first = step.step(Record("O-1"), arrivals, RULES, 1)
    (entry,) = first.journal
    assert any(isinstance(e.body, RulesPinned) for e in entry.facts)
    for arrival in arrivals:
        (again,) = _crashed(record, [arrival]).journal
        assert (again.version, again.decisions, again.stage) == (entry.version, entry.decisions, entry.stage)
        assert {(e.business_key, e.occurred_at) for e in again.facts} == {
            (e.business_key, e.occurred_at) for e in entry.facts
        }


def test_answers_are_journalled_again() -> None:
    """A partner's answer, read again at its place, is written to the journal again under its version."""
    record, first = step.step(Record("O-1"), _placed(ORDER[:1]), RULES, 1)
    answer = next(a for i in first.instructions if (a := taken(i)))
    record, second = step.step(record, [Arrival(answer, Place(1, 9))], RULES, 1)
    (again,) = _crashed(record, [Arrival(answer, Place(1, 9))]).journal
    assert again.version == second.journal[0].version
    assert [e.body for e in again.facts] == [answer.body]


def test_exceptions_and_commands_keep_their_reasons() -> None:
    """Said again, an exception has its severity, queue, text and evidence, and a command the facts it stands on."""
    arrivals = _placed(ORDER)
    record, first = step.step(Record("O-1"), arrivals, RULES, 1)
    assert {e.type for e in first.exceptions} >= {"CONFLICT", "SHORT_PICK"}
    assert sorted(_crashed(record, arrivals).exceptions, key=lambda e: e.id) == sorted(
        first.exceptions, key=lambda e: e.id
    )
    calm = _placed((ORDER[0], ORDER[1], ORDER[4]))
    record, first = step.step(Record("O-1"), calm, RULES, 1)
    assert first.commands
    assert first.commands[0].because
    assert _crashed(record, calm).commands == first.commands


def test_every_tick_that_fired_can_be_read_again() -> None:
    """Of two ticks under way at once, each is known, after recovery, as one that fired for this owner."""
    load = Record(LOAD)
    for n, event in enumerate((s.planned("L-1", 1, 1, ("O-1", "S-1")), s.offered("L-1", 2, 1, 500, 10))):
        load, _ = step.step(load, [Arrival(event, Place(2, n))], RULES, 1)
    ticks = Place(5, 70), Place(5, 71)
    load, _ = step.step(load, step.fired(load, RULES, at(11), ticks[0]), RULES, 1)
    load, _ = step.step(load, [Arrival(s.offered("L-1", 12, 2, 600, 20), Place(2, 2))], RULES, 1)
    load, _ = step.step(load, step.fired(load, RULES, at(21), ticks[1]), RULES, 1)
    rows, records = Rows(), Records()
    rows.put("loads", LOAD, encode(load))
    records.open(0, rows, 2)
    for tick in ticks:
        assert records.ticked_at(0, tick.offset) == [LOAD]
        assert len(step.refired(load, tick)) == 1


def test_a_fired_deadline_is_a_function_of_its_key() -> None:
    """Whenever the clock is looked at, the same deadline fires as the same fact: two looks are no conflict."""
    order, _ = step.step(Record("O-1"), [Arrival(ORDER[1])], RULES, 1)
    early, late = step.fired(order, RULES, at(80), None), step.fired(order, RULES, at(90_000), None)
    assert early == late
    assert [a.event.occurred_at for a in early] == [at(70)]
    assert step.fired(order, RULES, at(69), None) == []


def test_drift_noticed_on_a_duplicate_is_shown_again_after_a_crash() -> None:
    """A deployment's hold that opens while only known facts arrive is shown again when those are read again."""
    calm = _placed((s.released("O-1", 0, s.line("A", "ITEM-2", 6), customer="C002"), ORDER[1], ORDER[4]))
    record, _ = step.step(Record("O-1"), calm, RULES, 1)
    for posting in list(record.outbox.values()):
        record, _ = step.step(record, [Arrival(accepted(step.command_of(record, posting)))], RULES, 1)
    again = [Arrival(calm[1].event, Place(1, 99))]
    record, first = step.step(record, again, CHANGED, 2)
    assert [e.type for e in first.exceptions if e.open and e.type == "DECISION_DRIFT"]
    second = step.step(decode(encode(record)), again, CHANGED, 3)[1]
    assert {e.id for e in second.exceptions} == {e.id for e in first.exceptions}


def test_a_resolution_reaches_the_orders_of_a_contested_plan() -> None:
    """A person resolves a load's plan once: its orders, who see their part of it alone, follow without being asked."""
    one, other = s.planned("L-1", 1, 1, ("O-1", "S-1"), ("O-2", "S-2")), s.planned("L-1", 1, 1, ("O-1", "S-9"))
    word = s.resolved(LOAD, 9, one)
    for heard in ((one, other, word), (word, other, one), (other, word, one)):
        load, order = Record(LOAD), Record("O-1")
        for event in heard:
            load, said = step.step(load, [Arrival(event)], RULES, 1)
            for fanned in said.fanned:
                if fanned.owner == "O-1":
                    order, _ = step.step(order, [Arrival(fanned)], RULES, 1)
        assert not step.decide(load, RULES).holds
        assert not step.decide(order, RULES).holds
