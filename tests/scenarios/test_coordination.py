"""S1, S2, S7, S10, S23, S26, S27, S53: three systems, one order, each at its own speed."""

from __future__ import annotations

from milepost.contracts import tms, wms
from milepost.tests.scenarios.story import booked, decision, ledger, opened, recipients, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, RULES, SOUTH, at
from milepost.workflow import step
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record

RELEASE = s.released("O-1", 0, s.line("A", "ITEM-2", 5), references={"delivery": "80001234"})
PICK = s.picked("O-1", 10, "A", 5)
GONE = s.departed("O-1", 50, "S-1")
PLAN = s.planned("L-1", 20, 1, ("O-1", "S-1"))
TAKEN = s.on_load("L-1", 55, "pickedup", tms.PickedUp(load="L-1"))


def test_s1_one_record_knows_three_systems() -> None:
    """S1: given release, picks and tender under three native ids, one view holds them all and a status per system."""
    tender = (PLAN, s.offered("L-1", 21, 1, 500, 40), s.answered("L-1", 22, 1, "accepted"))
    for world in told(RELEASE, PICK, *tender):
        seen = view(world, "O-1")
        assert seen.native_ids["delivery"] == ["80001234"]
        assert seen.native_ids["load"] == ["L-1"]
        assert seen.native_ids["shipment"] == ["S-1"]
        assert set(seen.systems) == {"ERP", "WMS", "TMS"}
        assert seen.systems["WMS"] == "picked"
        assert seen.systems["TMS"] == "tender accepted"


def test_s2_two_attestations_are_one_departure() -> None:
    """S2: given the warehouse's departure and the carrier's pick-up, in any order, one goods issue stands on both."""
    for world in told(RELEASE, PICK, s.loaded("O-1", 40, "S-1"), GONE, PLAN, TAKEN):
        issue = decision(world, "O-1").ought["goods_issue/S-1"]
        assert {GONE.business_key, TAKEN.business_key} <= set(issue.because)
        assert ledger(world)["inventory"] == -5 * 999
        assert sum(len(chain) for (_, name), chain in world.erp.live.items() if name.startswith("goods")) == 1


def test_s7_speeds_do_not_matter() -> None:
    """S7: given quick picks, one late batch of transport and slow receipts, fifty interleavings end alike."""
    picks = [s.picked("O-1", 10 + n, "A", 1, n=n) for n in range(5)]
    ends = set()
    for world in told(RELEASE, *picks, GONE, PLAN, s.offered("L-1", 21, 1, 500, 40),
                      s.answered("L-1", 22, 1, "accepted"), tellings=50):  # fmt: skip
        live = {c.command.id for chain in world.erp.live.values() for c in chain if "goods" in c.command.chain}
        ends.add((view(world, "O-1").stage, tuple(sorted(ledger(world).items())), len(live)))
    assert len(ends) == 1


def test_s10_what_is_missing_is_named() -> None:
    """S10: given a departure without any pick, the drift names the milestone, the system behind and since when."""
    for world in told(RELEASE, s.departed("O-1", 50, "S-1", lines={"A": 5})):
        gaps = [g for g in view(world, "O-1").gaps if "picked" in g]
        assert gaps == ["WMS has not reported picked, implied by a later milestone since 2026-01-30 08:50 UTC"]
        assert "OVER_SHIPPED" in opened(world, "O-1")


def test_s23_a_life_is_a_timeline() -> None:
    """S23: given one order end to end, the ladder rises in its order, each rung with its time and who said so."""
    events = (RELEASE, s.say("O-1", "wave/1", 5, wms.WavePlanned(wave="W", node=NORTH)),
              s.say("O-1", "alloc/1", 6, wms.Allocated(node=NORTH, line="A", quantity=5)), PICK,
              s.say("O-1", "pack/1", 20, wms.Packed(node=NORTH, package="P")), s.loaded("O-1", 40, "S-1"), GONE,
              s.delivered("O-1", 90, "S-1"))  # fmt: skip
    for world in told(*events):
        ladder = {rung["rung"]: rung for rung in view(world, "O-1").ladder}
        assert [r for r, x in ladder.items() if x["standing"] == "attested"] == [
            "released", "allocated", "picked", "packed", "loaded", "departed", "delivered"]  # fmt: skip
        assert ladder["in_transit"]["standing"] == "inferred"
        assert all(x["at"] and x["sources"] for x in ladder.values() if x["standing"] == "attested")
        kinds = [b.command.chain.partition("/")[0] for b in world.erp.booked]
        assert kinds.index("goods_issue") < kinds.index("customer_invoice")


