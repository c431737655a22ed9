"""What can happen to one order, trait by trait. A trait is one turn of a life; a life is any set of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set

import msgspec
from milepost.contracts import controls, tms, wms
from milepost.contracts.events import Event
from milepost.contracts.orders import OrderLine
from milepost.contracts.wms import LineQuantity
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import EAST, NORTH, ORDER_LANES, SOUTH, at

ORDER = "O-1"
PARTIAL = ("ship_when_all_ready", "line_ship_complete", "ship_from_single_node")
NUMBERS = 8  # quantities a life draws, each 1..6


class OrderLife:
    """The facts of one order under ``traits``; ``n`` are its drawn quantities."""

    def __init__(self, order: str, traits: Set[str], n: list[int]) -> None:
        self.order, self.has, self.n = order, traits.__contains__, n
        self.second = EAST if self.has("routed") else SOUTH if self.has("second_node") else NORTH
        self.apart = self.second != NORTH
        self.first, self.other, self.next = f"{order}-S1", f"{order}-S2", f"{order}-S3"

    def shipments(self) -> list[str]:
        return [self.first] + [self.other] * self.apart + [self.next] * self.has("second_shipment")

    def events(self) -> list[Event]:
        return [e for part in (self._ordered, self._picked, self._shipped, self._delivered, self._came_back,
                                   self._people) for e in part()]  # fmt: skip

    def _lines(self, a: int, b: int) -> tuple[OrderLine, ...]:
        item = "ITEM-9" if self.has("unknown_item") else "ITEM-2"
        node = "DC-MOON" if self.has("unknown_site") else NORTH
        value = 1001 if self.has("own_value") else 0
        if self.has("routed"):
            return s.line("A", item, a, node, value), s.line("B", "ITEM-3", b, "")
        return s.line("A", item, a, node, value), s.line("B", "ITEM-1", b, self.second)

    def _ordered(self) -> Iterator[Event]:
        header: dict[str, object] = {}
        header["terms"] = "on_delivery" if self.has("on_delivery") else "on_goods_issue"
        header["customer"] = "C999" if self.has("unknown_customer") else "C002"
        header["mode"] = "air" if self.has("no_such_mode") else "parcel" if self.has("parcel") else "ltl"
        header["currency"] = "JPY" if self.has("yen") else "EUR"
        header["lane"] = one_of(ORDER_LANES, self.has, self.n[7])
        header["partial"] = next((p for p in PARTIAL if self.has(p)), "ship_partial")
        when = 60 if self.has("late_policy") else 0
        if not self.has("unreleased"):
            a = 600 if self.has("too_heavy") else 6
            yield s.released(self.order, when, *self._lines(a, 6), **header)
        if self.has("released_again"):
            yield s.released(self.order, when + 2, *self._lines(5, 5), **header | {"version": 5})
        if self.has("released_in_dollars"):
            yield s.released(self.order, when + 3, *self._lines(5, 5), **header | {"version": 7, "currency": "USD"})
        if self.has("amended"):
            yield s.amended(self.order, 5, 2, *self._lines(self.n[0], self.n[1]))
        if self.has("amended_again"):
            yield s.amended(self.order, 4, 3, *self._lines(self.n[1], self.n[0]))
        if self.has("amended_invalidly"):
            yield s.amended(self.order, 6, 4, s.line("A", "ITEM-404", 3))

    def _picked(self) -> Iterator[Event]:
        o, n = self.order, self.n
        if self.has("waved"):
            yield s.say(o, f"wave/{o}/{NORTH}/W1", 9, wms.WavePlanned(wave="W1", node=NORTH))
        if self.has("allocated"):
            yield s.say(o, f"alloc/{o}/A/{NORTH}", 10, wms.Allocated(node=NORTH, line="A", quantity=6))
        if self.has("picked"):
            yield s.picked(o, 20, "A", self.n[2] if not self.has("picked_whole") else 6)
            yield s.picked(o, 21, "B", self.n[3] if not self.has("picked_whole") else 6, self.second)
        if self.has("picked_more"):
            yield s.picked(o, 22, "A", n[4], n=2)
        if self.has("pick_reversed"):
            yield s.undone(s.picked(o, 20, "A", 0), 24)
        if self.has("short"):
            yield s.short(o, 23, "A", n[5])
        if self.has("short_released"):
            yield s.let_go(o, 40, f"short/{o}/A/1")
        if self.has("short_elsewhere"):
            yield s.short(o, 23, "B", n[6], self.second)
        if self.has("packed"):
            packed = (LineQuantity(line="A", quantity=n[2]),)
            yield s.say(o, f"pack/{o}/P1", 30, wms.Packed(node=NORTH, package="P1", lines=packed))

    def _shipped(self) -> Iterator[Event]:
        o = self.order
        if self.has("loaded"):
            yield s.loaded(o, 40, self.first)
        if self.has("loaded_much"):
            much = wms.Loaded(node=NORTH, shipment=f"{o}-S5", lines=(LineQuantity(line="A", quantity=20),))
            yield s.say(o, f"loaded/{o}-S5", 41, much)
        stated = {"A": self.n[7]} if self.has("lines_stated") else {}
        departure = s.departed(o, 50, self.first, lines=stated)
        if self.has("departed"):
            yield departure
            if self.apart:
                yield s.departed(o, 52, self.other, self.second)
        if self.has("second_shipment"):
            yield s.departed(o, 55, self.next, lines={"B": 1})
        if self.has("departure_reversed"):
            yield s.undone(departure, 56)
        if self.has("departed_again"):
            yield s.departed(o, 2900, self.first, n=2, lines=stated)  # two days on: another period
        if self.has("left_elsewhere"):
            yield s.departed(o, 57, f"{o}-S4", SOUTH, lines={"A": 1})
        if self.has("departed_elsewhere"):
            yield s.departed(o, 60, self.first, SOUTH, n=3)

    def _delivered(self) -> Iterator[Event]:
        o = self.order
        if self.has("shipment_created"):
            yield s.say(o, f"shipment/{self.first}", 35, tms.ShipmentCreated(shipment=self.first, pro="PRO-1"))
        proof = s.delivered(o, 3000, self.first)
        if self.has("proof_states"):
            proof = s.proven(o, 3000, self.first, {"A": self.n[2], "B": self.n[3]})
        if self.has("delivered"):
            yield proof
            if self.apart:
                yield s.delivered(o, 3010, self.other)
        if self.has("delivery_reversed"):
            yield s.undone(proof, 3020)
        if self.has("delivery_excepted"):
            body = tms.DeliveryExcepted(shipment=self.first, code="refused", line="A", quantity=1)
            yield s.say(o, f"dexc/{self.first}/1", 3001, body)
        if self.has("damaged"):
            yield s.excepted(o, 3002, self.first, "damaged", "A", self.n[2])
        if self.has("lost"):
            yield s.excepted(o, 3003, self.first, "lost", "B", 1)
        if self.has("returned"):
            back = tms.Returned(shipment=self.first, line="A", quantity=1)
            yield s.say(o, f"return/{self.first}/A/1", 4000, back)

    def _came_back(self) -> Iterator[Event]:
        o = self.order
        if self.has("return_requested"):
            yield s.return_requested(o, 3900, f"{o}-R1", self.first, A=2)
        if self.has("came_back"):
            yield s.came_back(o, 4100, f"{o}-R1", self.first, A=2)
        inspection = s.inspected(o, 4200, f"{o}-R1", self.first, "A", 1)
        if self.has("inspected"):
            yield inspection
        if self.has("inspected_again"):
            yield s.inspected(o, 4201, f"{o}-R1", self.first, "A", self.n[3], "scrap", n=2)
        if self.has("inspection_reversed"):
            yield s.undone(inspection, 4300)

    def _people(self) -> Iterator[Event]:
        o = self.order
        if self.has("cancelled_by_erp"):
            yield s.cancelled(o, 53)
        if self.has("cancelled_by_person"):
            yield s.cancelled(o, 54, "ada")
        if self.has("held"):
            yield s.held(o, 15)
        if self.has("hold_released"):
            yield s.let_go(o, 70, f"hold/{o}/1")
        if self.has("reprocessed"):
            yield s.say(o, f"reprocess/{o}/1", 80, controls.Reprocessed(actor="ada", reason="again"))
        if self.has("orphan_fired"):
            yield s.clock(o, "orphan", "", 69)
        if self.has("unreadable_date"):
            yield s.say(o, f"quality/{o}/1", 1, controls.DataQualityFound(field="date", value="Pre-PQ"))


TRAITS: tuple[str, ...] = (
    "picked", "picked_whole", "departed", "allocated", "waved", "picked_more", "pick_reversed", "short",
    "short_released", "short_elsewhere", "packed", "loaded", "lines_stated", "second_shipment",
    "departure_reversed", "departed_again", "departed_elsewhere",
    "left_elsewhere", "loaded_much",
    "shipment_created", "delivered", "delivery_reversed", "delivery_excepted", "returned", "damaged", "lost",
    "return_requested", "came_back", "inspected", "inspected_again", "inspection_reversed",
    "on_delivery", "second_node", "own_value", "yen", "parcel", "late_policy", "amended", "amended_again",
    "amended_invalidly", "released_again", "cancelled_by_erp", "cancelled_by_person", "held", "hold_released",
    "reprocessed", "orphan_fired", "unreadable_date", "routed", "released_in_dollars", *ORDER_LANES, *PARTIAL,
)  # fmt: skip
NEEDS = {
    "picked_whole": "picked", "pick_reversed": "picked", "short_released": "short", "departure_reversed": "departed",
    "departed_again": "departure_reversed", "delivered": "departed", "delivery_reversed": "delivered",
    "returned": "delivered", "inspection_reversed": "inspected",
    "hold_released": "held",
}  # fmt: skip
REFUSED = ("unreleased", "unknown_customer", "unknown_site", "unknown_item", "too_heavy", "no_such_mode")


def one_of(lanes: Iterable[str], has: Callable[[str], bool], nth: int) -> str:
    """Return one of the lanes that a life is on, the standard one where it is on none."""
    found = [lane for lane in lanes if has(lane)]
    return found[nth % len(found)] if found else "standard"


def contested(events: list[Event], trait: str, wanted: Callable[[Event], bool]) -> list[Event]:
    """Return a second payload for the first fact that is ``wanted``: the same key, another time or quantity."""
    found = next((e for e in events if wanted(e)), None)
    if found is None:
        return []
    minutes = int((found.occurred_at - at(0)).total_seconds()) // 60
    if isinstance(found.body, wms.PickConfirmed):
        body = msgspec.structs.replace(found.body, quantity=found.body.quantity + 1)
        return [s.say(found.owner, found.business_key, minutes, body, trait)]
    minutes += 3
    return [s.say(found.owner, found.business_key, minutes, found.body, trait)]
