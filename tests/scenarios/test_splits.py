"""S27, S31: an order goes out from several sites, in waves, together or in parts, as master data and order say."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from milepost.contracts.documents import GoodsIssue
from milepost.contracts.events import Event
from milepost.contracts.instructions import ShipmentReadied, TransportPlanned, WarehouseInstructed
from milepost.tests.scenarios.story import decision, ledger, opened, then, told, view
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, MORNING, NORTH, SOUTH
from milepost.tests.workflow.world import World
from milepost.workflow.rules import Calendar, Item, Reference, Rules, Site

WEEK = ("mon", "tue", "wed", "thu", "fri")
BERLIN = Calendar(time_zone="Europe/Berlin", days=WEEK, opens="06:00", closes="22:00",
                  holidays=frozenset({"2026-04-03", "2026-04-06"}))  # fmt: skip
NEW_YORK = Calendar(time_zone="America/New_York", days=WEEK, opens="07:00", closes="19:00")
SITES = {
    NORTH: Site(calendar=BERLIN, wave_cut_offs=("10:00", "14:00", "18:00")),
    SOUTH: Site(calendar=NEW_YORK, wave_cut_offs=("09:00", "15:00")),
}
ITEMS = {
    "ITEM-1": Item(100, (NORTH, SOUTH)), "ITEM-2": Item(2000, (SOUTH,)), "ITEM-3": Item(10, (NORTH,)),
    "ITEM-4": Item(10, ("DC-CLOSED", SOUTH)), "ITEM-5": Item(10, ("DC-CLOSED",)),
}  # fmt: skip
SPREAD: Reference = msgspec.structs.replace(MASTER, sites=SITES, items=ITEMS)
RULES = Rules([HOLDING], [SPREAD], tenant="test")


def when(text: str) -> int:
    """Return a UTC moment as minutes of the tests' day, which is Friday 30 January 2026, 08:00 UTC."""
    return int((datetime.fromisoformat(text).replace(tzinfo=UTC) - MORNING).total_seconds() // 60)


def two_sites(minutes: int, **header: object) -> Event:
    return s.released("O-1", minutes, s.line("A", "ITEM-1", 5, NORTH), s.line("B", "ITEM-2", 2, SOUTH), **header)


def instructed(world: World) -> dict[str, WarehouseInstructed]:
    """Return the last instruction of each node."""
    told_of = [world.instructions[id_] for id_ in world.record("O-1").told if id_ in world.instructions]
    bodies = [instruction.body for instruction in told_of]
    return {b.node: b for b in bodies if isinstance(b, WarehouseInstructed)}


def wanted(world: World) -> dict[str, dict[str, int]]:
    """Return what each node was last told to pick."""
    return {node: {n.line: n.quantity for n in b.lines} for node, b in instructed(world).items()}


def waves(world: World) -> dict[str, tuple[str, datetime | None]]:
    return {node: (b.wave, b.cut_off) for node, b in instructed(world).items()}


def ready(world: World) -> set[str]:
    """Return the nodes of which transport was told that their goods are ready."""
    return {i.body.node for i in world.instructions.values() if isinstance(i.body, ShipmentReadied)}


# -- waves ---------------------------------------------------------------------------------------------------------

RELEASES = [
    # 09:59 in Berlin and 03:59 in New York: both sites' first wave of the day.
    ("in time", "2026-01-30T08:59", ("2026-01-30/10:00", "2026-01-30T09:00"), ("2026-01-30/09:00", "2026-01-30T14:00")),
    # On the stroke of ten in Berlin it is too late for that wave; New York still sleeps.
    ("at the cut-off", "2026-01-30T09:00", ("2026-01-30/14:00", "2026-01-30T13:00"),
     ("2026-01-30/09:00", "2026-01-30T14:00")),
    # Friday 18:30 in Berlin, its last wave has gone: Monday. In New York it is 12:30, the afternoon's wave is open.
    ("Friday evening in Berlin", "2026-01-30T17:30", ("2026-02-02/10:00", "2026-02-02T09:00"),
     ("2026-01-30/15:00", "2026-01-30T20:00")),
    # Saturday 01:00 in Berlin, Friday 19:00 in New York: Monday for both.
    ("Friday night", "2026-01-31T00:00", ("2026-02-02/10:00", "2026-02-02T09:00"),
     ("2026-02-02/09:00", "2026-02-02T14:00")),
    # Between the changes to summer time New York is five hours behind Berlin: 12 March, 10:30 in Berlin.
    ("between two clock changes", "2026-03-12T09:30", ("2026-03-12/14:00", "2026-03-12T13:00"),
     ("2026-03-12/09:00", "2026-03-12T13:00")),
    # The weekend on which Berlin's clock changes: Monday 10:00 is 08:00 UTC.
    ("over a clock change", "2026-03-27T18:00", ("2026-03-30/10:00", "2026-03-30T08:00"),
     ("2026-03-27/15:00", "2026-03-27T19:00")),
    # Maundy Thursday 18:05 in Berlin: Good Friday, weekend and Easter Monday pass. New York works on Good Friday.
    ("before Easter", "2026-04-02T16:05", ("2026-04-07/10:00", "2026-04-07T08:00"),
     ("2026-04-02/15:00", "2026-04-02T19:00")),
]  # fmt: skip


@pytest.mark.parametrize(("at", "north", "south"), [r[1:] for r in RELEASES], ids=[r[0] for r in RELEASES])
def test_s31_each_site_has_its_own_wave(at: str, north: tuple[str, str], south: tuple[str, str]) -> None:
    """S31: given an order over two sites in two time zones, each site is told its own next cut-off; who comes late
    goes with the next wave, and if that is over for today, with the first one of the site's next working day."""
    for world in told(two_sites(when(at)), rules=RULES, tellings=3):
        for node, (name, cut_off) in ((NORTH, north), (SOUTH, south)):
            expected = datetime.fromisoformat(cut_off).replace(tzinfo=UTC)
            assert waves(world)[node] == (f"{node}/{name}", expected)


def test_s31_a_site_without_cut_offs_has_no_waves() -> None:
    """Given a site that does not work in waves, its instruction names none."""
    plain = msgspec.structs.replace(SPREAD, sites=SITES | {NORTH: Site(calendar=BERLIN)})
    for world in told(two_sites(0), rules=Rules([HOLDING], [plain], tenant="test"), tellings=3):
        assert waves(world)[NORTH] == ("", None)
        assert waves(world)[SOUTH][0]


def test_s31_an_amendment_and_a_shortage_keep_the_wave() -> None:
    """Given an order changed at noon and a shortage taken off it later, the site's new instructions stay in the wave
    of the release: the goods it has already picked are not moved to another one."""
    few = s.short("O-1", 200, "A", 2)
    facts = (
        two_sites(0),
        s.amended("O-1", 190, 2, s.line("A", "ITEM-1", 6, NORTH), s.line("B", "ITEM-2", 2, SOUTH)),
        few, s.decided(few, 300, "cancel_remainder"),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert wanted(world) == {NORTH: {"A": 4}, SOUTH: {"B": 2}}
        assert waves(world)[NORTH][0] == f"{NORTH}/2026-01-30/10:00"


def test_s31_a_site_that_helps_out_does_so_in_its_next_wave() -> None:
    """Given a shortage in Berlin that a person sends to New York at 13:00 UTC (08:00 there), New York is told to pick
    it in the wave after that decision, and not in one that was over before anybody knew."""
    few = s.short("O-1", when("2026-01-30T12:00"), "A", 2)
    for hour, wave in (("13:00", "2026-01-30/09:00"), ("14:00", "2026-01-30/15:00"), ("21:00", "2026-02-02/09:00")):
        release = s.released("O-1", 0, s.line("A", "ITEM-1", 5, NORTH))
        word = s.decided(few, when(f"2026-01-30T{hour}"), "reallocate", node=SOUTH)
        for world in told(release, few, word, rules=RULES, tellings=4):
            assert wanted(world) == {NORTH: {"A": 3}, SOUTH: {"A": 2}}
            assert waves(world)[NORTH][0] == f"{NORTH}/2026-01-30/10:00"
            assert waves(world)[SOUTH][0] == f"{SOUTH}/{wave}"


def test_s31_a_site_that_ships_anyway_helps_out_in_the_same_wave() -> None:
    """Given that the site which helps out has lines of the order itself, all it picks stays in the release's wave."""
    few = s.short("O-1", when("2026-01-30T15:00"), "A", 2)
    for world in told(two_sites(0), few, s.decided(few, 500, "reallocate", node=SOUTH), rules=RULES, tellings=4):
        assert wanted(world) == {NORTH: {"A": 3}, SOUTH: {"A": 2, "B": 2}}
        assert waves(world)[SOUTH][0] == f"{SOUTH}/2026-01-30/09:00"


# -- routing -------------------------------------------------------------------------------------------------------


def test_s27_lines_go_where_their_items_lie() -> None:
    """S27: given an order that names no sites, each line is picked at the first known site that stocks its item, a line
    that names one stays there, and what leaves is posted per site."""
    lines = (
        s.line("A", "ITEM-1", 5, ""), s.line("B", "ITEM-2", 2, ""), s.line("C", "ITEM-1", 1, SOUTH),
        s.line("D", "ITEM-4", 3, ""),
    )  # fmt: skip
    gone = (
        s.picked("O-1", 10, "A", 5), s.picked("O-1", 11, "B", 2, SOUTH), s.picked("O-1", 12, "C", 1, SOUTH),
        s.picked("O-1", 13, "D", 3, SOUTH), s.departed("O-1", 20, "S-1"), s.departed("O-1", 30, "S-2", SOUTH),
    )  # fmt: skip
    for world in told(s.released("O-1", 0, *lines), *gone, rules=RULES):
        assert wanted(world) == {NORTH: {"A": 5}, SOUTH: {"B": 2, "C": 1, "D": 3}}
        cost = 5 * 8 + 2 * 999 + 1 * 8 + 3 * 2
        assert ledger(world)["inventory"] == -cost
        assert not opened(world, "O-1")


def test_s27_what_nobody_stocks_is_refused() -> None:
    """Given a line without a site whose item no known site stocks, the order is refused by name and goes nowhere."""
    for world in told(s.released("O-1", 0, s.line("A", "ITEM-5", 1, "")), rules=RULES, tellings=3):
        assert opened(world, "O-1") == {"UNKNOWN_SITE"}
        assert view(world, "O-1").stage == "rejected"
        assert not world.instructions


def test_s27_an_amendment_without_sites_is_routed_as_well() -> None:
    """Given an amendment that adds a line without a site, the site that stocks it is told."""
    more = s.amended("O-1", 5, 2, s.line("A", "ITEM-1", 5, NORTH), s.line("B", "ITEM-2", 1, ""))
    for world in told(s.released("O-1", 0, s.line("A", "ITEM-1", 5, NORTH)), more, rules=RULES):
        assert wanted(world) == {NORTH: {"A": 5}, SOUTH: {"B": 1}}


def test_s27_one_site_where_one_has_everything() -> None:
    """Given an order that is to leave from one site, all of it goes to the site that stocks all its items, though
    another one is preferred for some; transport plans from there."""
    lines = (s.line("A", "ITEM-1", 5, ""), s.line("B", "ITEM-2", 2, ""))
    for world in told(s.released("O-1", 0, *lines, partial="ship_from_single_node"), rules=RULES):
        assert wanted(world) == {SOUTH: {"A": 5, "B": 2}}
        plans = [i.body for i in world.instructions.values() if isinstance(i.body, TransportPlanned)]
        assert [p.nodes for p in plans] == [(SOUTH,)]
        assert not opened(world, "O-1")


def test_s27_no_single_site_is_said_and_the_order_goes_on() -> None:
    """Given that no site stocks all of it, the order is routed line by line and a person sees that; an amendment that
    leaves the odd item out brings it together and closes that."""
    lines = (s.line("A", "ITEM-2", 5, ""), s.line("B", "ITEM-3", 2, ""))
    for world in told(s.released("O-1", 0, *lines, partial="ship_from_single_node"), rules=RULES):
        assert wanted(world) == {SOUTH: {"A": 5}, NORTH: {"B": 2}}
        assert opened(world, "O-1") == {"NO_SINGLE_NODE"}
        then(world, s.amended("O-1", 5, 2, s.line("A", "ITEM-2", 5, "")))
        assert not opened(world, "O-1")


def test_one_site_was_wanted_and_two_shipped() -> None:
    """Given an order of one site of which a second site ships a part, both goods issues are posted, for the goods have
    left, and the exception stands until that departure is taken back."""
    odd = s.departed("O-1", 30, "S-2", NORTH, lines={"A": 1})
    facts = (
        s.released("O-1", 0, s.line("A", "ITEM-1", 5, ""), s.line("B", "ITEM-2", 2, ""),
                   partial="ship_from_single_node"),
        s.picked("O-1", 10, "A", 4, SOUTH), s.picked("O-1", 11, "B", 2, SOUTH), s.picked("O-1", 12, "A", 1, NORTH, n=2),
        s.departed("O-1", 20, "S-1", SOUTH), odd,
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert ledger(world)["inventory"] == -5 * 8 - 2 * 999
        assert opened(world, "O-1") == {"SHIPPED_FROM_SEVERAL_NODES"}
        then(world, s.undone(odd, 60))
        assert "SHIPPED_FROM_SEVERAL_NODES" not in opened(world, "O-1")


# -- together or in parts ------------------------------------------------------------------------------------------

PICKS = (s.picked("O-1", 10, "A", 5), s.picked("O-1", 300, "B", 2, SOUTH))


def test_ship_partial_lets_each_site_go() -> None:
    """Given an order that may leave in parts, each site is ready by itself and ships without an exception."""
    for world in told(two_sites(0), PICKS[0], s.departed("O-1", 20, "S-1"), rules=RULES):
        assert ready(world) == {NORTH}
        assert not opened(world, "O-1")


def test_ship_when_all_ready_waits_for_the_other_site() -> None:
    """Given an order that is to leave as a whole, transport hears nothing while one site still picks, then of both."""
    for world in told(two_sites(0, partial="ship_when_all_ready"), PICKS[0], rules=RULES):
        assert ready(world) == set()
        then(world, PICKS[1])
        assert ready(world) == {NORTH, SOUTH}
        then(world, s.departed("O-1", 310, "S-1"))
        assert not opened(world, "O-1"), "all was ready: one may be ahead of the other by an hour"


def test_ship_when_all_ready_left_too_early() -> None:
    """Given that one site shipped while the other still picked, its goods issue is posted all the same and a person
    sees it, until the rest is picked as well."""
    for world in told(two_sites(0, partial="ship_when_all_ready"), PICKS[0], s.departed("O-1", 20, "S-1"), rules=RULES):
        assert ledger(world)["inventory"] == -5 * 8
        assert opened(world, "O-1") == {"SHIPPED_INCOMPLETE"}
        (problem,) = decision(world, "O-1").problems
        assert "S-1" in problem.text
        assert problem.since is not None
        then(world, PICKS[1])
        assert not opened(world, "O-1")


def test_ship_when_all_ready_and_a_site_that_reports_no_picks() -> None:
    """Given a site that reports what left and not what it picked, the order is complete when both have left."""
    facts = (
        two_sites(0, partial="ship_when_all_ready"), PICKS[0], s.departed("O-1", 20, "S-1"),
        s.departed("O-1", 30, "S-2", SOUTH, lines={"B": 2}),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert "SHIPPED_INCOMPLETE" not in opened(world, "O-1")


def test_ship_when_all_ready_and_a_shortage_is_decided() -> None:
    """Given a shortage at one site, no site is ready until somebody decides on it; cancelled, it is missed no more."""
    few = s.short("O-1", 100, "B", 1, SOUTH)
    facts = (two_sites(0, partial="ship_when_all_ready"), PICKS[0], s.picked("O-1", 300, "B", 1, SOUTH), few)
    for world in told(*facts, rules=RULES):
        assert ready(world) == set()
        then(world, s.decided(few, 400, "cancel_remainder"))
        assert ready(world) == {NORTH, SOUTH}


def test_ship_when_all_ready_waits_for_the_site_that_helps_out() -> None:
    """Given a shortage sent to another site, the order is ready when that site has picked it."""
    few = s.short("O-1", 100, "A", 2)
    facts = (
        s.released("O-1", 0, s.line("A", "ITEM-1", 5, NORTH), partial="ship_when_all_ready"),
        s.picked("O-1", 90, "A", 3), few, s.decided(few, 110, "reallocate", node=SOUTH),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert ready(world) == set()
        then(world, s.picked("O-1", 400, "A", 2, SOUTH, n=2))
        assert ready(world) == {NORTH, SOUTH}


def test_ship_when_all_ready_waits_for_the_substitute() -> None:
    """Given a shortage replaced by another item, the order is ready when that item is picked."""
    few = s.short("O-1", 100, "A", 2)
    facts = (
        s.released("O-1", 0, s.line("A", "ITEM-1", 5, NORTH), partial="ship_when_all_ready"),
        s.picked("O-1", 90, "A", 3), few, s.decided(few, 110, "substitute", item="ITEM-3"),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert ready(world) == set()
        then(world, s.picked("O-1", 400, "A~ITEM-3", 2))
        assert ready(world) == {NORTH}


def test_a_line_that_is_to_leave_complete_waits_for_its_shortage() -> None:
    """Given a short line that must not be split, its site is not ready, the other one is; once a person lets it ship
    short, it is."""
    few = s.short("O-1", 15, "A", 2)
    facts = (
        two_sites(0, partial="line_ship_complete"), s.picked("O-1", 10, "A", 3), few,
        s.picked("O-1", 20, "B", 2, SOUTH),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert ready(world) == {SOUTH}
        then(world, s.decided(few, 60, "ship_short"))
        assert ready(world) == {NORTH, SOUTH}


def test_a_line_that_left_in_part() -> None:
    """Given that part of a line left that must not be split, it is posted and shown, until the rest has left too."""
    facts = (
        s.released("O-1", 0, s.line("A", "ITEM-1", 5), partial="line_ship_complete"), s.picked("O-1", 10, "A", 3),
        s.departed("O-1", 20, "S-1"),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert ledger(world)["inventory"] == -3 * 8
        assert opened(world, "O-1") == {"PARTIAL_LINE_SHIPPED"}
        then(world, s.picked("O-1", 30, "A", 2, n=2), s.departed("O-1", 40, "S-2"))
        assert not opened(world, "O-1")
        assert ledger(world)["inventory"] == -5 * 8


def test_a_person_has_seen_what_left_against_the_rule() -> None:
    """Given that a person releases such an exception, it is closed and stays so, whatever arrives when."""
    facts = (
        s.released("O-1", 0, s.line("A", "ITEM-1", 5), partial="line_ship_complete"), s.picked("O-1", 10, "A", 3),
        s.departed("O-1", 20, "S-1"), s.let_go("O-1", 50, "departed/S-1/1"),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert not opened(world, "O-1")


def test_a_line_that_left_in_part_by_decision() -> None:
    """Given that the rest of such a line was given up by a person, nobody need look at it."""
    few = s.short("O-1", 15, "A", 2)
    facts = (
        s.released("O-1", 0, s.line("A", "ITEM-1", 5), partial="line_ship_complete"), s.picked("O-1", 10, "A", 3), few,
        s.departed("O-1", 20, "S-1"),
    )  # fmt: skip
    for world in told(*facts, rules=RULES):
        assert "PARTIAL_LINE_SHIPPED" in opened(world, "O-1")
        then(world, s.decided(few, 60, "cancel_remainder"))
        assert "PARTIAL_LINE_SHIPPED" not in opened(world, "O-1")


# -- departures that say nothing of what is on them ----------------------------------------------------------------

FIVE, THREE = s.picked("O-1", 10, "A", 5), s.picked("O-1", 25, "A", 3, n=2)
FIRST, SECOND = s.departed("O-1", 20, "S-1"), s.departed("O-1", 30, "S-2")
EIGHT = s.released("O-1", 0, s.line("A", "ITEM-1", 8))


def issues(world: World) -> dict[str, int]:
    """Return the units of line A in each live goods issue, by shipment."""
    found = world.erp.standing().items()
    issued = [(chain.partition("/")[2], documents[0]) for (_, chain), documents in found]
    return {shipment: sum(n.quantity for n in d.lines) for shipment, d in issued if isinstance(d, GoodsIssue)}


def test_what_left_first_was_picked_first() -> None:
    """Given five picked, a departure, three more picked and another departure, neither saying what it carries: five are
    issued with the first and three with the second; each invoice bills what left with it."""
    for world in told(EIGHT, FIVE, FIRST, THREE, SECOND, rules=RULES):
        assert issues(world) == {"S-1": 5, "S-2": 3}
        invoices = {c: d[0] for (_, c), d in world.erp.standing().items() if c.startswith("customer_invoice/")}
        assert {c: d.lines[0].quantity for c, d in invoices.items()} == {  # type: ignore[union-attr]
            "customer_invoice/S-1": 5, "customer_invoice/S-2": 3,
        }  # fmt: skip
        assert not opened(world, "O-1")


def test_a_pick_of_the_same_minute_is_aboard() -> None:
    """Given a pick reported for the very time of a departure, it left with it."""
    for world in told(EIGHT, FIVE, FIRST, s.picked("O-1", 20, "A", 3, n=2), SECOND, rules=RULES, tellings=4):
        assert issues(world) == {"S-1": 8}


def test_the_last_departure_takes_the_rest() -> None:
    """Given a scanner whose clock is ahead of the gate's, the node's last departure takes what it reports as picked
    later, whatever leaves another site; once the last one is taken back, the one before it is the last."""
    late, other = s.picked("O-1", 45, "A", 1, n=3), s.departed("O-1", 60, "S-9", SOUTH)
    release = s.released("O-1", 0, s.line("A", "ITEM-1", 9))
    for world in told(release, FIVE, FIRST, THREE, SECOND, late, other, rules=RULES):
        assert issues(world) == {"S-1": 5, "S-2": 4}
        then(world, s.undone(SECOND, 70))
        assert issues(world) == {"S-1": 9}


def test_what_a_departure_states_is_not_there_for_the_next() -> None:
    """Given a first departure that states four, the second one takes the fifth of what was picked before it, and the
    third the rest; a pick that is taken back is in none."""
    stated, third = s.departed("O-1", 15, "S-0", lines={"A": 4}), s.departed("O-1", 40, "S-3")
    wrong = s.picked("O-1", 12, "A", 2, n=9)
    facts = (EIGHT, FIVE, wrong, s.undone(wrong, 50), stated, FIRST, THREE, third)
    for world in told(*facts, rules=RULES, tellings=6):
        assert issues(world) == {"S-0": 4, "S-1": 1, "S-3": 3}
