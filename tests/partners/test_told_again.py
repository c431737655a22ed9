"""Partners that tell all they know each time: a later message adds to an earlier one and never contradicts it.

Two payloads under one business key are a conflict, which holds an order's documents until a person has chosen.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from milepost.tests.partners.shipped import DIRECTORY, heard

Message = dict[str, Any]


def easypost(later: Message) -> None:
    later["id"] = "evt_later"
    later["created_at"] = later["result"]["updated_at"] = "2026-03-06T11:00:00Z"
    later["result"]["signed_by"] = "M. OKAFOR"


def shipengine(later: Message) -> None:
    events = later["data"].get("events") or []
    events.insert(0, {**(events[0] if events else {}), "occurred_at": "2026-03-06T11:00:00Z", "status_code": "IT"})
    later["data"]["events"] = events


def project44(later: Message) -> None:
    later["latestStatusUpdate"] = {**later["latestStatusUpdate"], "timestamp": "2026-03-06T11:00:00-0500"}
    later.setdefault("statusUpdates", []).append(later["latestStatusUpdate"])


LATER: dict[str, Callable[[Message], None]] = {"easypost": easypost, "shipengine": shipengine, "project44": project44}
CASES = [
    (partner, path.name)
    for partner in LATER
    for path in sorted((DIRECTORY / "samples" / partner).glob("*.json"))
    if not path.name.endswith((".expected.json", "batch.json"))  # a batch is nothing that is on its way
]


def facts(partner: str, message: Message, name: str) -> dict[tuple[str, str], tuple[Any, Any]]:
    """What a message says, by the fact's name: of one that waits for its shipment, by what its name is made of."""
    said = heard(partner, json.dumps(message).encode(), name)
    events = [*said.events, *(one.event for one in said.pointed)]
    return {(one.business_key or type(one.body).__name__, one.owner): (one.occurred_at, one.body) for one in events}


@pytest.mark.parametrize(("partner", "sample"), CASES)
def test_a_later_message_contradicts_no_earlier_one(partner: str, sample: str) -> None:
    """What both say under one name is the same moment and content, though the later one was updated since."""
    first = json.loads((DIRECTORY / "samples" / partner / sample).read_bytes())
    later = deepcopy(first)
    LATER[partner](later)
    one, two = facts(partner, first, "m-1"), facts(partner, later, "m-2")
    assert {name: two[name] for name in one.keys() & two.keys()} == {
        name: one[name] for name in one.keys() & two.keys()
    }
