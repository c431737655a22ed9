"""What becomes of units that could not be picked: what was agreed, what people decide, what warehouses then do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from milepost.contracts.verbs import Shortfall
from milepost.simulators.catalogue import ITEMS
from milepost.simulators.draws import Draw
from milepost.simulators.plan import Allocation, OrderPlan, Pick, PlannedLine, Short, Verdict
from milepost.simulators.practices import short_pick, sites_for, substitute_of

_HOUR: Final = timedelta(hours=1)
_OUTCOMES: Final[tuple[Shortfall, ...]] = (
    "reallocate", "back_order", "cancel_remainder", "substitute", "ship_short",
)  # fmt: skip


class _Story(NamedTuple):
    """A short pick with the words of people on it, and the work that follows."""

    short: Short
    picks: tuple[Pick, ...] = ()
    moved: tuple[Allocation, ...] = ()
    missed: tuple[Short, ...] = ()


def settled_shortages(draw: Draw, plan: OrderPlan) -> OrderPlan:
    """Let every shortage of the plan come to what becomes of it, or stay open."""
    lines = {line.line: line for line in plan.standing.lines}
    stories = [_story(draw, plan, short, lines[short.line]) for short in plan.shorts]
    return replace(
        plan,
        shorts=(*(story.short for story in stories), *(short for story in stories for short in story.missed)),
        picks=(*plan.picks, *(pick for story in stories for pick in story.picks)),
        moved=tuple(one for story in stories for one in story.moved),
    )


def _story(draw: Draw, plan: OrderPlan, short: Short, line: PlannedLine) -> _Story:
    agreed = short_pick(plan.customer, short.node, plan.lane, plan.released_at)
    overruled = draw.chance("short_decided", short.found_at is None)
    twice = draw.chance("short_decided_twice", overruled)
    at = short.at + draw.hours(0.5, 3)
    mind = draw.one_of([outcome for outcome in _OUTCOMES if outcome != agreed])
    first = draw.one_of(_OUTCOMES)
    left, later = draw.chance("short_left", short.found_at is None), draw.hours(1, 72)
    moves = not left and short.found_at is None and (mind if overruled else agreed) == "reallocate"
    fate = "left" if left else "nowhere" if draw.chance("reallocated_short", moves) else ""
    if short.found_at:
        return _Story(short)
    if overruled:
        spoken = _verdict(draw, short, line, 2 if twice else 1, at, mind)
        earlier = (_verdict(draw, short, line, 1, at - _HOUR / 4, first),) if twice else ()
        short = replace(short, verdicts=(*earlier, spoken))
        return _FOLLOWED[mind](plan, short, spoken.at, fate)
    if agreed == "hold":
        return _Story(short if left else replace(short, released_at=short.at + later))
    if agreed == "substitute":
        return _approved(draw, plan, short, line, at, left)
    return _FOLLOWED[agreed](plan, short, short.at, fate)


def _verdict(draw: Draw, short: Short, line: PlannedLine, n: int, at: datetime, outcome: Shortfall) -> Verdict:
    named = draw.share() < 0.5
    node = sites_for(short.node)[0] if outcome == "reallocate" and named else ""
    agreed = substitute_of(line.item)
    other = ITEMS[-1] if line.item != ITEMS[-1] else ITEMS[-2]
    item = other if outcome == "substitute" and (named or not agreed) else ""
    return Verdict(f"shortage/{short.key}/{n}", at, outcome, node, item)


def _approved(draw: Draw, plan: OrderPlan, short: Short, line: PlannedLine, at: datetime, left: bool) -> _Story:
    """A substitution was agreed; a person approves it, says which item where none is agreed, or never looks."""
    said = draw.share() < 0.5
    if left:
        return _Story(short)
    if said or not substitute_of(line.item):
        spoken = _verdict(draw, short, line, 1, at, "substitute")
        return _substituted(plan, replace(short, verdicts=(spoken,)), at, "")
    return _substituted(plan, replace(short, approved_at=at), at, "")


def _substituted(plan: OrderPlan, short: Short, at: datetime, fate: str) -> _Story:
    """The other item is picked as a line of its own."""
    item = _item_of(plan, short)
    line = f"{short.line}~{item}"
    pick = Pick(f"pick/{plan.order_id}/{line}/1", line, short.node, short.quantity, at + _HOUR)
    return _Story(short, (pick,))


def _item_of(plan: OrderPlan, short: Short) -> str:
    named = short.verdicts[-1].item if short.verdicts else ""
    item = next(line.item for line in plan.standing.lines if line.line == short.line)
    return named or substitute_of(item)


def _reallocated(plan: OrderPlan, short: Short, at: datetime, fate: str) -> _Story:
    """The other site takes it on, never answers, or finds that it lacks them too."""
    if fate == "left":
        return _Story(short)
    node = sites_for(short.node)[0]
    key = f"{plan.order_id}/{short.line}/{node}"
    allocation = Allocation(f"alloc/{key}", short.line, node, short.quantity, at + _HOUR / 2)
    if fate == "nowhere":
        missing = Short(f"short/{key}/1", short.line, node, short.quantity, "not_found", at + _HOUR)
        return _Story(short, moved=(allocation,), missed=(missing,))
    pick = Pick(f"pick/{key}/1", short.line, node, short.quantity, at + 1.5 * _HOUR)
    return _Story(short, (pick,), (allocation,))


def _nothing_more(plan: OrderPlan, short: Short, at: datetime, fate: str) -> _Story:
    return _Story(short)


_FOLLOWED: Final[dict[str, Callable[[OrderPlan, Short, datetime, str], _Story]]] = {
    "reallocate": _reallocated,
    "substitute": _substituted,
    "back_order": _nothing_more,
    "cancel_remainder": _nothing_more,
    "ship_short": _nothing_more,
}
