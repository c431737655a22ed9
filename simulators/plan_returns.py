"""The physical truth of goods that come back: who said so, where they arrived, what was made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from milepost.contracts.wms import Disposition


@dataclass(frozen=True, slots=True)
class Inspection:
    """``accepted_at``: a person took in what was too much. ``reversed_at``: the site had looked at something else."""

    key: str
    quantity: int
    disposition: Disposition
    at: datetime
    accepted_at: datetime | None = None
    reversed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The customer's wish to send back ``quantity`` units; a later one of the same return stands in its place."""

    key: str
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnCase:
    """Goods of one line of one shipment that came back to ``node`` under the number ``rma``.

    ``refused``: the carrier brings them back from the door. ``brought``: the carrier says that it brings them.
    """

    rma: str
    shipment: str
    node: str
    line: str
    received_at: datetime
    inspections: tuple[Inspection, ...]
    requests: tuple[Request, ...] = ()
    approved_at: datetime | None = None
    refused: bool = False
    brought: bool = False
