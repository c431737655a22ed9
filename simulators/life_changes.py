"""What people and the ERP do to an order on its way: amendments, cancellation, holds, mistakes put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from milepost.simulators.draws import Draw
from milepost.simulators.plan import Cancel, CreditWord, Mistake, OrderPlan, PersonHold, Pick, PlannedLine, Snapshot


def amended_early(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Change the quantity of one line before the warehouses start; never above what the mode carries."""
    hit, at = draw.chance("amended_early"), plan.snapshots[0].at + draw.hours(0.2, 0.9)
    line = draw.one_of(plan.standing.lines)
    quantity = draw.integer(1, max(1, line.quantity))
    return _amended(plan, at, line.line, quantity=quantity) if hit else plan


def amended_down(draw: Draw, plan: OrderPlan, starts_at: datetime) -> OrderPlan:
    """Lower a line while it is picked: more may be picked than is ordered now."""
    lines = [line for line in plan.standing.lines if line.quantity > 1]
    hit, at = draw.chance("amended_down", bool(lines)), starts_at + draw.hours(6, 9)
    if not hit:
        return plan
    line = draw.one_of(lines)
    return _amended(plan, at, line.line, quantity=draw.integer(1, line.quantity - 1))


def repriced(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Change price and cost of a line after its order left: what was posted must be replaced."""
    left = [s.left_at for s in plan.shipments if s.left_at]
    hit, after = draw.chance("repriced", bool(left)), draw.hours(1, 10)
    if not hit:
        return plan
    line = draw.one_of(plan.standing.lines)
    price, cost = line.unit_price_minor + draw.integer(1, 500), line.unit_cost_minor + draw.integer(0, 1) * 25
    return _amended(plan, max(left) + after, line.line, unit_price_minor=price, unit_cost_minor=cost)


def _amended(plan: OrderPlan, at: datetime, line: str, **changes: int) -> OrderPlan:
    last = plan.standing
    version = max(one.version for one in (*plan.snapshots, *plan.in_other_currency)) + 1
    lines = tuple(replace(old, **changes) if old.line == line else old for old in last.lines)  # type: ignore[arg-type]
    return replace(plan, snapshots=(*plan.snapshots, Snapshot(version, at, lines)))


def released_otherwise(draw: Draw, plan: OrderPlan, starts_at: datetime) -> OrderPlan:
    """Let the ERP release the order once more in another currency: a mistake that changes nothing."""
    hit, at = draw.chance("other_currency"), starts_at + draw.hours(-1, 40)
    stray = Snapshot(plan.standing.version + 1, at, tuple(_dearer(line) for line in plan.standing.lines))
    return replace(plan, in_other_currency=(stray,)) if hit else plan


def _dearer(line: PlannedLine) -> PlannedLine:
    return replace(line, unit_price_minor=line.unit_price_minor + 7, quantity=line.quantity + 1)


def cancelled(draw: Draw, plan: OrderPlan, starts_at: datetime) -> OrderPlan:
    """Cancel the order before it is released, before any work, or while it is picked."""
    unheard = draw.chance("cancelled_unreleased")
    early = draw.chance("cancelled_early", not unheard) or unheard
    picking = draw.chance("cancelled_picking", not early)
    by_person = draw.chance("cancel_by_person", early or picking)
    soon, later = draw.hours(0.1, 0.5), draw.hours(3, 12)
    if not early and not picking:
        return plan
    released_at = plan.snapshots[0].at
    at = released_at - soon if unheard else released_at + soon if early else starts_at + later
    return replace(plan, cancel=Cancel(f"cancel/{plan.order_id}/1", at, by_person, early=early, void=False))


def cancelled_in_vain(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Ask for cancellation when goods have left, or shortly before: the sites would not stop, and they leave."""
    left = [s.left_at for s in plan.shipments if s.left_at]
    late, after = draw.chance("cancel_void", bool(left)), draw.hours(0.2, 10)
    refused, before = draw.chance("cancel_refused", bool(left) and not late), draw.hours(1, 8)
    by_person = draw.chance("cancel_by_person", late or refused)
    if not late and not refused:
        return plan
    at = min(left) - before if refused else min(left) + after
    cancel = Cancel(f"cancel/{plan.order_id}/1", at, by_person, early=False, void=True, refused=refused)
    return replace(plan, cancel=cancel)


def credit_watched(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Let the ERP block the customer's credit, mostly clear it, and sometimes begin again."""
    hit = draw.chance("credit_blocked")
    left, again = draw.chance("credit_left", hit), draw.chance("credit_again", hit)
    at, words = plan.snapshots[0].at, []
    for n in range(1, (2 if left else 3) + 2 * again):
        at += draw.hours(1, 60)
        words.append(CreditWord(f"credit/{plan.order_id}/{n}", at, blocked=n % 2 == 1))
    return replace(plan, credit=tuple(words)) if hit else plan


def held(draw: Draw, plan: OrderPlan, starts_at: datetime) -> OrderPlan:
    """Let a person hold the order before it leaves, and mostly release it."""
    hit, at, pause = draw.chance("person_hold"), starts_at + draw.hours(3, 9), draw.hours(2, 60)
    left = draw.chance("hold_left", hit)
    hold = PersonHold(f"hold/{plan.order_id}/1", at, None if left else at + pause)
    return replace(plan, holds=(hold,)) if hit else plan


def mistaken(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Let the site report one pick twice with different quantities; mostly a person says which counts."""
    sound = [pick for pick in plan.picks if pick.reversed_at is None]
    hit = draw.chance("conflict", bool(sound))
    left = draw.chance("conflict_left", hit)
    excess, apart, pause = draw.integer(1, 9), draw.hours(-0.5, 0.5), draw.hours(2, 60)
    if not hit:
        return plan
    chosen: Pick = draw.one_of(sound)
    at = chosen.at + apart
    resolved_at = None if left else max(at, chosen.at) + pause
    wrong = replace(chosen, mistake=Mistake(chosen.quantity + excess, at, resolved_at))
    return replace(plan, picks=tuple(wrong if pick is chosen else pick for pick in plan.picks))


def broken_off(plan: OrderPlan) -> OrderPlan:
    """Leave of the work of a cancelled order what was done before the cancellation."""
    if not plan.cancelled or plan.cancel is None:
        return plan
    at = plan.cancel.at
    picks = tuple(p for p in plan.picks if p.at < at and p.reversed_at is None)
    return replace(plan, picks=picks, shorts=(), shipments=plan.shipments)
