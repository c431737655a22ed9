"""Purchase orders and their answers (850, 855)."""

from __future__ import annotations

from milepost.codecs.x12.sets.common import (
    AMT,
    CTP,
    CTT,
    CUR,
    DTM,
    FOB,
    ITD,
    MEA,
    MSG,
    NTE,
    PER,
    PKG,
    PO4,
    QTY,
    REF,
    SAC,
    SDQ,
    TXI,
    amounts,
    descriptions,
    lading,
    moments,
    packages,
    parties,
    references,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import Slot
from milepost.codecs.x12.sets.tables import flat, loop, many
from milepost.codecs.x12.sets.totals import Total, counted, summed
from milepost.codecs.x12.sets.trade_segments import (
    ACK,
    BAK,
    BEG,
    IT8,
    PO1,
    SCH,
    SUBLINES,
    TAX,
    remarks,
)


def _order_head(*more: Slot) -> tuple[Slot, ...]:
    return (
        flat(CUR),
        references(REF),
        many("contacts", PER),
        many("taxes_registered", TAX),
        many("delivery_terms", FOB),
        many("prices", CTP),
        many("charges", SAC),
        many("terms_of_payment", ITD),
        moments(DTM),
        descriptions(),
        many("measures", MEA),
        many("packing", PKG),
        *lading(),
        packages(),
        many("taxes", TXI),
        *more,
        remarks(),
        parties(references(REF), *lading(), contacts=PER),
    )


def _order_line(*more: Slot) -> tuple[Slot, ...]:
    return (
        flat(CUR),
        many("prices", CTP),
        many("measures", MEA),
        descriptions(),
        many("packaging", PO4),
        references(REF),
        many("contacts", PER),
        many("charges", SAC),
        many("requirements", IT8),
        many("terms_of_payment", ITD),
        many("taxes_registered", TAX),
        many("delivery_terms", FOB),
        many("distribution", SDQ),
        moments(DTM),
        *lading(),
        *more,
    )


_SCHEDULES = loop("schedules", SCH, references(REF))
_ORDER_TOTALS = (
    Total("total_lines", "CTT", 1, 354, counted("lines")),
    Total("hash_total", "CTT", 2, 347, summed("lines", "quantity"), fill=False),
)
_RARE = (
    "PAM CSH TC2 DIS INC LDT LIN SI PWK PCT CTB FA1 FA2 NX2 LM LQ SPI CB1 ADV MTX CN1 PO3 LS LE IT3 YNQ NTE DTP TXI BAL"
)

PURCHASE_ORDER = SetGrammar(
    "850",
    "PO",
    "Purchase order",
    (
        flat(BEG, must=True),
        many("notes", NTE),
        *_order_head(amounts()),
        loop(
            "lines",
            PO1,
            *_order_line(packages(), many("texts", MSG)),
            many("quantities", QTY),
            _SCHEDULES,
            many("packing", PKG),
            remarks(),
            parties(references(REF), contacts=PER),
            SUBLINES,
            amounts(),
            must=True,
        ),
        flat(CTT),
        many("total_amounts", AMT),
    ),
    _RARE,
    _ORDER_TOTALS,
)

ORDER_ANSWER = SetGrammar(
    "855",
    "PR",
    "Purchase order acknowledgement: what of an order will be delivered, and when",
    (
        flat(BAK, must=True),
        many("notes", NTE),
        *_order_head(),
        loop(
            "lines",
            PO1,
            *_order_line(),
            loop("acks", ACK, moments(DTM)),
            packages(),
            amounts(),
            many("quantities", QTY),
            many("packing", PKG),
            _SCHEDULES,
            remarks(),
            parties(references(REF), contacts=PER),
            SUBLINES,
        ),
        flat(CTT),
        many("total_amounts", AMT),
    ),
    _RARE,
    _ORDER_TOTALS,
)
