"""Which versions of master data this deployment decides by, announced on their topic: one record a version."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from milepost.contracts.identifiers import digest
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import MASTER_REFERENCES
from milepost.workflow.rules import Reference


class Announced(msgspec.Struct, frozen=True):
    """A version with its extent; ``content`` is the digest of all of it, so that two deployments can be compared."""

    version: str
    effective_from: str
    customers: int
    sites: int
    items: int
    content: str


def announcements(references: Iterable[Reference]) -> list[Output]:
    """Return the records to publish at start; the topic is compacted, so saying it again changes nothing."""
    return [Output(MASTER_REFERENCES, one.version.encode(), msgspec.json.encode(_announced(one))) for one in references]


def _announced(one: Reference) -> Announced:
    content = digest(
        sorted(one.customers), sorted(one.sites), sorted(one.items.items()), sorted(one.transport.items()),
        sorted(one.needs_planning),
    )  # fmt: skip
    effective = one.effective_from.isoformat()
    return Announced(one.version, effective, len(one.customers), len(one.sites), len(one.items), content)
