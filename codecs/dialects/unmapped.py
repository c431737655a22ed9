"""Which values of a document nothing in its dialect looked at: for people who write dialects."""

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
