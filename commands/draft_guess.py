"""What the paths of samples may mean: by their names, their values, and what comes again in another sample."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from milepost.commands.draft_seen import Path

KINDS_MAX: Final = 40  # values of one path that may still be kinds of messages
KIND_SHARE: Final = 0.5  # of the documents say what kind they are; the rest has no such field
_MEANS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "order": r"(^|_)(partner_?|sales_?)?order(_?(id|no|number|ref|name))?$|^auftrag|^so_?(no|number)?$",
        "shipment": r"(shipment|delivery|sendung|fulfil\w*)(_?(id|no|number|uuid))?$",
        "load": r"load(_?(id|no|number))?$|^tour",
        "pro": r"^pro(_?(no|number))?$",
        "bol": r"^bol$|bill_?of_?lading",
        "tracking": r"track(ing)?_?(code|no|number|id)?$",
        "po": r"^po(_?(id|no|number))?$|purchase_?order_?(id|no|number)?$",
        "asn": r"^asn(_?(id|no|number))?$|advice",
        "receipt": r"receipt(_?(id|no|number))?$|grn$",
        "rma": r"^rma|return_?(id|no|number)",
        "package": r"sscc|package_?(id|no)?$|carton|lpn",
        "line": r"^(order_?)?line(_?(id|no|number|item_?id))?$|^position$|^pos$",
        "item": r"^(sku|item|article|artikel|product)(_?(id|no|number|code))?$|^upc$|^gtin$",
        "quantity": r"^(qty|quantity|menge|units|count|pieces)|_(qty|quantity|shipped|received|picked)$|^shipped$",
        "unit": r"^(uom|unit|einheit)(_?code)?$",
        "node": r"^(site|warehouse|warehouse_?id|warehouse_?code|lager|facility|location|dc|depot)(_?(id|code|no))?$",
        "carrier": r"^(scac|carrier)(_?(code|id|name))?$",
        "reason": r"reason|grund",
        "place": r"^(city|place|ort)$",
        "at": r"(occurred|event|happened|shipped|received|delivered|picked|created|updated|status)_?(at|on|time|date)$"
        r"|^(at|timestamp|datetime|date_?time|time|date|datum)$",
    }.items()
}
"""What a field's own name may mean. The first that fits counts."""
_KIND = re.compile(
    r"^(\w+_)?(type|event|kind|topic|action|status|webhook_?type|record|satzart)(_?(type|name|code))?$", re.I
)
_STATUS = re.compile(r"status|state|reason|condition|event_?code|disposition|grund", re.IGNORECASE)
_TAGS: Final = (
    ("instruction.answered", r"answer|ack|accept|reject"),
    ("milestone.reversed", r"revers|cancel|void|undo|storno"),
    ("wms.return_received", r"return"),
    ("wms.pick_short", r"short|fehl"),
    ("wms.pick_confirmed", r"pick|komm"),
    ("wms.packed", r"pack|carton"),
    ("wms.loaded", r"load|lade"),
    ("wms.allocated", r"alloc|reserv"),
    ("wms.goods_received", r"recei|recv|inbound|wein"),
    ("wms.inventory_adjusted", r"adjust|stock|inventor"),
    ("wms.departed", r"depart|ship|dispatch|despatch|waus|goods_?issue|fulfil"),
    ("tms.delivered", r"deliver|pod|proof"),
    ("tms.tracked", r"track|transit|position|arriv|eta|status"),
)
_ROLE_TAGS: Final = {"wms": "wms.departed", "tms": "tms.tracked", "carrier": "tms.tracked"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A path that may be an id: ``means`` what, with how many of its values come in more than one sample."""

    means: str
    path: Path


def meaning(path: Path) -> str:
    """Return what a path's name says it is, empty where it says nothing known."""
    return _meaning(path.spoken)


@cache  # each field is asked about for every message and every word
def _meaning(name: str) -> str:
    return next((means for means, pattern in _MEANS.items() if pattern.search(name)), "")


def ids(paths: Sequence[Path]) -> list[Candidate]:
    """Return candidates for native ids, those that link samples first; last those whose names say nothing, ``?``."""
    wanted = ("order", "shipment", "load", "pro", "bol", "tracking", "po", "asn", "receipt", "rma", "package")
    found = [
        Candidate(means, path)
        for path in paths
        if (means := meaning(path)) in wanted and path.looks in ("id", "number", "text", "word")
    ]
    found.sort(key=lambda one: (wanted.index(one.means), -one.path.shared, len(one.path.name)))
    return found + [Candidate("?", path) for path in _coming_again(paths)]


def _coming_again(paths: Sequence[Path]) -> list[Path]:
    """Return paths without a known name whose values stand in another sample, too, at whatever path."""
    nameless = [path for path in paths if not meaning(path) and path.looks == "id"]
    where: dict[str, set[str]] = {}
    for path in nameless:
        for value, samples in path.values.items():
            where.setdefault(value, set()).update(samples)
    again = {path.name: sum(1 for value in path.values if len(where[value]) > 1) for path in nameless}
    return sorted((path for path in nameless if again[path.name]), key=lambda path: (-path.shared, -again[path.name]))


def statuses(paths: Iterable[Path]) -> list[Path]:
    """Return paths whose values look like a closed list of words or codes of the partner's, those so named first."""
    few = [path for path in paths if path.looks in ("word", "id", "number") and len(path.values) <= KINDS_MAX]
    named = [path for path in few if _STATUS.search(path.spoken)]
    words = [path for path in few if path not in named and path.looks == "word" and not meaning(path)]
    return named + [path for path in words if all(value == value.upper() for value in path.values)]


def kind_of_message(paths: Sequence[Path], documents: int) -> Path | None:
    """Return the path that says what sort of message a document is: always there, few values, at the top.

    Where no name says so, it is a word in capitals, as ``GOODS_OUT``, or in a script that has none, that is not always
    the same; one that comes again rather than one that never does.
    """
    named = [path for path in paths if _KIND.match(path.spoken)]
    words = [
        path
        for path in paths
        if path.looks == "word" and len(path.values) > 1 and all(value == value.upper() for value in path.values)
    ]
    found = [
        path
        for path in named or words
        if "[*]" not in path.name
        and path.count >= documents * KIND_SHARE
        and 0 < len(path.values) <= min(KINDS_MAX, max(1, documents))
        and path.looks in ("word", "id", "text")
    ]
    return min(found, key=lambda one: _rank(one, documents), default=None)


def _rank(path: Path, documents: int) -> tuple[object, ...]:
    never_again = len(path.values) == documents
    return path.count < documents, path.name.count("."), "status" in path.last.lower(), never_again, len(path.name)


def times(paths: Iterable[Path]) -> list[Path]:
    """Return paths that hold moments or dates, those named like one first."""
    found = [path for path in paths if path.looks == "time"]
    return sorted(found, key=lambda path: (meaning(path) != "at", path.name.count("["), len(path.name)))


def named(paths: Iterable[Path], means: str) -> list[Path]:
    """Return paths whose name says ``means``, the least deep first."""
    return sorted(
        (path for path in paths if meaning(path) == means), key=lambda path: (path.name.count("["), len(path.name))
    )


def tag_for(kind: str, role: str) -> str:
    """Return the milestone that a kind of message may tell: a guess that a person looks at."""
    allowed = ("wms.", "milestone.", "instruction.") if role == "wms" else ("tms.", "milestone.", "instruction.")
    for tag, pattern in _TAGS:
        if tag.startswith(allowed) and re.search(pattern, kind, re.IGNORECASE):
            return tag
    return _ROLE_TAGS.get(role, "tms.tracked")


def role_for(kinds: Iterable[str], names: Iterable[str]) -> str:
    """Return the role that a partner seems to have, by what its messages are called; empty where nothing says it."""
    text = " ".join([*kinds, *names])
    warehouse = len(
        re.findall(r"pick|pack|receipt|receiv|stock|inventor|alloc|warehouse|sku|lager", text, re.IGNORECASE)
    )
    transport = len(
        re.findall(r"track|transit|carrier|scac|deliver|tender|load|eta\b|pro\b|driver", text, re.IGNORECASE)
    )
    if not warehouse and not transport:
        return ""
    return "wms" if warehouse >= transport else "carrier"


def group_by(paths: Iterable[Path]) -> list[str]:
    """Return the columns whose rows seem to be one report: what sort, whose order, which shipment or receipt."""
    flat = [path for path in paths if "[*]" not in path.name]
    rows = max((path.count for path in flat), default=0)
    kind = kind_of_message(flat, rows)
    found = [kind] if kind else []
    found += [path for means in ("order", "shipment", "receipt") for path in named(flat, means)[:1]]
    if len(found) < 2 or not named(flat, "quantity"):
        return []
    return [path.last for path in found]
