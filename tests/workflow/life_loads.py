"""What can happen to a load, trait by trait: plan, tender, carriage."""

from __future__ import annotations

from collections.abc import Iterator, Set

from milepost.contracts import tms
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import at

LOAD = "L-1"
OFFERS = 3


NEEDS = {f"{answer}_{i}": f"offered_{i}" for i in range(1, OFFERS + 1)
         for answer in ("accepted", "rejected", "withdrawn", "expired", "silent")}  # fmt: skip
NEEDS |= {
    "late_answers": "accepted_1",
    "pick_up_reversed": "picked_up",
    "planned_back": "replanned",
    "row_back": "row_off",
}


class LoadLife:
    """The facts of one load that carries ``members`` (order, shipment)."""

    def __init__(self, load: str, traits: Set[str], members: list[tuple[str, str]], n: list[int]) -> None:
        self.load, self.has, self.members, self.n = load, traits.__contains__, members, n

    def events(self) -> list[Event]:
        return [*self._planned(), *self._tendered(), *self._carried()]

    def _planned(self) -> Iterator[Event]:
        yield s.planned(self.load, 60 if self.has("late_policy") else 30, 1, *self.members)
        if self.has("replanned"):
            yield s.planned(self.load, 33, 2, *self.members[1:])
        if self.has("planned_back"):
            yield s.planned(self.load, 34, 3, *self.members)
        order, shipment = self.members[0]
        if self.has("row_off"):
            yield s.assigned(self.load, 36, order, shipment, aboard=False)
        if self.has("row_back"):
            yield s.assigned(self.load, 37, order, shipment, version=2)
        if self.has("rated"):
            body = tms.FreightRated(load=self.load, carrier="CARRIER-1", amount_minor=900, currency="EUR")
            yield s.say(load_key(self.load), f"rated/{self.load}/CARRIER-1", 31, body)
        if self.has("assigned"):
            body2 = tms.CarrierAssigned(load=self.load, carrier="CARRIER-1")
            yield s.say(load_key(self.load), f"assigned/{self.load}/CARRIER-1/1", 32, body2)

    def _tendered(self) -> Iterator[Event]:
        for i in range(1, OFFERS + 1):
            if self.has(f"offered_{i}"):
                yield s.offered(self.load, 30 + 10 * i, i, 1000 + self.n[i], 40 + 10 * i, "USD" if i == 3 else "EUR")
            late = 8 if self.has("late_answers") else -5
            for answer, minute in (("accepted", late), ("rejected", -4), ("withdrawn", 30), ("expired", 0)):
                if self.has(f"{answer}_{i}"):
                    yield s.answered(self.load, 40 + 10 * i + minute, i, answer)
            if self.has(f"silent_{i}"):
                yield s.clock(load_key(self.load), "tender", f"{self.load}-T{i}", 40 + 10 * i)

    def _carried(self) -> Iterator[Event]:
        gone = s.on_load(self.load, 62, "pickedup", tms.PickedUp(load=self.load))
        if self.has("picked_up"):
            yield gone
        if self.has("pick_up_reversed"):
            yield s.undone(gone, 63)
        if self.has("in_transit"):
            yield s.on_load(self.load, 90, "transit", tms.InTransit(load=self.load, place="A7"))
        if self.has("eta_changed"):
            yield s.on_load(self.load, 91, "eta", tms.EtaChanged(load=self.load, eta=at(3000)))
        if self.has("arrived"):
            yield s.on_load(self.load, 2990, "arrived", tms.Arrived(load=self.load))
        if self.has("load_held"):
            yield s.held(load_key(self.load), 35)


TRAITS: tuple[str, ...] = (
    "rated", "assigned", "replanned", "planned_back", "offered_1", "accepted_1", "offered_2", "accepted_2",
    "offered_3", "accepted_3", "rejected_1", "rejected_2", "withdrawn_1", "withdrawn_2", "expired_1", "silent_1",
    "silent_2", "row_off", "row_back", "late_answers", "picked_up", "pick_up_reversed", "in_transit", "eta_changed",
    "arrived", "load_held",
)  # fmt: skip
