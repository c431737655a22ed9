"""What samples show of a partner: every path of its documents with the values seen there, and what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

VALUES_KEPT: Final = 200  # of one path
SHOWN: Final = 5
Looks = Literal["id", "time", "number", "word", "text", "switch", "empty"]

TIME_FORMATS: Final = (
    "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d", "%y%m%d", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y%m%dT%H%M%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z",
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y",
)  # fmt: skip
ISO: Final = tuple(one for one in TIME_FORMATS if one.startswith("%Y-%m-%dT"))
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/#-]{2,59}")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d]|[. -]){0,39}|[A-Z0-9]{1,3}")  # of any script


@dataclass(slots=True)
class Path:
    """One path, lists as ``[*]``: the values seen, in which samples, and how many of them there were."""

    name: str
    values: dict[str, set[str]] = field(default_factory=dict)
    count: int = 0
    _looks: Looks | None = None  # found out once, when all values are there

    def add(self, value: Any, sample: str) -> None:
        self.count += 1
        self._looks = None
        text = {True: "true", False: "false", None: ""}.get(value) if isinstance(value, bool | None) else str(value)
        if len(self.values) < VALUES_KEPT or text in self.values:
            self.values.setdefault(text or "", set()).add(sample)

    @property
    def last(self) -> str:
        """The name of the field, without where it stands."""
        whole = self.name.removesuffix("[*]")
        odd = whole.endswith('"]')
        return whole.removesuffix('"]').rpartition('["')[2] if odd else whole.rpartition(".")[2]

    @property
    def spoken(self) -> str:
        """The name as programs write names: ``Item #`` of a spreadsheet is ``Item_no``."""
        return _spoken(self.last)

    @property
    def samples(self) -> set[str]:
        return {name for names in self.values.values() for name in names}

    @property
    def shared(self) -> int:
        """How many of its values stand in more than one sample: an id that tells the same story again."""
        return sum(1 for names in self.values.values() if len(names) > 1)

    @property
    def looks(self) -> Looks:
        if self._looks is None:
            self._looks = self._seems()
        return self._looks

    def _seems(self) -> Looks:
        values = [value for value in self.values if value]
        if not values:
            return "empty"
        if set(values) <= {"true", "false"}:
            return "switch"
        for looks, fits in _LOOKS:
            if all(fits(value) for value in values):
                return looks
        return "text"

    def shown(self) -> str:
        values = sorted(value for value in self.values if value)
        more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
        return ", ".join(value[:40] for value in values[:SHOWN]) + more


@cache
def _spoken(name: str) -> str:
    return re.sub(r"\W+", "_", name.replace("#", " no")).strip("_")


def time_format(values: Iterable[str]) -> str | None:
    """Return the first format that reads all values, None where none does."""
    known = [value for value in values if value]
    if not all(value[0].isdigit() for value in known):
        return None
    return next((one for one in TIME_FORMATS if known and all(_reads(value, one) for value in known)), None)


def _reads(value: str, format: str) -> bool:
    try:
        found = datetime.strptime(value.replace("Z", "+0000") if format.endswith("%z") else value, format)
    except ValueError:
        return False
    if format.isalnum() or "%Y%m%d" in format or format == "%y%m%d":
        return len(value) == len(found.strftime(format)) and 1990 <= found.year <= 2100
    return 1990 <= found.year <= 2100


_LOOKS: Final[tuple[tuple[Looks, Any], ...]] = (
    ("time", lambda value: time_format([value]) is not None),
    ("number", lambda value: _NUMBER.fullmatch(value) is not None),
    ("word", lambda value: _WORD.fullmatch(value) is not None and not value.isdecimal()),
    ("id", lambda value: _ID.fullmatch(value) is not None or value.isdecimal()),
)


def seen(documents: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, Path]:
    """Return every path of (sample, fields) documents, in the order in which it was first met."""
    paths: dict[str, Path] = {}
    for sample, fields in documents:
        for name, value in _walked(fields, "$"):
            paths.setdefault(name, Path(name)).add(value, sample)
    return paths


def _walked(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            plain = re.fullmatch(r"[\w-]+", key)
            yield from _walked(inner, f"{name}.{key}" if plain else f'{name}["{key}"]')
    elif isinstance(value, list):
        for inner in value:
            yield from _walked(inner, f"{name}[*]")
    else:
        yield name, value
