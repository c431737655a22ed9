"""Three orders worth a look: those whose stories show best what the system is for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from milepost.contracts import wms
from milepost.contracts.identifiers import is_load
from milepost.workflow.record import Record

SHOWN = 3


def worth_a_look(records: Mapping[str, Record]) -> list[tuple[str, str]]:
    """Up to three (owner, why), each another story; the fullest record of each kind is chosen."""
    found: list[tuple[str, str]] = []
    for why, fits in _STORIES:
        fitting = [record for record in records.values() if fits(record) and record.key not in dict(found)]
        if fitting:
            best = max(fitting, key=lambda record: (len(record.outbox), len(record.facts), record.key))
            found.append((best.key.removeprefix("load/"), why))
        if len(found) == SHOWN:
            break
    return found


def _bodies(record: Record) -> Iterable[object]:
    return (fact.body for variants in record.facts.values() for fact in variants)


def _has(record: Record, *kinds: type) -> bool:
    present = {type(body) for body in _bodies(record)}
    return all(kind in present for kind in kinds)


def _short(record: Record) -> bool:
    return _has(record, wms.PickShort) and not is_load(record.key) and bool(record.outbox)


def _retendered(record: Record) -> bool:
    undone = sum(bool(entry.reverses) for entry in record.outbox.values())
    return is_load(record.key) and 0 < undone < len(record.outbox) - undone


def _departure_reversed(record: Record) -> bool:
    undone = (body.reverses for body in _bodies(record) if isinstance(body, wms.Reversed))
    return not is_load(record.key) and any(key.startswith("departed/") for key in undone)


def _conflict(record: Record) -> bool:
    return any(len(variants) > 1 for variants in record.facts.values())


def _cancelled(record: Record) -> bool:
    return any(raised.type.startswith("CANCEL") for raised in record.raised.values())


def _long(record: Record) -> bool:
    return not is_load(record.key) and bool(record.outbox)


_STORIES: tuple[tuple[str, Callable[[Record], bool]], ...] = (
    ("a short pick held its postings", _short),
    ("a load was tendered again: the first accrual was reversed", _retendered),
    ("a departure was taken back, and its goods issue with it", _departure_reversed),
    ("one fact was told in two ways: a conflict", _conflict),
    ("a cancellation that came too late", _cancelled),
    ("a whole life", _long),
)
