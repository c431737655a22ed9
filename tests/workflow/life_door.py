"""What else can happen at the customer's door and on the way back, beside what orders hear of it usually."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from milepost.contracts.events import Event
from milepost.contracts.tms import DeliveryCode
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import EAST

CODES: dict[str, tuple[DeliveryCode, str]] = {
    "short_at_door": ("short", "A"), "wrong_product": ("wrong_product", "B"), "refused": ("refused", "B"),
    "pod_missing": ("pod_missing", ""), "other_trouble": ("other", ""),
}  # fmt: skip


def facts(order: str, has: Callable[[str], bool], n: list[int]) -> Iterator[Event]:
    """Yield exceptions and returns of an order's first shipment, and of one that never left."""
    o, shipment, rma = order, f"{order}-S1", f"{order}-R1"
    for number, (trait, (code, line)) in enumerate(CODES.items()):
        if has(trait):
            yield s.excepted(o, 3004 + number, shipment, code, line, n[number] if line else 0, n=2)
    if has("asked_for_too_much"):
        yield s.return_requested(o, 3910, f"{o}-R2", shipment, A=n[1], B=n[2])
    if has("brought_unasked"):
        yield s.came_back(o, 4110, f"{o}-R3", shipment, EAST, B=1)
    if has("returned_unknown"):
        yield s.came_back(o, 4120, f"{o}-R4", "S-NEVER", A=1)
        yield s.inspected(o, 4230, f"{o}-R4", "S-NEVER", "A", 1)
    if has("inspected_much"):
        yield s.inspected(o, 4210, rma, shipment, "A", n[4] + n[5], "repair", n=3)
    if has("inspected_elsewhere"):
        yield s.inspected(o, 4220, rma, shipment, "B", n[6], "vendor", EAST)


TRAITS: tuple[str, ...] = (
    *CODES, "proof_states", "asked_for_too_much", "brought_unasked", "returned_unknown", "inspected_much",
    "inspected_elsewhere",
)  # fmt: skip
NEEDS = {trait: "departed" for trait in TRAITS if trait != "returned_unknown"} | {"proof_states": "delivered"}