def test_s26_nobody_waits_for_the_erp() -> None:
    """S26: given an ERP that has not answered, the next pick changes the order at once."""
    record = Record("O-1")
    for event in (RELEASE, PICK, GONE):
        record, _ = step.step(record, [Arrival(event)], RULES, 1)
    assert record.pending
    after, _ = step.step(record, [Arrival(s.delivered("O-1", 90, "S-1"))], RULES, 1)
    assert step.decide(after, RULES).stage == "delivered"


def test_s27_two_warehouses_one_order() -> None:
    """S27: given lines at two sites, each site is told its own lines, and one order holds what both report."""
    release = s.released("O-1", 0, s.line("A", "ITEM-2", 5), s.line("B", "ITEM-1", 3, SOUTH))
    for world in told(release, PICK, s.picked("O-1", 11, "B", 3, SOUTH)):
        bodies = [i.body for i in world.instructions.values() if i.recipient == "wms"]
        told_to = {b.node: [n.line for n in b.lines] for b in bodies}  # type: ignore[union-attr]
        assert told_to == {NORTH: ["A"], SOUTH: ["B"]}
        assert view(world, "O-1").readiness_percent == 100
        assert recipients(world).count("wms") == 2


def test_s53_silence_has_a_fallback() -> None:
    """S53: given facts of an order nobody released, a passed deadline shows them; the release, however late, applies
    them, and the exception closes."""
    for world in told(PICK, GONE):
        assert decision(world, "O-1").stage == "parked"
        world.shell.tick(at(500))
        world.drain()
        assert opened(world, "O-1") == {"ORPHAN_EVENT"}
        world.will_say([RELEASE])
        world.drain()
        assert opened(world, "O-1") == set()
        assert booked(world, "goods_issue") == 1


def test_s53_a_load_nobody_planned_is_shown_too() -> None:
    """S53: given a tender of a load without a plan, nothing is posted on it and a passed deadline shows it; the plan,
    however late, brings the accrual, and the exception closes."""
    for world in told(s.offered("L-1", 21, 1, 500, 40), s.answered("L-1", 22, 1, "accepted")):
        assert ledger(world) == {}
        world.shell.tick(at(500))
        world.drain()
        assert opened(world, "load/L-1") == {"ORPHAN_EVENT"}
        world.will_say([PLAN])
        world.drain()
        assert opened(world, "load/L-1") == set()
        assert booked(world, "freight_accrual") == 1


def test_s53_inferred_becomes_attested() -> None:
    """S53: given a delivery alone, the departure is inferred and nothing is posted on it; attested later, it is."""
    for world in told(RELEASE, PICK, s.delivered("O-1", 90, "S-1")):
        rungs = {r["rung"]: r["standing"] for r in view(world, "O-1").ladder}
        assert (rungs["departed"], ledger(world)) == ("inferred", {})
        assert "MISSING_MILESTONE" in opened(world, "O-1")
        world.will_say([GONE])
        world.drain()
        assert {r["rung"]: r["standing"] for r in view(world, "O-1").ladder}["departed"] == "attested"
        assert ledger(world)["inventory"] == -5 * 999


def test_s23_six_steps_each_with_its_times_and_trigger() -> None:
    """S23: given one order end to end in any order, the process shows release, wave, shipment, rating, goods issue and
    invoice, each with when it was entered and left and by which fact."""
    facts = (
        s.released("O-1", 0, s.line("A", "ITEM-2", 5)),
        s.say("O-1", "wave/O-1/DC-NORTH/W1", 10, wms.WavePlanned(wave="W1", node="DC-NORTH")),
        s.picked("O-1", 20, "A", 5), s.loaded("O-1", 30, "S-1"),
        s.planned("L-1", 35, 1, ("O-1", "S-1")), s.offered("L-1", 40, 1, 1000, 100),
        s.answered("L-1", 45, 1, "accepted"), s.departed("O-1", 50, "S-1"),
    )  # fmt: skip
    for world in told(*facts):
        steps = view(world, "O-1").process
        assert [step["step"] for step in steps] == ["release", "wave", "shipment", "rating", "goods_issue", "invoice"]
        assert [step["trigger"] for step in steps] == [
            "order/O-1/v1", "wave/O-1/DC-NORTH/W1", "loaded/S-1", "tender/L-1-T1/offered", "departed/S-1/1",
            "departed/S-1/1",
        ]  # fmt: skip
        entered = [step["entered_at"] for step in steps]
        assert entered == sorted(entered)
        assert [step["left_at"] for step in steps] == [*entered[1:], None]
