"""Paths into plain data: ``$.lines[0].sku``, ``$.identifiers[type=ORDER].value``, ``$["odd name"]``."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from milepost.codecs.documents import Plain

STEPS_MAX = 20
SELECTED_MAX = 1000  # elements that are looked at for one with a given field
Root = Literal["$", ".", ".."]
_STEP = re.compile(r'\.?\["([^"]*)"\]|\[(-?\d{1,6})\]|\[([^\[\]=\s]+)=([^\]]*)\]|\.?([^.\[\]\s"=]+)')


class Path(NamedTuple):
    """A parsed path: where it starts, and its steps: a name, a number, or (field, text) for an element of a list."""

    text: str
    root: Root
    steps: tuple[str | int | tuple[str, str], ...]

    def of(self, plain: Plain) -> Plain:
        """Return what stands there, None for nothing."""
        for step in self.steps:
            kind = type(step)
            if kind is str:
                if type(plain) is not dict:
                    return None
                plain = plain.get(step)
            elif type(plain) is not list:
                return None
            elif kind is int:
                plain = plain[step] if -len(plain) <= step < len(plain) else None  # type: ignore[operator,index]
            else:
                plain = _element(plain, step)  # type: ignore[arg-type]
            if plain is None:
                return None
        return plain


def _element(plain: list[Plain], step: tuple[str, str]) -> Plain:
    name, text = step
    for element in plain[:SELECTED_MAX]:
        if type(element) is dict and _shown(element.get(name)) == text:
            return element
    return None


def _shown(value: Plain) -> str | None:
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) in (str, int) else None


def parsed(text: str) -> Path:
    """Return the path that ``text`` is; ValueError with one sentence where it is none."""
    root: Root = "$" if text.startswith("$") else ".." if text.startswith("..") else "."
    if not text.startswith(root):
        raise ValueError(f"{text!r:.80} is no path: paths begin with $ . or ..")
    steps: list[str | int | tuple[str, str]] = []
    at, first = len(root), root != "$"
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or not (first or text[at] in ".["):
            raise ValueError(f"{text!r:.80} is no path: nothing can be read from {text[at:]!r:.20} on")
        quoted, index, name, wanted, plain = found.groups()
        steps.append(int(index) if index else (name, wanted.strip('"')) if name else quoted if plain is None else plain)
        at, first = found.end(), False
    if len(steps) > STEPS_MAX:
        raise ValueError(f"{text!r:.80} has {len(steps)} steps; at most {STEPS_MAX}")
    return Path(text, root, tuple(steps))
