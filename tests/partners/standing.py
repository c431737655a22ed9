"""What counts on a record once partners' documents have come in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from milepost.codecs.dialects.said import Said
from milepost.contracts.events import Event
from milepost.tests.workflow.known_rules import RULES
from milepost.workflow.counted import Counted
from milepost.workflow.evolve import Arrival, evolve
from milepost.workflow.record import Record


def standing(documents: Iterable[Said], owner: str, kind: type[Any]) -> tuple[list[Any], list[str]]:
    """Return what stands of ``kind`` on the record after these documents, and the keys in conflict."""
    events: list[Event] = [event for said in documents for event in said.events if event.owner == owner]
    record, _ = evolve(Record(key=owner), [Arrival(event) for event in events], RULES)
    counted = Counted(record)
    return [body for _, _, body in counted.standing(kind)], counted.conflicts
