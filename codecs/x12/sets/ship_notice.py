"""Ship notices (856)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from milepost.codecs.x12.sets import tree
from milepost.codecs.x12.sets.common import (
    CTT,
    CUR,
    DTM,
    DTP,
    FOB,
    LH1,
    LH2,
    LH3,
    LIN,
    MEA,
    PAL,
    PER,
    PKG,
    PO4,
    REF,
    SAC,
    SDQ,
    descriptions,
    lading,
    moments,
    packages,
    parties,
    references,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.tables import flat, hierarchy, loop, many, one
from milepost.codecs.x12.sets.totals import Sums, Total, added
from milepost.codecs.x12.sets.trade_segments import (
    BSN,
    CLD,
    HL,
    PRF,
    SLN,
    SN1,
)


def _levels(fields: Mapping[str, Any]) -> Sums:
    return (Decimal(sum(1 for _ in tree.walked(fields))),)


def _shipped(fields: Mapping[str, Any]) -> Sums:
    """Of items only: packs may say again how much of an item each of them holds."""
    return added([line.get("shipped") for line in tree.level_of(fields, "lines")])


SHIP_NOTICE = SetGrammar(
    "856",
    "SH",
    "Ship notice: a shipment with its orders, pallets, packs and items, in whatever order they nest",
    (
        flat(BSN, must=True),
        moments(DTM),
        hierarchy(
            HL,
            flat(LIN),
            flat(SN1),
            many("sublines", SLN),
            flat(PRF),
            many("packaging", PO4),
            descriptions(),
            many("measures", MEA),
            many("packing", PKG),
            *lading(),
            references(REF),
            many("contacts", PER),
            loop("dangerous_goods", LH1, many("classes", LH2), many("names", LH3)),
            loop("loads", CLD, references(REF), many("periods", DTP)),
            packages("marks", lifted=True),
            moments(DTM),
            one("delivery_terms", FOB),
            one("pallet", PAL),
            parties(references(REF), many("delivery_terms", FOB), contacts=PER),
            many("distribution", SDQ),
            flat(CUR),
            many("charges", SAC),
        ),
        flat(CTT),
    ),
    "PWK TSD LFH LEP LH4 LHT LHR LHE ETD GF YNQ LM LQ V1 R4 ITA N9 TD2",
    (Total("total_lines", "CTT", 1, 354, _levels), Total("hash_total", "CTT", 2, 347, _shipped, fill=False)),
)
