"""A person's word on a native id on its way to lane intake, and the row it changes there."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import msgspec
from milepost.commands.topic_reading import publish, values_of
from milepost.contracts.references import Linked
from milepost.runtime.topic_table import PARTNER_REFERENCES, REFERENCES_CHANGELOG
from milepost.tables import references
from milepost.tables.references import Row


async def row_of(bootstrap: str, key: str) -> Row | None:
    """Return the newest row of a reference, None where nobody spoke of it; only its partition is read."""
    newest: bytes | None = None
    async with aclosing(values_of(bootstrap, REFERENCES_CHANGELOG, key)) as values:
        async for one in values:
            if one is None:
                break
            newest = one
    return references.decode(newest) if newest is not None else None


def instead(row: Row | None, said: Linked) -> list[Linked]:
    """Return the words that take back whatever else the reference means by ``row``."""
    others = [key for key in row.standing() if key != references.key_of(said.target)] if row is not None else []
    return [msgspec.structs.replace(said, target=references.target_of(key), stands=False) for key in others]


async def send(bootstrap: str, said: Linked, within_s: float) -> Row | None:
    """Publish the word, and return the row with it; None where no lane took it in within ``within_s``."""
    key = said.reference.key
    async with aclosing(values_of(bootstrap, REFERENCES_CHANGELOG, key)) as values:
        async for one in values:
            if one is None:
                break
        await publish(bootstrap, PARTNER_REFERENCES, [(key, msgspec.json.encode(said))])
        try:
            async with asyncio.timeout(within_s):
                async for one in values:
                    if one is not None and references.knows(row := references.decode(one), said):
                        return row
        except TimeoutError:
            pass
    return None
