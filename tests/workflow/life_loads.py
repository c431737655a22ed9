"""What can happen to a load, trait by trait: plan, tender, carriage."""

from __future__ import annotations

from collections.abc import Iterator, Set

from milepost.contracts import tms, verbs
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import LOAD_LANES, NORTH, at
from milepost.tests.workflow.life_orders import one_of

LOAD = "L-1"
OFFERS = 3
CUT_OFF, CONFIRM_BY = 95, 85  # by lanes that ask for a confirmation, ten minutes before


NEEDS = {f"{answer}_{i}": f"offered_{i}" for i in range(1, OFFERS + 1)
         for answer in ("accepted", "rejected", "withdrawn", "expired", "silent")}  # fmt: skip
NEEDS |= {
    "late_answers": "accepted_1",
    "pick_up_reversed": "picked_up",
    "planned_back": "replanned",
    "row_back": "row_off",
    **dict.fromkeys((*LOAD_LANES, "confirm_fired"), "cut_off"),
}


class LoadLife:
    """The facts of one load that carries ``members`` (order, shipment)."""

    def __init__(self, load: str, traits: Set[str], members: list[tuple[str, str]], n: list[int]) -> None:
        self.load, self.has, self.members, self.n = load, traits.__contains__, members, n

    def events(self) -> list[Event]:
        return [*self._planned(), *self._tendered(), *self._carried(), *self._desk()]

    def _plan(self, minutes: int, version: int, *members: tuple[str, str]) -> Event:
        """Return a plan from NORTH; what a shipment weighs and is worth rises along the members."""
        lane = one_of(LOAD_LANES, self.has, self.n[2])
        weighed = self.has("weighed")
        aboard = tuple(tms.Member(order_id=o, shipment=shipment, weight_grams=1000 * i * weighed,
                                  value_minor=700 * i * self.n[1] * weighed)
                       for i, (o, shipment) in enumerate(members, 1))  # fmt: skip
        body = tms.LoadPlanned(load=self.load, version=version, members=aboard, node=NORTH, lane=lane,
                               cut_off=at(CUT_OFF) if self.has("cut_off") else None)  # fmt: skip
        return s.say(load_key(self.load), f"load/{self.load}/v{version}", minutes, body)

    def _planned(self) -> Iterator[Event]:
        yield self._plan(60 if self.has("late_policy") else 30, 1, *self.members)
        if self.has("replanned"):
            yield self._plan(33, 2, *self.members[1:])
        if self.has("planned_back"):
            yield self._plan(34, 3, *self.members)
        order, shipment = self.members[0]
        if self.has("row_off"):
            yield s.assigned(self.load, 36, order, shipment, aboard=False)
        if self.has("row_back"):
            yield s.assigned(self.load, 37, order, shipment, version=2)
        if self.has("row_off_late"):
            yield s.assigned(self.load, 66, order, shipment, version=3, aboard=False)
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
            refusal = CONFIRM_BY + 11 - (40 + 10 * i) if self.has("rejects_late") else -4
            for answer, minute in (("accepted", late), ("rejected", refusal), ("withdrawn", 30), ("expired", 0)):
                if self.has(f"{answer}_{i}"):
                    charged = answer == "withdrawn" and self.has("charged")
                    when = 40 + 10 * i + minute
                    yield s.taken_back(self.load, when, i, 70) if charged else s.answered(self.load, when, i, answer)
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

    def _desk(self) -> Iterator[Event]:
        owner = load_key(self.load)
        if self.has("load_held"):
            yield s.held(owner, 35)
        if self.has("confirm_fired"):
            yield s.clock(owner, "confirm", self.load, CONFIRM_BY)
        if self.has("freight_agreed"):
            yield s.overridden(owner, 97, "freight_amount", "", 400 * self.n[0])
        if self.has("worth_overridden"):
            yield s.overridden(owner, 98, "provisional_value", "", 10_000)
        if self.has("let_go_provisionally"):
            yield s.let_go(owner, 84, f"provisional/{self.load}")
        if self.has("load_compensated"):
            yield s.word(owner, 99, verbs.CompensationOrdered(actor="ada", reason="look"))
        if self.has("accrual_skipped"):
            yield s.word(owner, 99, verbs.Skipped(actor="ada", reason="by hand", step=f"freight_accrual/{self.load}"))


TRAITS: tuple[str, ...] = (
    "rated", "assigned", "replanned", "planned_back", "offered_1", "accepted_1", "offered_2", "accepted_2",
    "offered_3", "accepted_3", "rejected_1", "rejected_2", "withdrawn_1", "withdrawn_2", "expired_1", "silent_1",
    "silent_2", "row_off", "row_back", "late_answers", "picked_up", "pick_up_reversed", "in_transit", "eta_changed",
    "arrived", "load_held", *LOAD_LANES, "cut_off", "weighed", "rejects_late", "row_off_late",
    "charged", "confirm_fired", "freight_agreed",
    "worth_overridden", "let_go_provisionally", "load_compensated", "accrual_skipped",
)  # fmt: skip
