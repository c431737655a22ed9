"""Paths in plain data (``$.shipment.events[0]``): what stands there, and the message with one item of a list alone."""

from __future__ import annotations

import re
from typing import Any

from milepost.codecs import plain

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_PATH = re.compile(r"\$(?:\.[^.\[\]]+|\[\d{1,9}\])*")
MISSING: Any = object()


def problem(path: str) -> str:
    """Return what is wrong with ``path``, or nothing."""
    return "" if _PATH.fullmatch(path) else f"{path!r:.80} is no path such as $.shipment.events"


def at(data: Any, path: str) -> Any:
    """Return what stands at ``path`` of ``data``; MISSING where nothing does."""
    for name, index in _STEP.findall(path):
        if name and isinstance(data, dict):
            data = data.get(name, MISSING)
        elif index and isinstance(data, list) and int(index) < len(data):
            data = data[int(index)]
        else:
            return MISSING
    return data


def alone(value: bytes, path: str, number: int) -> bytes:
    """Return the message ``value`` with item ``number`` alone in its list at ``path``, all numbers as written."""
    message = plain.verbatim(value)
    return plain.written_again(with_list(message, path, [at(message, path)[number]]))


def with_list(data: Any, path: str, items: list[Any]) -> Any:
    """Return ``data`` with ``items`` at ``path``; nothing of ``data`` itself is changed."""
    copy: Any = [data]
    top: list[Any] = copy
    place: Any = 0
    for name, index in _STEP.findall(path):
        copy[place] = dict(copy[place]) if isinstance(copy[place], dict) else list(copy[place])
        copy, place = copy[place], name or int(index)
    copy[place] = items
    return top[0]
