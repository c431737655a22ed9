"""What goes to a warehouse and out of it: orders (940), notices of arrivals (943), ship advices (945)."""

from __future__ import annotations

from milepost.codecs.x12.sets.common import (
    AMT,
    G62,
    G69,
    LH2,
    LX,
    MEA,
    N9,
    NTE,
    PAL,
    PER,
    QTY,
    REF,
    SDQ,
    moments,
    packages,
    parties,
    references,
    texts,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.tables import flat, loop, many, one, segment, spread
from milepost.codecs.x12.sets.totals import Total, summed
from milepost.codecs.x12.sets.warehouse_segments import (
    W01,
    W03,
    W04,
    W05,
    W06,
    W09,
    W6,
    W10,
    W12,
    W20,
    W27,
    W28,
    W66,
    W76,
    head,
)

SHIP_ORDER = SetGrammar(
    "940",
    "OW",
    "Warehouse shipping order: what a warehouse is to ship",
    (
        flat(W05, must=True),
        *head(),
        one("equipment", W09),
        one("carrier", W66),
        one("handling_codes", W6),
        spread(
            "lines",
            LX,
            packages(),
            many("distribution", SDQ),
            loop(
                "lines",
                W01,
                texts(G69),
                references(N9, REF),
                many("notes", NTE),
                flat(W20),
                many("more_weights", W20),
                many("quantities", QTY),
                many("amounts_said", AMT),
                moments(G62, most=10),
                parties(contacts=PER),
                many("hazards", LH2),
            ),
        ),
        flat(W76),
    ),
    "R2 BNX LM LQ G66 LHR LH6 LS LE LH1 LH3 LFH LEP LH4 LHT FA1 FA2",
    (Total("total_units", "W76", 1, 330, summed("lines", "quantity")),),
)

SHIP_ADVICE = SetGrammar(
    "945",
    "SW",
    "Warehouse shipping advice: what a warehouse has shipped",
    (
        flat(W06, must=True),
        *head(),
        one("carrier", W27),
        one("handling_codes", W6),
        flat(W28),
        many("loading", W10, most=10),
        many("charges", segment("G72", "code:340! handling:331! +")),
        spread(
            "lines",
            LX,
            packages(),
            one("pallet", PAL),
            references(N9, REF, prefix="package_"),
            loop(
                "lines",
                W12,
                texts(G69),
                references(N9, REF),
                moments(G62, most=10),
                many("quantities", QTY),
                many("measures", MEA),
                many("amounts_said", AMT),
                one("carrier", W27),
                parties(contacts=PER),
            ),
            gathered="packages",
        ),
        flat(W03),
    ),
    "LM LQ R4 LS LE FA1 FA2",
    (
        Total("total_units", "W03", 1, 382, summed("lines", "shipped")),
        Total("total_weight", "W03", 2, 81, summed("lines", "weight", every=True), fill=False),
    ),
)

TRANSFER_ADVICE = SetGrammar(
    "943",
    "AR",
    "Stock transfer shipment advice: what is on its way to a warehouse",
    (
        flat(W06, must=True),
        *head(),
        one("carrier", W27),
        flat(W28),
        many("loading", W10, most=10),
        loop(
            "lines",
            W04,
            texts(G69),
            references(N9, REF),
            moments(G62),
            flat(W20),
            many("more_weights", W20),
            packages(),
            must=True,
        ),
        flat(W03, must=True),
    ),
    "G66 W6",
    (Total("total_units", "W03", 1, 382, summed("lines", "quantity")),),
)
