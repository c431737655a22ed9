"""What a partner's role may speak of: data. The rest is refused when its file is read, not when it says it.

What belongs to a load is here as well: it is the same list as the one by which intake guards its topics.
"""

from __future__ import annotations

from collections.abc import Mapping

_ANSWERS = ("milestone.reversed", "instruction.answered", "instruction.received")

ECHOES = ("instruct.", "inform.", "fulfilment.")
"""Our own words read back, as a check of what a partner understood: any role; never acted on."""

MAY_SAY: Mapping[str, tuple[str, ...]] = {
    "erp": ("order.", "statement.trade", "statement.remittance"),
    "wms": ("wms.", *_ANSWERS, "statement.inventory"),
    "tms": ("tms.", *_ANSWERS, "statement.freight_invoice", "statement.remittance"),
    "carrier": ("tms.", *_ANSWERS, "statement.freight_invoice", "statement.remittance"),
    "supplier": (
        "order.inbound_advised", "milestone.reversed", "instruction.received", "statement.trade", "statement.inventory",
    ),
}  # fmt: skip
"""Tags by role; one that ends in a dot stands for all that begin with it."""

OF_A_LOAD = frozenset(
    {
        "tms.load_planned", "tms.member_assigned", "tms.freight_rated", "tms.carrier_assigned", "tms.tender_offered",
        "tms.tender_accepted", "tms.tender_rejected", "tms.tender_expired", "tms.tender_withdrawn", "tms.picked_up",
        "tms.in_transit", "tms.eta", "tms.arrived",
    }
)  # fmt: skip
"""Tags of facts that belong to the load they name."""

OF_EITHER = frozenset(
    {
        "milestone.reversed", "instruction.answered", "instruction.received", "wms.inventory_adjusted",
        "wms.goods_received",
    }
)  # fmt: skip
"""Tags of facts that an order or a load may own; all that is in neither list belongs to an order."""


_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "erp": ("order", "cancel", "credit", "rma", "inbound"),
    "wms": (
        "wave", "alloc", "pick", "short", "pack", "loaded", "departed", "received", "return_received", "inspected",
        "adjusted",
    ),
    "tms": (
        "shipment", "load", "member", "rated", "assigned", "tender", "pickedup", "transit", "eta", "arrived", "tracked",
        "track", "pod", "dexc", "returned",
    ),
    "supplier": ("advice",),
}  # fmt: skip
"""How the names of a role's facts begin (keys.py, and the files of dialects/); those of a carrier are a tms's."""
_ROLE_OF = {name: role for role, names in _NAMED_BY.items() for name in names}


def may_reverse(role: str, key: str) -> bool:
    """Say whether a partner of ``role`` may take back the fact ``key``: of its own kind, or of a name only it knows.

    A supplier's word has no other names than those of its advice. Taking back a reversal is to say the fact again.
    """
    name, _, rest = key.partition("/")
    while name == "rev":
        name, _, rest = rest.partition("/")
    whose = _ROLE_OF.get(name)
    return whose == ("tms" if role == "carrier" else role) or (whose is None and role != "supplier")


def may_say(role: str, tag: str) -> bool:
    """Say whether a partner of ``role`` may say ``tag``."""
    return any(tag == one or (one[-1] == "." and tag.startswith(one)) for one in (*MAY_SAY[role], *ECHOES))
