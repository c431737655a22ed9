"""The parts of a process that a wrong version replaces. The right ones are the product's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from milepost.runtime.durable.recovery import DurableRecovery
from milepost.tests.simulation.consumer import Consumer, ConsumerThread


def _as_it_is(part: Any) -> Any:
    return part


@dataclass(frozen=True)
class Parts:
    thread: type[ConsumerThread] = ConsumerThread
    consumer: type[Consumer] = Consumer
    recovery: type[DurableRecovery] = DurableRecovery
    processor: Callable[[Any], Any] = _as_it_is
    gateway: Callable[[Any], Any] = _as_it_is
    lane: Callable[[Any], Any] = _as_it_is
    """Changes a lane that has just started."""
