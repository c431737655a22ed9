"""Out by X12 and back by its 997: what we sent is found again by nothing but its control numbers."""

from __future__ import annotations

import re

import msgspec
import pytest
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.x12.reading import read
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest
from milepost.contracts.references import Linked
from milepost.contracts.wms import InstructionReceived
from milepost.runtime.topic_table import PARTNER_REFERENCES
from milepost.tests.dispatch.alone import Alone
from milepost.tests.dispatch.shipped import shipped
from milepost.tests.dispatch.told import EPOCH, warehouse

SITES = b"sites:\n  - site: wms\n    by: [{dialect: wms-x12}]\n"


@pytest.mark.parametrize(("count", "state"), [(rb"\g<0>", "acknowledged"), (b"~SE*99*", "refused")])
def test_a_997_finds_the_instruction_it_is_about(count: bytes, state: str) -> None:
    """A warehouse reads our 940 and answers with its 997, good or bad: by the control numbers that were published
    before the 940 was sent, the answer is of this order and this instruction, and completes its delivery."""
    told, dialects = warehouse("ORDERNO"), shipped(SITES)
    alone = Alone(dialects)
    links = [
        msgspec.json.decode(o.value or b"", type=Linked) for o in alone.told(told) if o.topic == PARTNER_REFERENCES
    ]
    alone.became(told.id, "accepted")
    sent = alone.row(told.id).value
    arrived = re.sub(rb"~SE[*]\d+[*]", count, sent)
    answer = read(arrived, policy="strict").answer
    said = said_by(
        dialects.partners["wms-x12"], Message("wms-x12", "m-1", answer, int(EPOCH.timestamp() * 1000)), dialects
    )
    (pointed,) = said.pointed
    (link,) = [one for one in links if one.reference == pointed.reference]
    assert (link.target.owner, link.target.instruction) == ("ORDERNO", told.id)
    body = pointed.event.body
    assert isinstance(body, InstructionReceived)
    found = msgspec.structs.replace(body, instruction=link.target.instruction)
    key = digest(found)
    alone.heard(
        Event(event_id=key, business_key=key, owner=link.target.owner, occurred_at=EPOCH, source="w", body=found)
    )
    assert alone.row(told.id).state == state
