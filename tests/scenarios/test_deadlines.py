"""Deadlines (S3, S53): what should have been reported by now, the fallback, and a month of them in seconds."""

from __future__ import annotations

import time
from datetime import timedelta
from random import Random

from milepost.contracts.controls import DeadlineFired
from milepost.contracts.instructions import ReportRequested
from milepost.contracts.wms import WavePlanned
from milepost.tests.scenarios.story import clock, opened, published, then, told, under, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import MORNING, NORTH, RULES, at
from milepost.tests.workflow.people import taken
from milepost.tests.workflow.shell import Shell
from milepost.tests.workflow.walk import accepted
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs

HOUR, DAY_MINUTES = 3600, 1440
RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 10))
PICK = s.picked("O-1", 10, "A", 10)
LOADED = s.loaded("O-1", 30, "S-1")
GONE = s.departed("O-1", 240, "S-1")


def test_s3_a_late_ship_confirmation_is_seen_and_closes_by_itself() -> None:
    """S3: loaded, and no departure within three hours: SHIP_CONFIRM_LATE after the first tick behind the limit; with
    the departure it closes, whoever reports it when."""
    for world in told(RELEASE, PICK, LOADED, rules=under(ship_confirm_within_s=3 * HOUR), tellings=6):
        clock(world, 209)
        assert opened(world, "O-1") == set()
        clock(world, 211)
        late = published(world, "SHIP_CONFIRM_LATE")
        assert (late.severity, late.queue, late.system, late.open) == ("warning", "warehouse-desk", "WMS", True)
        assert late.opened_at == at(30)
        world.will_say([GONE])
        world.drain()
        late = published(world, "SHIP_CONFIRM_LATE")
        assert (late.open, late.status, late.resolution) == (False, "resolved", "cleared")


def test_a_departure_that_was_there_in_time_is_never_late() -> None:
    """A deadline that the clock passes says nothing where the departure is known: no exception is ever published."""
    for world in told(RELEASE, PICK, LOADED, GONE, rules=under(ship_confirm_within_s=3 * HOUR), tellings=6):
        clock(world, 10_000)
        assert not [e for e in world.shown.values() if e.type == "SHIP_CONFIRM_LATE"]


def test_s53_poll_asks_the_site_once() -> None:
    """S53, `poll`: the site is asked whether the shipment left, once, however often the order is looked at again; the
    exception says that it was asked."""
    for world in told(RELEASE, PICK, LOADED, rules=under(ship_confirm_within_s=HOUR, fallback="poll"), tellings=6):
        clock(world, 5000)
        world.will_say([s.held("O-1", 400), s.picked("O-1", 401, "A", 0, n=2)])
        world.drain()
        asked = [i for i in world.instructions.values() if isinstance(i.body, ReportRequested)]
        assert [(i.recipient, i.body.milestone, i.body.subject) for i in asked] == [("wms", "departed", "S-1")]  # type: ignore[union-attr]
        assert "asked" in published(world, "SHIP_CONFIRM_LATE").text


def test_s53_infer_takes_it_from_the_later_milestone() -> None:
    """S53, `infer`: a delivery without a departure is information and names its source; nothing is posted on it."""
    for fallback, severity in (("infer", "info"), ("person", "warning")):
        for world in told(RELEASE, PICK, s.delivered("O-1", 300, "S-1"), rules=under(fallback=fallback), tellings=4):
            missing = published(world, "MISSING_MILESTONE")
            assert missing.severity == severity
            assert f"fallback/{fallback}" in missing.evidence
            assert world.erp.net() == {}
            rung = next(r for r in view(world, "O-1").ladder if r["rung"] == "departed")
            assert rung["standing"] == "inferred"


def test_a_site_that_says_nothing_at_all() -> None:
    """Released two hours ago and the site has reported nothing of it: MISSING_MILESTONE, until it says anything."""
    for world in told(RELEASE, rules=under(milestone_within_s=2 * HOUR), tellings=6):
        clock(world, 121)
        assert published(world, "MISSING_MILESTONE").cause == f"silent/{NORTH}"
        world.will_say([s.allocated("O-1", 130, "A", 10)])
        world.drain()
        assert opened(world, "O-1") == set()


def _hear(record: Record, rules: Rules, *events: object) -> tuple[Record, Outputs]:
    return step.step(record, [Arrival(e) for e in events], rules, 1)  # type: ignore[arg-type]


def _tick(record: Record, rules: Rules, minutes: int) -> tuple[Record, Outputs]:
    arrivals = step.fired(record, rules, at(minutes), Place(5, minutes))
    return step.step(record, arrivals, rules, 1) if arrivals else (record, Outputs())


def test_a_wave_is_a_word_of_the_site() -> None:
    """Given a site that was missed and then plans its wave: it is missed no longer, also by a record kept in memory."""
    for world in told(RELEASE, rules=under(milestone_within_s=600), tellings=4):
        clock(world, 60)
        assert opened(world, "O-1") == {"MISSING_MILESTONE"}
        then(world, s.say("O-1", "wave/O-1", 70, WavePlanned(node=NORTH, wave="W-1")))
        assert not opened(world, "O-1")


