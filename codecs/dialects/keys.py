"""The name of a fact by its kind, where a dialect gives none: the same whoever tells it, in whatever form.

These are the names our own partners use. A fact that can happen again under the same ids (a second pick of a line, a
second departure) has the number 1 here; a dialect whose partner tells several apart must say a ``key`` of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from milepost.contracts.events import tag_of
from milepost.contracts.identifiers import ID_MAX_CHARS, digest
from milepost.contracts.statements import StatementBody

Key = Callable[[str, Any, datetime], str]


def _moment(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")


def _tender(word: str) -> Key:
    return lambda owner, body, at: f"tender/{body.tender}/{word}"


KEYS: Mapping[str, Key] = {
    "order.released": lambda owner, body, at: f"order/{owner}/v{body.version}",
    "order.amended": lambda owner, body, at: f"order/{owner}/v{body.version}",
    "order.cancel_requested": lambda owner, body, at: f"cancel/{owner}/1",
    "order.credit_blocked": lambda owner, body, at: f"credit/{owner}/blocked/{_moment(at)}",
    "order.credit_cleared": lambda owner, body, at: f"credit/{owner}/cleared/{_moment(at)}",
    "order.return_requested": lambda owner, body, at: f"rma/{body.rma}",
    "order.inbound_released": lambda owner, body, at: f"inbound/{owner}/v{body.version}",
    "order.inbound_advised": lambda owner, body, at: f"advice/{body.advice}",
    "wms.wave_planned": lambda owner, body, at: f"wave/{owner}/{body.node}/{body.wave}",
    "wms.allocated": lambda owner, body, at: f"alloc/{owner}/{body.line}/{body.node}",
    "wms.pick_confirmed": lambda owner, body, at: f"pick/{owner}/{body.line}/{body.node}",
    "wms.pick_short": lambda owner, body, at: f"short/{owner}/{body.line}/{body.node}",
    "wms.packed": lambda owner, body, at: f"pack/{owner}/{body.package}",
    "wms.loaded": lambda owner, body, at: f"loaded/{body.shipment}",
    "wms.departed": lambda owner, body, at: f"departed/{body.shipment}/1",
    "wms.goods_received": lambda owner, body, at: f"received/{body.receipt}",
    "wms.return_received": lambda owner, body, at: f"return_received/{body.rma}",
    "wms.return_inspected": lambda owner, body, at: f"inspected/{body.rma}/{body.line}/{body.disposition}",
    "wms.inventory_adjusted": lambda owner, body, at: f"adjusted/{body.node}/{body.item}/{body.reason}/{_moment(at)}",
    "milestone.reversed": lambda owner, body, at: f"rev/{body.reverses}",
    "instruction.answered": lambda owner, body, at: f"answer/{body.instruction}",
    "instruction.received": lambda owner, body, at: f"receipt/{body.instruction}",
    "tms.shipment_created": lambda owner, body, at: f"shipment/{body.shipment}",
    "tms.load_planned": lambda owner, body, at: f"load/{body.load}/v{body.version}",
    "tms.member_assigned": lambda owner, body, at: f"member/{body.load}/{body.shipment}/v{body.version}",
    "tms.freight_rated": lambda owner, body, at: f"rated/{body.load}/{body.carrier}",
    "tms.carrier_assigned": lambda owner, body, at: f"assigned/{body.load}/{body.carrier}/1",
    "tms.tender_offered": _tender("offered"),
    "tms.tender_accepted": _tender("accepted"),
    "tms.tender_rejected": _tender("rejected"),
    "tms.tender_expired": _tender("expired"),
    "tms.tender_withdrawn": _tender("withdrawn"),
    "tms.picked_up": lambda owner, body, at: f"pickedup/{body.load}/1",
    "tms.in_transit": lambda owner, body, at: f"transit/{body.load}/{_moment(at)}",
    "tms.eta": lambda owner, body, at: f"eta/{body.load}/{_moment(at)}",
    "tms.arrived": lambda owner, body, at: f"arrived/{body.load}/{body.stop or '1'}",
    "tms.tracked": lambda owner, body, at: f"tracked/{body.shipment}/{body.status}/{_moment(at)}",
    "tms.delivered": lambda owner, body, at: f"pod/{body.shipment}",
    "tms.delivery_exception": lambda owner, body, at: f"dexc/{body.shipment}/{body.code}/{body.line or '1'}",
    "tms.returned": lambda owner, body, at: f"returned/{body.shipment}/{body.line}",
}
"""By tag: (owner, body, occurred at) to the name."""

STATED: Mapping[str, Callable[[Any], str]] = {
    "statement.inventory": lambda body: f"inventory/{body.node}/{_moment(body.as_of)}",
    "statement.freight_invoice": lambda body: f"freight/{body.carrier}/{body.invoice}",
    "statement.remittance": lambda body: f"remittance/{body.trace}",
    "statement.trade": lambda body: f"{body.document}/{body.number}",
}


def key_of(owner: str, body: Any, at: datetime) -> str:
    """Return the name of the fact ``body`` of ``owner``; of a milestone that waits for its target, to be asked then."""
    return fitting(KEYS[tag_of(body)](owner, body, at))


def key_of_statement(body: StatementBody) -> str:
    """Return the name of what is stated."""
    return fitting(STATED[str(type(body).__struct_config__.tag)](body))


def fitting(key: str) -> str:
    """Return ``key``, or its digest where it is longer than an id may be."""
    return key if len(key) <= ID_MAX_CHARS else "key-" + digest(key)
