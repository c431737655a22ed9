"""S9, S35, S36, S37, S43, S64: what may be posted, when, and why; and everything once."""

from __future__ import annotations

import msgspec
from milepost.contracts.controls import PostingRetried
from milepost.contracts.events import Event
from milepost.contracts.tms import Tracked
from milepost.tests.scenarios.story import booked, decision, ledger, opened, then, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES, at
from milepost.tests.workflow.walk import accepted
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import Outputs
from milepost.workflow.view import order_view

RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 10))
PICK = s.picked("O-1", 10, "A", 10)
LOADED, GONE = s.loaded("O-1", 40, "S-1"), s.departed("O-1", 50, "S-1")


def _stepped(record: Record, *events: Event) -> tuple[Record, Outputs]:
    return step.step(record, [Arrival(e) for e in events], RULES, 1)


def test_s9_the_invoice_waits_for_the_goods_issue() -> None:
    """S9: given both due and no answer to the goods issue, no invoice is commanded; with the answer it is, and the
    sequence rises."""
    record, first = _stepped(Record("O-1"), RELEASE, PICK, GONE)
    assert [c.chain for c in first.commands] == ["goods_issue/S-1"]
    record, second = _stepped(record, s.delivered("O-1", 90, "S-1"))
    assert second.commands == []
    record, third = _stepped(record, accepted(first.commands[0]))
    assert [c.chain for c in third.commands] == ["customer_invoice/S-1"]
    assert third.commands[0].sequence > first.commands[0].sequence


def test_s35_a_short_pick_holds_and_its_release_resumes() -> None:
    """S35: given 10 ordered, 7 picked, 3 short, then the departure: no goods issue, SHORT_PICK open; released, 7 are
    issued and invoiced."""
    for world in told(RELEASE, s.picked("O-1", 10, "A", 7), s.short("O-1", 11, "A", 3)):
        then(world, GONE)
        assert ledger(world) == {}
        assert opened(world, "O-1") == {"SHORT_PICK"}
        then(world, s.let_go("O-1", 60, "short/O-1/A/1"))
        assert (ledger(world)["inventory"], ledger(world)["revenue"]) == (-7 * 999, -7 * 1999)
        assert opened(world, "O-1") == set()


def test_s35_a_release_does_not_cover_what_comes_after() -> None:
    """S35: given a second short pick that the release did not name, the posting still waits."""
    shorts = s.short("O-1", 11, "A", 3), s.short("O-1", 12, "A", 1, n=2)
    for world in told(RELEASE, s.picked("O-1", 10, "A", 6), *shorts, s.let_go("O-1", 60, "short/O-1/A/1")):
        then(world, GONE)
        assert ledger(world) == {}
        assert [h["cause"] for h in view(world, "O-1").holds] == ["short/O-1/A/2"]


def test_s35_a_short_pick_that_comes_late_stops_what_is_left() -> None:
    """S35: given a goods issue already posted when a short pick and an amendment that lowers another line come, nothing
    is posted or reversed until a person releases it; then the documents follow the amendment."""
    a, b, less = s.line("A", "ITEM-2", 10), s.line("B", "ITEM-2", 5), s.line("B", "ITEM-2", 4)
    for world in told(s.released("O-1", 0, a, b), s.picked("O-1", 10, "A", 7), s.picked("O-1", 10, "B", 5), GONE):
        then(world, s.short("O-1", 11, "A", 3))
        then(world, s.amended("O-1", 12, 2, a, less))
        assert ledger(world)["inventory"] == -12 * 999
        then(world, s.let_go("O-1", 60, "short/O-1/A/1"))
        assert (ledger(world)["inventory"], ledger(world)["revenue"]) == (-11 * 999, -11 * 1999)


def test_s36_every_state_is_reached_and_shown() -> None:
    """S36: driven through its life, an order shows parked, pending, failed, partially completed, confirmed,
    compensating and compensated."""
    states = []
    record = Record("O-1")

    def hear(*events: Event) -> Outputs:
        nonlocal record
        record, said = _stepped(record, *events)
        states.append(order_view(record, RULES).state)
        return said

    hear(PICK)
    (issue,) = hear(RELEASE, GONE).commands
    refusal = msgspec.structs.replace(accepted(issue).body, outcome="rejected")
    hear(s.say("O-1", "receipt/no", 61, refusal))
    retry = PostingRetried(actor="ada", reason="period open", posting=issue.id, attempt=0)
    (issue,) = hear(s.say("O-1", "retry/1", 62, retry)).commands
    (invoice,) = hear(accepted(issue)).commands
    hear(accepted(invoice), s.delivered("O-1", 90, "S-1"))
    (undo,) = hear(s.undone(GONE, 95)).commands
    (undo,) = hear(accepted(undo)).commands
    hear(accepted(undo))
    assert states == ["parked", "pending", "failed", "pending", "partially_completed", "confirmed", "compensating",
                      "compensating", "compensated"]  # fmt: skip


