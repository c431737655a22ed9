"""Which values of a document nothing looked at, and which parts say nothing: for people who write dialects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from milepost.codecs.dialects.scope import Seen
from milepost.codecs.documents import Document, Plain

_INDEX = re.compile(r"\[-?\d+\]")
_CHOSEN = re.compile(r"\[[^\[\]]+=[^\]]*\]")


def paths(document: Document, seen: Seen) -> set[str]:
    """Return the paths of single values that were not read, ``KIND $.lines[*].lot``: one for all items of a list."""
    leaves = {_general(one) for one in seen.leaves}
    whole = tuple(_general(one) for one in seen.whole)
    found = {_general(path) for path in _leaves(document.fields, "$")}
    return {
        f"{document.kind} {path}"
        for path in found - leaves
        if not any(path.startswith((f"{one}.", f"{one}[")) for one in whole)
    }


def silent(document: Document, seen: Seen) -> list[str]:
    """Return the parts that a message takes and nothing is said of, after the document's place: ``row 7, $.rows[2]``.

    An item of a list is one where no emission was made of it, and no more of it was looked at than of every item: what
    conditions ask. A row whose status no condition names says nothing, and no error tells of it.
    """
    where = document.place or document.kind
    if not seen.passed or not seen.spoke:
        return [where] if seen.passed else []
    looked: dict[str, dict[str, set[str]]] = {}  # of each list, by its items: what was looked at in each
    for place in (one for one in seen.passed if one != "$"):
        looked.setdefault(place.rpartition("[")[0], {})[place] = set()
    for leaf in (*seen.leaves, *seen.whole):
        for end in _INDEX.finditer(leaf):
            items = looked.get(leaf[: end.start()], {})
            items.get(leaf[: end.end()], set()).add(leaf[end.end() :])
    found: set[str] = set()
    for items in looked.values():
        asked = set.intersection(*items.values())
        if any(one != asked for one in items.values()):
            found.update(place for place, one in items.items() if one == asked and not _spoke(place, seen))
    places = [place for place in seen.passed if place in found]
    return places if where.startswith("$") else [f"{where}, {place}" for place in places]


def _spoke(place: str, seen: Seen) -> bool:
    """Say whether something was said of an item, or of an item of a list within it."""
    return place in seen.spoke or any(one.startswith((f"{place}.", f"{place}[")) for one in seen.spoke)


def _leaves(value: Plain, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _leaves(one, f"{path}[{number}]")
    elif value is not None and value != "":
        yield path


def _general(path: str) -> str:
    return _INDEX.sub("[*]", _CHOSEN.sub("[*]", path))
