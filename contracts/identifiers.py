"""Derived identifiers and the owning keys. Ids are hashes of what they name, so a replay finds them again."""

from __future__ import annotations

from hashlib import blake2s

import msgspec

LOAD_PREFIX = "load/"
PARTNER_PREFIX = "partner/"
NO_OWNERS = ("source/", PARTNER_PREFIX, "ref/", "snapshot/")
"""How keys begin that are of no order or load."""
ID_MAX_CHARS = 200
DIGEST_BYTES = 10
PART_MAX_CHARS = 80

_EMPTY = blake2s(digest_size=DIGEST_BYTES)  # a copy of it costs half of a new one
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def digest(*parts: object) -> str:
    """Return 20 hex digits that stand for ``parts`` (any msgspec-encodable values): equal parts, equal digest."""
    found = _EMPTY.copy()
    found.update(_encode(parts))
    return found.hexdigest()


def part(name: str) -> str:
    """Return ``name`` as a part of a derived id: itself, or its digest where two such parts would outgrow an id."""
    return name if len(name) <= PART_MAX_CHARS else digest(name)


def load_key(load_id: str) -> str:
    """Return the owning key of a load: the Kafka key of everything a load owns."""
    return LOAD_PREFIX + load_id


def is_load(owner: str) -> bool:
    """Say whether ``owner`` is a load's key; anything else is an order id."""
    return owner.startswith(LOAD_PREFIX)


def partner_key(name: str) -> str:
    """Return the key of what is a partner's and no order's: flaws of its messages, its silence, answers to it."""
    return (PARTNER_PREFIX + name)[:ID_MAX_CHARS]


def fulfilment_order(order_id: str, node: str) -> str:
    """Return the id of the unit of work of one order at one ship-from node."""
    return f"{part(order_id)}/{part(node)}"
