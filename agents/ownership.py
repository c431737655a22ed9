"""Where a partner's event goes and whose it is: topic by body, owner by body, partition by owner. Data first."""

from __future__ import annotations

from typing import get_args

from milepost.codecs.errors import DecodeError
from milepost.contracts import controls, verbs, wms
from milepost.contracts.events import (
    EITHER_OWNED,
    LOAD_OWNED,
    ORDER_TAGS,
    TMS_TAGS,
    WMS_TAGS,
    Body,
    Event,
    tag_of,
)
from milepost.contracts.identifiers import is_load, load_key
from milepost.contracts.postings import PostingAnswered
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import (
    ERP_ORDERS,
    INSTRUCTIONS_RECEIVED,
    ORDERS_CONTROLS,
    TMS_MILESTONES,
    WMS_MILESTONES,
)

INTERNAL: frozenset[type] = frozenset(
    {
        PostingAnswered,
        controls.RulesPinned,
        controls.LinkStands,
        controls.DecisionDrifted,
        controls.DeadlineFired,
        controls.PostingChecked,
        verbs.RulesMigrated,
    }
)
"""Words of Milepost itself: they come on its own topics, never from a partner."""


def _topic(kind: type) -> str:
    tag = str(kind.__struct_config__.tag)  # type: ignore[attr-defined]
    if kind is wms.InstructionReceived:  # no order has to know
        return INSTRUCTIONS_RECEIVED
    if tag.startswith(ORDER_TAGS):
        return ERP_ORDERS
    if tag.startswith(WMS_TAGS):
        return WMS_MILESTONES
    return TMS_MILESTONES if tag.startswith(TMS_TAGS) else ORDERS_CONTROLS


ROUTES: dict[type, str] = {kind: _topic(kind) for kind in get_args(Body) if kind not in INTERNAL}
"""Topic by body; a body that is not here is refused."""

ORDER_OWNED: frozenset[type] = frozenset(
    kind for kind, topic in ROUTES.items() if topic != ORDERS_CONTROLS and kind not in LOAD_OWNED | EITHER_OWNED
)
"""Facts that belong to an order."""


def check(record: Incoming, event: Event) -> None:
    """Raise DecodeError unless a partner may say this, of this owner, in this partition, under this key."""
    check_word(event)
    check_key(record, event.owner, "owner")


def check_word(event: Event) -> None:
    """Raise DecodeError unless a partner may say this of this owner."""
    kind = type(event.body)
    if kind not in ROUTES:
        raise DecodeError("not_a_partner_event", f"{tag_of(event.body)} is Milepost's own word", "$.body.type")
    owner = event.owner
    if kind in LOAD_OWNED:
        if owner != load_key(event.body.load):  # type: ignore[union-attr]
            raise DecodeError("wrong_key", f"owner {owner!r:.80} is not the load the body names", "$.owner")
    elif kind in ORDER_OWNED and is_load(owner):
        raise DecodeError("wrong_key", f"{tag_of(event.body)} belongs to an order, not to {owner!r:.80}", "$.owner")


def check_key(record: Incoming, name: str, field: str) -> None:
    """Raise DecodeError unless the record's key is ``name``, the payload's ``field``, in the partition of that key."""
    key = name.encode()
    if record.key != key:
        raise DecodeError("wrong_key", f"the record's key is not the {field} {name!r:.80}", f"$.{field}")
    due = partition_of(key, PARTITIONS)
    if due != record.partition:
        text = f"the {field}'s partition is {due} by murmur2, not {record.partition}: set the producer's partitioner"
        raise DecodeError("wrong_key", text, f"$.{field}")
