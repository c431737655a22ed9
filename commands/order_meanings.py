"""Which owners a native id of a partner means, by the table of native ids: what links say, and what was told by it.

A milestone may carry several ids of which one alone is known, such as a PRO that nobody has linked beside a shipment
number. It was told by way of the known one, so its owners are found by the others, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from milepost.contracts.references import Reference
from milepost.tables import references
from milepost.tables.references import Row

Meanings = dict[str, list[str]]
"""Owners by number: whose number it is does not matter to a person who has only read it somewhere."""


def owners_of(rows: Mapping[str, bytes], native_id: str) -> list[str]:
    """Return the owners that ``native_id`` means, whoever's number it is. ``rows``: the table, as stored."""
    needle = native_id.encode()
    owners: dict[str, None] = {}
    for key, value in rows.items():
        if needle in value and not key.startswith(references.SNAPSHOT):
            row = references.decode(value)
            if row.reference[2] == native_id:
                owners.update(dict.fromkeys(_of(row, rows)))
    return list(owners)


def meanings(rows: Mapping[str, bytes]) -> Meanings:
    """Return the owners of every native id that means some, by its number."""
    found: dict[str, dict[str, None]] = {}
    for key, value in rows.items():
        if not key.startswith(references.SNAPSHOT):
            row = references.decode(value)
            if owners := dict.fromkeys(_of(row, rows)):
                found.setdefault(row.reference[2], {}).update(owners)
    return {number: list(owners) for number, owners in found.items()}


def _of(row: Row, rows: Mapping[str, bytes]) -> Iterator[str]:
    yield from (owner for owner, _, _ in row.standing())
    others = dict.fromkeys(other for kept in row.kept for other in kept.also)
    for kind, issuer, value in others:
        other = rows.get(Reference(kind=kind, issuer=issuer, value=value).key)
        if other is not None:
            yield from (owner for owner, _, _ in references.decode(other).standing())
