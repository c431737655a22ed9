"""What was done to the run, for the report: a fault that began, ended, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MET_WITHIN_S: Final = 40.0
"""A fault that nobody meets is kept in force so much longer: lanes at rest are at work again with the next messages."""


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault. Times are Unix seconds; `ended` is when the fault was over, not when the run had recovered.

    done: counts and short words, ready for JSON. met: how many calls, requests or processes it met; a fault that met
    nobody has shown nothing.
    """

    kind: str
    target: str
    began: float
    ended: float
    done: Mapping[str, Any] = field(default_factory=dict)
    met: int = 1


def injected(kind: str, target: str, began: float, *, met: int = 1, **done: str | int | float) -> Injected:
    """The record of a fault that is over now."""
    return Injected(kind, target, began, time.time(), done, met)
