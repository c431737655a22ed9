"""The transaction sets we speak, each as one table that both reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from milepost.codecs.x12.sets import acknowledgement, money, trade, transport, warehouse
from milepost.codecs.x12.sets.grammar import SetGrammar

SETS: Mapping[str, SetGrammar] = MappingProxyType(
    {
        grammar.code: grammar
        for grammar in (
            warehouse.SHIP_ORDER,
            warehouse.TRANSFER_ADVICE,
            warehouse.RECEIPT_ADVICE,
            warehouse.SHIP_ADVICE,
            warehouse.ADJUSTMENT_ADVICE,
            warehouse.STOCK_REPORT,
            transport.TENDER,
            transport.TENDER_RESPONSE,
            transport.STATUS,
            transport.INVOICE,
            trade.PURCHASE_ORDER,
            trade.ORDER_ANSWER,
            trade.SHIP_NOTICE,
            trade.INVOICE,
            money.REMITTANCE,
            acknowledgement.ACKNOWLEDGEMENT,
            acknowledgement.IMPLEMENTATION_ACKNOWLEDGEMENT,
        )
    }
)
