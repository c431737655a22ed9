"""What was done to the run, for the report: a fault that began, ended, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault. Times are Unix seconds; `ended` is when the fault was over, not when the run had recovered.

    done: counts and short words, ready for JSON.
    """

    kind: str
    target: str
    began: float
    ended: float
    done: Mapping[str, Any] = field(default_factory=dict)


def injected(kind: str, target: str, began: float, **done: str | int | float) -> Injected:
    """The record of a fault that is over now."""
    return Injected(kind, target, began, time.time(), done)
