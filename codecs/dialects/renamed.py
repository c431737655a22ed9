"""What of a refused document its dialect has no word for: a field that was renamed shows under its new name.

Where a dialect names a schema the refusal has the whole difference (codecs/differences.py); this is what every other
partner's has (S49).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from milepost.codecs.dialects.model import Dialect
from milepost.codecs.dialects.paths import parsed
from milepost.codecs.differences import of_sample
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError, Reason

SHOWN_MAX = 5
NAME_CHARS = 60
FORMATS = ("json", "cloudevents")
"""In the others the fields' names are those of a standard, or of a reader of ours."""
LOOKED_AT: frozenset[Reason] = frozenset({"missing_field", "unknown_type"})
"""Refusals that may come of a new name: what was looked for is not there, or no message takes the document."""
_LAST = re.compile(r"(\.[^.\[\]]+|\[[^\[\]]*\])$")


def told(error: DecodeError, fields: dict[str, Plain], dialect: Dialect) -> DecodeError:
    """Return the refusal, with the fields beside the place it names that the dialect never mentions, likest first."""
    if error.reason not in LOOKED_AT or dialect.format not in FORMATS:
        return error
    place = _LAST.sub("", error.place) if error.place.startswith("$") else "$"
    holder, missed = _at(place, fields), error.place.removeprefix(place).lstrip(".")
    if not isinstance(holder, dict) or missed in holder:  # there, if empty: nobody renamed it
        return error
    new = sorted(set(holder) - mentioned(dialect), key=lambda name: (-_alike(missed, name), name))
    if not new:
        return error
    shape = of_sample(holder)
    shown = [f"added {place}.{name:.{NAME_CHARS}} ({_type(shape, name)})" for name in new[:SHOWN_MAX]]
    more = [f"{len(new) - SHOWN_MAX} more"] if len(new) > SHOWN_MAX else []
    gone = [f"removed {error.place}"] if error.place.startswith("$.") else []
    text = f"{error.text} (against the dialect: {'; '.join(gone + shown + more)})"
    return DecodeError(error.reason, text, error.place)


def _alike(missed: str, name: str) -> float:
    return SequenceMatcher(None, missed, name).ratio()


@lru_cache(maxsize=256)
def mentioned(dialect: Dialect) -> frozenset[str]:
    """Return every name of a field that some path of the dialect's file goes through."""
    return frozenset(_names(dialect.data))


def _names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _names(key)
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
    elif isinstance(value, str) and value[:1] in ("$", "."):
        try:
            steps = parsed(value).steps
        except ValueError:
            return  # no path after all, such as a code of the partner's
        for step in steps:
            if isinstance(step, str):
                yield step
            elif isinstance(step, tuple):
                yield step[0]


def _at(place: str, fields: dict[str, Plain]) -> Plain:
    try:
        return parsed(place).of(fields)
    except ValueError:  # a name with a sign in it that no path is written with
        return None


def _type(shape: object, name: str) -> str:
    found = shape.get(f"$.{name}") if isinstance(shape, dict) else None
    return " or ".join(sorted(found.types)) if found and found.types else "any"
