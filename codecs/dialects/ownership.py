"""What a partner's role may speak of: data. The rest is refused when its file is read, not when it says it."""

from __future__ import annotations

from collections.abc import Mapping

from milepost.contracts.events import EITHER_OWNED, LOAD_OWNED, tag_of_type

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

OF_A_LOAD = frozenset(map(tag_of_type, LOAD_OWNED))
OF_EITHER = frozenset(map(tag_of_type, EITHER_OWNED))
"""Tags of facts that belong to the load they name, and of those that an order or a load may own."""

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
