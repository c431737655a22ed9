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
    "supplier": ("order.inbound_advised", "instruction.received", "statement.trade", "statement.inventory"),
}
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


def may_say(role: str, tag: str) -> bool:
    """Say whether a partner of ``role`` may say ``tag``."""
    return any(tag == one or (one[-1] == "." and tag.startswith(one)) for one in (*MAY_SAY[role], *ECHOES))
