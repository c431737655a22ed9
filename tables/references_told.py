"""Rows of table ``references``: who was told how much of what is kept, and what has to be told yet."""

from __future__ import annotations

from milepost.contracts.references import BY_HAND, ISSUER_OWN
from milepost.tables.references import ANEW, KEPT_MAX_BYTES, MILESTONES_MAX, PLACES_MAX, WAYS_MAX, Kept, Meant, Row


def behind(row: Row) -> list[tuple[str, str, str]]:
    """Return the targets that count and were not told all that is kept."""
    return [key for key in row.standing() if row.targets[key].upto < row.number] if row.number else []


def told_at(row: Row, meant: Meant, place: int) -> None:
    """Note that a target was told all that is kept at a place, which tells it again when it is read again."""
    meant.upto = row.number
    meant.places = (*(one for one in meant.places if one != place), place)[-PLACES_MAX:]


def turned(row: Row, meant: Meant) -> bool:
    """Say whether a target has to be told that the link to it stands or not, and note that it was.

    It has to where it heard of a milestone, and otherwise of the link. Who is aboard a load of ours an order knows from
    the load's plans: there only a person's word is told.
    """
    by_plan = row.reference[:2] == ("load", ISSUER_OWN) and meant.word[0] != BY_HAND
    if not meant.upto or by_plan or meant.word[2] == (meant.heard is None or meant.heard[2]):
        return False
    meant.heard = meant.word
    return True


def came_by(row: Row, one: Kept, via: str, place: int) -> bool:
    """Note another way by which a milestone came to the reference; False where it is known, or they are too many."""
    if via == one.via or via in dict(one.ways) or len(one.ways) >= WAYS_MAX:
        return False
    one.ways = (*one.ways, (via, place))
    for meant in row.targets.values():
        if meant.upto and not row.stands(meant):
            meant.upto = ANEW
    return True


def make_room(row: Row, new: Kept) -> bool:
    """Let the oldest told milestones go where ``new`` would be one too many; False where too many wait untold."""
    if new.size_bytes > KEPT_MAX_BYTES:
        return False
    size_bytes = sum(one.size_bytes for one in row.kept) + new.size_bytes
    while len(row.kept) >= MILESTONES_MAX or size_bytes > KEPT_MAX_BYTES:
        gone = next((one for one in row.kept if one.told), None)
        if gone is None:
            return False
        row.kept.remove(gone)
        size_bytes -= gone.size_bytes
    return True
