"""What a warehouse reports. Each fact is undone only by ``Reversed``, which names the fact's business key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import LINES_MAX, Code, Contract, Id, Quantity, Text

ShortReason = Literal["not_found", "damaged", "quality", "substitution"]


class LineQuantity(Contract, frozen=True, kw_only=True):
    """A quantity of one order line, in base units."""

    line: Id
    quantity: Quantity


LineQuantities = Annotated[tuple[LineQuantity, ...], msgspec.Meta(max_length=LINES_MAX)]


class WavePlanned(Contract, tag="wms.wave_planned", frozen=True, kw_only=True):
    wave: Id
    node: Id
    cut_off: datetime | None = None


class Allocated(Contract, tag="wms.allocated", frozen=True, kw_only=True):
    node: Id
    line: Id
    quantity: Quantity


class PickConfirmed(Contract, tag="wms.pick_confirmed", frozen=True, kw_only=True):
    node: Id
    line: Id
    quantity: Quantity


class PickShort(Contract, tag="wms.pick_short", frozen=True, kw_only=True):
    """``quantity`` units of the line could not be picked."""

    node: Id
    line: Id
    quantity: Quantity
    reason: ShortReason = "not_found"


class Packed(Contract, tag="wms.packed", frozen=True, kw_only=True):
    node: Id
    package: Id
    lines: LineQuantities = ()


class Loaded(Contract, tag="wms.loaded", frozen=True, kw_only=True):
    node: Id
    shipment: Id
    lines: LineQuantities = ()


class Departed(Contract, tag="wms.departed", frozen=True, kw_only=True):
    """A shipment left the node. Without ``lines`` it carries all that the node picked and no other shipment took."""

    node: Id
    shipment: Id
    lines: LineQuantities = ()


ReceivedAs = Literal[
    "damaged", "short", "over", "quality", "wrong_product", "container", "rejected", "on_hold", "scrapped",
    "unannounced",
]  # fmt: skip


class ReceivedCondition(Contract, frozen=True, kw_only=True):
    """``quantity`` units of a received line are not as they should be, or (``short``) did not come."""

    line: Id
    quantity: Quantity
    condition: ReceivedAs
    reason: Text = ""


class GoodsReceived(Contract, tag="wms.goods_received", frozen=True, kw_only=True):
    """Goods of an inbound order came in. A line the order does not have is a mis-receipt.

    ``lines`` are all that came in, in whatever state: goods that are damaged are in the house, and owed or claimed.
    ``conditions`` say how much of it is not as it should be; they take nothing from the lines.
    """

    node: Id
    receipt: Id
    lines: LineQuantities = ()
    conditions: Annotated[tuple[ReceivedCondition, ...], msgspec.Meta(max_length=LINES_MAX)] = ()


Disposition = Literal["restock", "scrap", "repair", "vendor"]


class ReturnReceived(Contract, tag="wms.return_received", frozen=True, kw_only=True):
    """Returned goods are in the house; what becomes of them, and any credit, waits for the inspection."""

    rma: Id
    shipment: Id
    node: Id
    lines: LineQuantities = ()


class ReturnInspected(Contract, tag="wms.return_inspected", frozen=True, kw_only=True):
    """``quantity`` units of a returned line were looked at: back to stock, scrap, repair, or back to the vendor."""

    rma: Id
    shipment: Id
    node: Id
    line: Id
    quantity: Quantity
    disposition: Disposition


class InventoryAdjusted(Contract, tag="wms.inventory_adjusted", frozen=True, kw_only=True):
    """Stock of an item changed by ``delta`` base units for ``reason``, outside any order's flow."""

    node: Id
    item: Id
    delta: Annotated[int, msgspec.Meta(ge=-(10**9), le=10**9)]
    reason: Code


class Reversed(Contract, tag="milestone.reversed", frozen=True, kw_only=True):
    """The milestone with business key ``reverses`` did not stand, by the word of the system that reported it."""

    reverses: Id
    reason: Text = ""


class InstructionAnswered(Contract, tag="instruction.answered", frozen=True, kw_only=True):
    """A partner took or refused one of our instructions; ``instruction`` is the id we gave it."""

    instruction: Id
    accepted: bool = True
    text: Text = ""


class InstructionReceived(Contract, tag="instruction.received", frozen=True, kw_only=True):
    """The partner's system has our instruction (a 997, an HTTP answer), or could not read it. No word on doing it.

    Whether it will be done is said by ``InstructionAnswered`` alone; nothing is decided on this.
    """

    instruction: Id
    accepted: bool = True
    text: Text = ""
