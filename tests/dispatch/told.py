"""Instructions as fulfilment would give them, and partners that get them, small and valid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
from milepost.agents import dispatch_written
from milepost.codecs.dialects.model import (
    Acknowledgement,
    Dialect,
    Dialects,
    Drop,
    Http,
    InstructionRule,
    Outgoing,
    Site,
)
from milepost.codecs.dialects.rendering import Rendered
from milepost.codecs.errors import DecodeError
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import (
    CustomerNotice,
    Instruction,
    InstructionLine,
    TenderRequested,
    WarehouseInstructed,
    Withdrawn,
)
from milepost.contracts.references import Reference
from milepost.runtime.dispatch.parcel import Way

EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
UNWRITABLE = "cannot be written"


def warehouse(owner: str, node: str = "N-1", item: str = "WIDGET", number: int = 0) -> Instruction:
    lines = (InstructionLine(line="1", item=item, quantity=3),)
    body = WarehouseInstructed(
        order_id=owner, fulfilment_order=f"{owner}/{node}", node=node, partial="allowed", lines=lines
    )
    return Instruction(id=digest("told", owner, node, item, number), owner=owner, recipient="wms", body=body)


def withdrawal(of: Instruction) -> Instruction:
    body = Withdrawn(order_id=of.owner, withdraws=of.id, node=str(getattr(of.body, "node", "")))
    return Instruction(id=digest("withdraws", of.id), owner=of.owner, recipient=of.recipient, body=body)


def tender(load: str, attempt: int = 1) -> Instruction:
    body = TenderRequested(load=load, attempt=attempt, carrier="C1")
    return Instruction(id=digest("tender", load, attempt), owner=f"load/{load}", recipient="tms", body=body)


def notice(owner: str) -> CustomerNotice:
    return CustomerNotice(id=digest("notice", owner), owner=owner, kind="carrier_confirmed", customer="C-7")


def partner(
    name: str, *, acknowledge: Acknowledgement | None = None, repeatable: bool = True, lookup: str = "",
    rate_per_s: float = 20.0, concurrency: int = 3, drop: bool = False, url: str = "http://127.0.0.1:1",
    tags: tuple[str, ...] = ("instruct.warehouse", "instruct.withdraw", "instruct.tender", "notice.carrier_confirmed"),
) -> Dialect:  # fmt: skip
    """A partner whose form is the canonical one; only the way it goes and what is awaited differ."""
    http = None if drop else Http(url=url, timeout_s=2.0, repeatable=repeatable, lookup=lookup)
    out = Outgoing(http=http, drop=Drop() if drop else None, rate_per_s=rate_per_s, concurrency=concurrency)
    rules = tuple(
        InstructionRule(of=tag, kind="json", applies=lambda _: True, document=lambda _: {}, acknowledge=acknowledge)
        for tag in tags
    )
    return Dialect(
        name=name, role="wms", sources=(f"{name}-source",), issuer=name, format="json", outgoing=out,
        instructions=rules,
    )  # fmt: skip


def dialects(*partners: Dialect, sites: dict[str, str]) -> Dialects:
    """``sites``: RECIPIENT/NODE, or a recipient alone, by partner."""
    known = {name: Site(name, ()) for name in sites}
    return Dialects(partners={one.name: one for one in partners}, sites=known)


@contextmanager
def in_small(sites: dict[str, str]) -> Iterator[None]:
    """Instead of what writes by dialect files: the canonical JSON, to the partner of ``sites``. What is here under test
    is what becomes of it."""

    def served_by(known: Dialects, recipient: str, node: str, at: datetime) -> Dialect | None:
        name = sites.get(f"{recipient}/{node}", sites.get(recipient, ""))
        return known.partners.get(name)

    def rendered(dialect: Dialect, told: Instruction | CustomerNotice, *, at: datetime) -> Rendered | None:
        what = dispatch_written.what_of(told)
        rule = next((one for one in dialect.instructions if one.of == what), None)
        if rule is None:
            return None
        value = msgspec.json.encode(told)
        if UNWRITABLE.encode() in value:
            raise DecodeError("unknown_code", "the item has no number there", "$.lines[0].item")
        control = (Reference(kind="control", issuer=dialect.name, value=f"1/{told.id}"),)
        return Rendered(value, "application/json", f"{told.id}.json", "POST", "/told", rule.acknowledge, control)

    before = dispatch_written.served_by, dispatch_written.rendered
    dispatch_written.served_by, dispatch_written.rendered = served_by, rendered
    try:
        yield
    finally:
        dispatch_written.served_by, dispatch_written.rendered = before


def way() -> Way:
    return Way(content_type="application/json", name="a.json", path="/told")