def test_s37_every_decision_names_its_rule_and_version() -> None:
    """S37: given orders released before and after a policy's first day, each keeps its version; postings name rules."""
    late = s.released("O-1", 60, s.line("A", "ITEM-2", 10))
    for release, version in ((RELEASE, "holding"), (late, "shipping-short")):
        for world in told(release, s.picked("O-1", 70, "A", 7), s.short("O-1", 71, "A", 3), GONE, tellings=4):
            seen = view(world, "O-1")
            assert (seen.policy, seen.reference) == (version, "master")
            assert all(p.rule for p in seen.postings)
            assert all(h["rule"] and h["until"] and h["owner"] for h in seen.holds)
            assert seen.held == (version == "holding")


def test_s43_one_fact_has_one_effect() -> None:
    """S43: given one event five times and the fact under three message ids, there is one pick."""
    renamed = [msgspec.structs.replace(PICK, event_id=f"again-{n}") for n in range(3)]
    for world in told(RELEASE, *[PICK] * 5, *renamed, GONE):
        assert view(world, "O-1").lines["A"]["picked"] == 10
        assert booked(world, "goods_issue") == 1


def test_s43_another_payload_is_a_conflict() -> None:
    """S43: given the same key with another payload, both are shown, neither counts, all postings wait; a person's word
    for either decides."""
    other = s.picked("O-1", 10, "A", 4)
    for chosen, quantity in ((PICK, 10), (other, 4)):
        for world in told(RELEASE, PICK, other, tellings=6):
            then(world, GONE)
            assert ledger(world) == {}
            (payloads,) = view(world, "O-1").conflicts.values()
            assert sorted(p["body"]["quantity"] for p in payloads) == [4, 10]
            assert "picked" not in view(world, "O-1").lines["A"]
            then(world, s.resolved("O-1", 70, chosen))
            assert ledger(world)["inventory"] == -quantity * 999


def test_s43_a_conflict_of_tracking_is_shown_and_holds_no_document() -> None:
    """S43: two payloads about where goods are contradict each other: both are shown, and nothing waits for it."""
    one, other = (s.say("O-1", "eta/S-1", 20, Tracked(shipment="S-1", status="eta", eta=at(m))) for m in (100, 200))
    for world in told(RELEASE, PICK, one, other, tellings=4):
        then(world, GONE)
        assert ledger(world)["inventory"] == -10 * 999
        assert len(next(iter(view(world, "O-1").conflicts.values()))) == 2
        assert "CONFLICT" in opened(world, "O-1")


def test_s43_the_exception_carries_both_payloads() -> None:
    """S43: the published CONFLICT names each payload with the digest that a resolution must give."""
    other = s.picked("O-1", 10, "A", 4)
    _, said = _stepped(Record("O-1"), RELEASE, PICK, other)
    (conflict,) = [e for e in said.exceptions if e.type == "CONFLICT"]
    assert len(conflict.evidence) == 2
    for event in (PICK, other):
        word = s.resolved("O-1", 70, event).body
        assert any(e.startswith(word.payload) for e in conflict.evidence)  # type: ignore[union-attr]


def test_s64_one_goods_issue_whatever_arrives_twice() -> None:
    """S64: given loading and departure twice each, under the same and other message ids, one goods issue is booked."""
    twice = [msgspec.structs.replace(e, event_id=e.event_id + "x") for e in (LOADED, GONE)]
    for world in told(RELEASE, PICK, LOADED, LOADED, GONE, GONE, *twice, tellings=30):
        assert ledger(world)["inventory"] == -10 * 999
        live = [c for (_, name), chain in world.erp.live.items() if name == "goods_issue/S-1" for c in chain]
        assert len(live) == 1
        assert decision(world, "O-1").stage == "shipped"