def test_an_erp_that_does_not_answer() -> None:
    """A command unanswered for ten minutes is ERP_SILENT, from the newest fact on; its receipt closes it."""
    rules = under(receipt_within_s=600)
    record, said = _hear(Record("O-1"), rules, RELEASE, PICK, GONE)
    (command,) = said.commands
    record, said = _tick(record, rules, 249)
    assert not said.exceptions
    record, said = _tick(record, rules, 251)
    (silent,) = said.exceptions
    assert (silent.type, silent.cause, silent.system) == ("ERP_SILENT", command.id, "ERP")
    assert record.due_s == 0, "it fires once"
    record, said = _hear(record, rules, accepted(command))
    assert [e.status for e in said.exceptions] == ["resolved"]


def test_a_partner_that_does_not_answer() -> None:
    """An instruction unanswered for an hour is INSTRUCTION_UNANSWERED; the answer closes it."""
    rules = under(milestone_within_s=HOUR)
    record, said = _hear(Record("O-1"), rules, s.released("O-1", 0, s.line("A", "ITEM-2", 10), mode="parcel"), PICK)
    (order,) = [i for i in said.instructions if i.recipient == "wms"]
    record, said = _tick(record, rules, 80)
    assert {(e.type, e.cause) for e in said.exceptions} == {("INSTRUCTION_UNANSWERED", order.id)}
    record, said = _hear(record, rules, taken(order))
    assert [(e.type, e.open) for e in said.exceptions] == [("INSTRUCTION_UNANSWERED", False)]


def test_silence_changes_nothing_that_ought_to_exist() -> None:
    """What waits for an answer is shown beside the decision: with and without the knobs the same ought to exist."""
    for rules in (under(), under(receipt_within_s=60, milestone_within_s=60)):
        record, _ = _hear(Record("O-1"), rules, RELEASE, PICK, GONE)
        record, _ = _tick(record, rules, 10_000)
        decision = step.decide(record, rules)
        assert sorted(decision.ought) == ["customer_invoice/S-1", "goods_issue/S-1"]
        assert not [d for d in decision.deadlines if d.kind in ("receipt", "answer")]


def test_a_month_of_deadlines_passes_in_seconds() -> None:
    """500 orders over 30 days, a tick an hour: every late confirmation fires exactly once, at the first tick behind it,
    and the month takes seconds."""
    rules, rng = under(ship_confirm_within_s=3 * HOUR), Random(4)
    records, due = {}, {}
    for n in range(500):
        order, loaded = f"O-{n}", rng.randrange(30 * DAY_MINUTES - 600)
        facts = (s.released(order, loaded - 20, s.line("A", "ITEM-2", 1)), s.loaded(order, loaded, f"S-{n}"))
        records[order], _ = _hear(Record(order), rules, *facts)
        due[order] = loaded + 180
    seen: dict[str, list[int]] = {}
    started = time.monotonic()
    for minutes in range(0, 30 * DAY_MINUTES + 60, 60):
        for order, record in records.items():
            if 0 < record.due_s <= at(minutes).timestamp():
                records[order], said = _tick(record, rules, minutes)
                seen.setdefault(order, []).extend(minutes for e in said.exceptions if e.type == "SHIP_CONFIRM_LATE")
    assert time.monotonic() - started < 20
    assert {order: [-(-minutes // 60) * 60] for order, minutes in due.items()} == seen


def test_a_deadline_fires_once_across_crashes_and_another_owner() -> None:
    """Ticks read again after crashes, by a process of another epoch, make one fact and open one exception."""
    for seed in range(30):
        shown: set[str] = set()
        rng = Random(seed)

        def publish(_: str, said: Outputs, shown: set[str] = shown) -> None:
            shown |= {e.id for e in said.exceptions if e.type == "SHIP_CONFIRM_LATE" and e.open}

        shell = Shell(rng, under(ship_confirm_within_s=HOUR), publish)
        for event in (RELEASE, PICK, LOADED):
            shell.append(event)
        ticks = [MORNING + timedelta(minutes=m) for m in (60, 120, 180, 240)]
        for turn in range(200):
            if ticks and turn > 60 and rng.random() < 0.2:
                shell.tick(ticks.pop(0))
            if turn < 150 and rng.random() < 0.05:
                shell.crash()
            shell.compute()
            shell.advance()
        while not shell.idle or ticks:
            if ticks:
                shell.tick(ticks.pop(0))
            shell.compute()
            shell.advance()
        facts = [f for vs in shell.hot["O-1"].facts.values() for f in vs if isinstance(f.body, DeadlineFired)]
        assert [f.body.kind for f in facts if isinstance(f.body, DeadlineFired)] == ["ship_confirm"]
        assert len(shown) == 1


def test_two_thousand_deadlines_of_one_record() -> None:
    """An order with 2,000 loaded shipments has as many deadlines; they fire with one tick and one step, once each."""
    rules = under(ship_confirm_within_s=HOUR)
    loads = [s.loaded("O-1", 30, f"S-{n}") for n in range(2000)]
    record, _ = _hear(Record("O-1"), rules, RELEASE, *loads)
    started = time.monotonic()
    record, said = _tick(record, rules, 200)
    assert len(said.exceptions) == 2000
    assert record.due_s == 0
    assert time.monotonic() - started < 10


def test_the_rules_without_deadlines_have_none() -> None:
    """Knobs at zero mean no deadline at all: a released order waits for nothing."""
    record, _ = _hear(Record("O-1"), RULES, RELEASE, PICK, LOADED)
    assert record.due_s == 0
