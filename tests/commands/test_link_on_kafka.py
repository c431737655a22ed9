"""`link` on a broker: the word goes where the reference lies, and what is printed is the lane's row with it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import msgspec
from milepost.commands.link_sent import row_of, send
from milepost.commands.order_finding import meant_by
from milepost.commands.topic_reading import follow, publish, read_to_end
from milepost.contracts.references import BY_HAND, Linked, Reference
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import PARTNER_REFERENCES, REFERENCES_CHANGELOG
from milepost.runtime.topics import create_missing
from milepost.tables import references as rows
from milepost.tests.intake.referred import link

TOLD = Reference(kind="pro", issuer="LINK", value="told-on-kafka")
UNREAD = Reference(kind="pro", issuer="LINK", value="unread-on-kafka")


async def written(kafka: str, said: Linked) -> None:
    """What the lane writes of it: the row, in the partition of its key."""
    row = rows.Row(reference=(said.reference.kind, said.reference.issuer, said.reference.value))
    rows.linked(row, said)
    await publish(kafka, REFERENCES_CHANGELOG, [(said.reference.key, rows.encode(row))])


async def lane(kafka: str, said: Linked) -> None:
    """Reads the word, and writes a row with it after one that has another."""
    async with aclosing(follow(kafka, [PARTNER_REFERENCES], from_beginning=True)) as records:
        async for one in records:
            if one.key == said.reference.key.encode():
                await written(kafka, link(TOLD, "O-2"))
                await written(kafka, said)
                return


def test_a_word_is_sent_and_awaited(kafka: str) -> None:
    """Where a lane writes the row with the word, the row comes back, and the order is found by the number; where none
    does, nothing comes in the time that was given."""
    create_missing(kafka, [PARTNER_REFERENCES, REFERENCES_CHANGELOG])

    async def run() -> None:
        hand = link(TOLD, "O-1", "S-1", version=BY_HAND, source="operator", actor="ann", reason="phoned")
        assert await row_of(kafka, TOLD.key) is None
        row, _ = await asyncio.gather(send(kafka, hand, 30), lane(kafka, hand))
        assert row is not None
        assert row.standing() == [("O-1", "S-1", "")]
        assert await row_of(kafka, TOLD.key) == row
        assert await meant_by(kafka, TOLD.value) == ["O-1"]
        assert await meant_by(kafka, "O-1") == []
        assert await send(kafka, link(UNREAD, "O-1", version=BY_HAND), 0.5) is None
        found = [one async for one in read_to_end(kafka, [PARTNER_REFERENCES]) if one.key == TOLD.key.encode()]
        assert [msgspec.json.decode(one.value or b"", type=Linked) for one in found] == [hand]
        assert found[0].partition == partition_of(TOLD.key.encode(), PARTITIONS)

    asyncio.run(run())
