"""Code lists of X12 as data: what each code of a status, reason or purpose means, by data element number.

Nothing is translated with these: a partner's dialect says what its codes mean to Milepost. They tell which codes there
are, so that a dialect can be held against them: ``uncovered`` names the codes that a status map has forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from milepost.codecs.x12.codes import trade, transport, warehouse
from milepost.codecs.x12.codes.model import Code, CodeList

__all__ = ["LISTS", "Code", "CodeList", "uncovered"]

LISTS: Mapping[int, CodeList] = MappingProxyType(
    {
        found.element: found
        for found in (
            transport.LADING,
            transport.STOP,
            warehouse.ADJUSTMENT,
            transport.CORRECTION,
            trade.PURPOSE,
            warehouse.ORDER_STATUS,
            warehouse.CONDITION,
            warehouse.RELEASE,
            warehouse.REPORTING,
            warehouse.STOCK,
            transport.RESPONSE,
            trade.ANSWER,
            trade.LINE_STATUS,
            trade.QUANTITY,
            warehouse.HOLD,
            warehouse.DAMAGE,
            warehouse.CARRIER_CHANGE,
            warehouse.DATE_CHANGE,
            warehouse.SHORT,
            warehouse.DETAIL_ADJUSTMENT,
            transport.STATUS,
            transport.REASON,
            transport.APPOINTMENT,
            transport.DECLINE,
        )
    }
)
"""By data element number: 33, 163, 181, 202, 353, 368, 412, 473, 514, 529, 558, 587, 668, 673, 844, 853, 890 to 893,
1650, 1651, 1652, 1658."""


def uncovered(element: int, codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of a list that are not among ``codes``, in the list's order; KeyError where there is no list."""
    given = set(codes)
    return tuple(code for code in LISTS[element].codes if code not in given)
