"""What would follow from an event, without letting it happen: the same step on a copy."""

from __future__ import annotations

from collections.abc import Iterable

from milepost.contracts.events import Event
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import Outputs, step


def trial(record: Record, events: Iterable[Event], rules: Rules) -> tuple[Record, Outputs]:
    """Return the record and the outputs as they would be after ``events``; ``record`` is not touched.

    It is the lane's own step, so the lane says the same when it reads the same events next.
    """
    copy = decode(encode(record))
    return step(copy, [Arrival(event) for event in events], rules, record.epoch)
