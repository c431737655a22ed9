"""The transaction sets we speak, each as one table that both reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from milepost.codecs.x12.sets import (
    acknowledgement,
    invoice,
    money,
    ship_notice,
    stock,
    trade,
    transit,
    transport,
    warehouse,
)
from milepost.codecs.x12.sets.grammar import SetGrammar

SETS: Mapping[str, SetGrammar] = MappingProxyType(
    {
        grammar.code: grammar
        for grammar in (
            warehouse.SHIP_ORDER,
            warehouse.TRANSFER_ADVICE,
            stock.RECEIPT_ADVICE,
            warehouse.SHIP_ADVICE,
            stock.ADJUSTMENT_ADVICE,
            stock.STOCK_REPORT,
            transport.TENDER,
            transport.TENDER_RESPONSE,
            transit.STATUS,
            transit.INVOICE,
            trade.PURCHASE_ORDER,
            trade.ORDER_ANSWER,
            ship_notice.SHIP_NOTICE,
            invoice.INVOICE,
            money.REMITTANCE,
            acknowledgement.ACKNOWLEDGEMENT,
            acknowledgement.IMPLEMENTATION_ACKNOWLEDGEMENT,
        )
    }
)
