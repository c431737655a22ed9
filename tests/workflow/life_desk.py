"""What the credit desk and persons say about an order: every verb, of what is there and of what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from milepost.contracts import controls, verbs
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import NORTH, at

BY = {"actor": "ada", "reason": "seen"}


def facts(order: str, has: Callable[[str], bool], n: list[int]) -> Iterator[Event]:
    """Yield the words about an order; its first shipment and short pick are named as the other traits name them."""
    yield from _credit(order, has)
    yield from _holds(order, has, f"{order}-S1")
    yield from _exceptions(order, has, digest(order, "SHORT_PICK", f"short/{order}/A/1"))
    yield from _undoing(order, has, f"{order}-S1")
    yield from _sent_on(order, has, n)


def _credit(o: str, has: Callable[[str], bool]) -> Iterator[Event]:
    if has("credit_blocked"):
        yield s.credit_blocked(o, 49)
    if has("credit_cleared"):
        yield s.credit_cleared(o, 3500)
    if has("credit_blocked_again"):
        yield s.credit_blocked(o, 3600, n=2)


def _holds(o: str, has: Callable[[str], bool], shipment: str) -> Iterator[Event]:
    scopes = {"held_node": f"node/{NORTH}", "held_shipment": f"shipment/{shipment}",
              "held_invoices": "posting/customer_invoice", "held_credits": "posting/customer_credit"}  # fmt: skip
    for trait, scope in scopes.items():
        if has(trait):
            escalates = at(70) if trait == "held_node" else None
            yield s.word(o, 16, controls.HoldPlaced(**BY, scope=scope, escalates_at=escalates))


def _exceptions(o: str, has: Callable[[str], bool], exception: str) -> Iterator[Event]:
    if has("acknowledged"):
        yield s.word(o, 40, verbs.Acknowledged(actor="ada", exception=exception))
    if has("assigned_to_desk"):
        yield s.word(o, 41, verbs.Assigned(**BY, exception=exception, queue="order-desk"))
    if has("snoozed"):
        yield s.word(o, 42, verbs.Snoozed(**BY, exception=exception, until=at(95)))
    if has("named_nothing"):
        yield s.let_go(o, 43, "what/never/was")


def _undoing(o: str, has: Callable[[str], bool], shipment: str) -> Iterator[Event]:
    if has("issue_skipped"):
        yield s.word(o, 85, verbs.Skipped(**BY, step=f"goods_issue/{shipment}"))
    if has("invoice_skipped"):
        yield s.word(o, 86, verbs.Skipped(**BY, step=f"customer_invoice/{shipment}"))
    if has("milestone_skipped"):
        yield s.word(o, 87, verbs.Skipped(**BY, step="milestone/departed"))
    everything = s.word(o, 88, verbs.CompensationOrdered(**BY))
    if has("compensated"):
        yield everything
    if has("compensation_released"):
        yield s.let_go(o, 89, everything.business_key)
    if has("issue_compensated"):
        yield s.word(o, 90, verbs.CompensationOrdered(**BY, chains=(f"goods_issue/{shipment}",)))


def _sent_on(o: str, has: Callable[[str], bool], n: list[int]) -> Iterator[Event]:
    if has("migrated"):
        yield s.word(o, 91, verbs.MigrationOrdered(**BY, policy="shipping-short"))
    if has("migrated_nowhere"):
        yield s.word(o, 92, verbs.MigrationOrdered(**BY, policy="no-such-policy"))
    if has("linked"):
        yield s.word(o, 61, verbs.Linked(**BY, order_id=f"{o}-LINKED"))
    beyond = s.overridden(o, 4260, "return_excess", f"inspection/{o}-R1/A/3", 501 * n[0])
    if has("return_overridden"):
        yield beyond
    if has("override_approved"):
        yield s.approved(o, 4270, beyond.business_key, "chief")
    if has("return_approved"):
        yield s.approved(o, 4250, f"{o}-R1")
    if has("receipt_overridden"):
        yield s.overridden(o, 125, "receipt_excess", f"receipt/{o}-G3/1")


TRAITS: tuple[str, ...] = (
    "credit_blocked", "credit_cleared", "credit_blocked_again", "held_node", "held_shipment", "held_invoices",
    "held_credits", "acknowledged", "assigned_to_desk", "snoozed", "named_nothing", "issue_skipped", "invoice_skipped",
    "milestone_skipped", "compensated", "compensation_released", "issue_compensated", "migrated", "migrated_nowhere",
    "linked", "return_overridden", "override_approved", "return_approved", "receipt_overridden",
)  # fmt: skip
NEEDS = {
    "credit_cleared": "credit_blocked", "compensation_released": "compensated", "override_approved":
    "return_overridden", "return_overridden": "inspected_much", "return_approved": "return_requested",
    "receipt_overridden": "received_much", "acknowledged": "short", "assigned_to_desk": "short", "snoozed": "short",
}  # fmt: skip
