"""What a warehouse has: receipts (944), adjustments (947), stock (846)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.codecs.x12.sets.common import (
    AMT,
    CTP,
    CTT,
    CUR,
    DTM,
    G61,
    G62,
    G69,
    LIN,
    MEA,
    N9,
    NTE,
    PER,
    PKG,
    QTY,
    REF,
    SAC,
    SDQ,
    descriptions,
    moments,
    packages,
    parties,
    references,
    texts,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.tables import flat, loop, many, one, segment
from milepost.codecs.x12.sets.totals import Sums, Total, added, counted, each_line, summed
from milepost.codecs.x12.sets.warehouse_segments import (
    G08,
    W07,
    W08,
    W13,
    W14,
    W15,
    W17,
    W18,
    W19,
    W20,
    head,
)

DAMAGED = "01"  # DE412


def _damaged(fields: Mapping[str, Any]) -> Sums:
    """W14-03 is what the exceptions (W13) of the lines say is damaged; of lines taken back nobody can tell."""
    lines = fields.get("lines") or ()
    if any(line.get("adjustment") == "2" for line in lines):
        return ()
    seen = [c for line in lines for c in line.get("conditions") or () if c.get("condition") == DAMAGED]
    return added([condition.get("quantity") for condition in seen])


RECEIPT_ADVICE = SetGrammar(
    "944",
    "RE",
    "Stock transfer receipt advice: what a warehouse has received, and in which condition",
    (
        flat(W17, must=True),
        *head(),
        one("carrier", W08),
        many("temperatures", W18, most=10),
        many("pallets", G08, most=2),
        loop(
            "lines",
            W07,
            texts(G69),
            references(N9, REF),
            moments(G62),
            flat(W20),
            many("more_weights", W20),
            packages(),
            loop("conditions", W13, references(N9, REF), most=50),
            must=True,
        ),
        flat(W14, must=True),
    ),
    "",
    (
        Total("total_received", "W14", 1, 413, summed("lines", "quantity", reversed_by=("adjustment", "2"))),
        Total("total_damaged", "W14", 3, 414, _damaged, fill=False),
    ),
)

ADJUSTMENT_ADVICE = SetGrammar(
    "947",
    "AW",
    "Inventory adjustment advice: what changed in a warehouse's stock, and why",
    (
        flat(W15, must=True),
        *head(),
        loop(
            "lines",
            W19,
            texts(G69),
            references(N9, REF),
            many("notes", NTE),
            many("amounts_said", AMT),
            moments(G62, most=10),
            parties(contacts=G61),
            must=True,
        ),
    ),
    "LM LQ CS LX FA1 FA2",
)

STOCK_REPORT = SetGrammar(
    "846",
    "IB",
    "Inventory report: what is in stock, by item and kind of stock",
    (
        flat(segment("BIA", "purpose:353! report:755! reference:127 date:373d time:337t action:306"), must=True),
        flat(CUR),
        moments(DTM),
        references(REF, N9),
        many("contacts", PER),
        many("measures", MEA),
        parties(references(REF), contacts=PER),
        loop(
            "lines",
            LIN,
            descriptions(),
            many("measures", MEA),
            many("packaging", PKG),
            moments(DTM),
            many("prices", CTP),
            many("charges", SAC),
            references(REF, N9),
            many("contacts", PER),
            many("distribution", SDQ),
            packages(),
            flat(segment("UIT", "unit:355x price:212r price_basis:639")),
            loop(
                "quantities",
                QTY,
                flat(segment("UIT", "price_unit:355x price:212r price_basis:639")),
                many("measures", MEA),
                moments(DTM),
                references(REF),
            ),
            parties(references(REF), contacts=PER),
            must=True,
        ),
        flat(CTT),
    ),
    "LM LQ CS DD G53 PCT LDT SLN SCH LS LE CUR",
    (
        Total("total_lines", "CTT", 1, 354, counted("lines")),
        Total("hash_total", "CTT", 2, 347, each_line("lines", "quantities", "quantity"), fill=False),
    ),
)
