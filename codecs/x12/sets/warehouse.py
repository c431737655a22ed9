"""Warehouse sets: orders and notices to a warehouse (940, 943), its advices (945, 944, 947), its stock (846)."""

from __future__ import annotations

from milepost.codecs.x12.sets.common import (
    AMT,
    CTP,
    CTT,
    CUR,
    DTM,
    G61,
    G62,
    G69,
    IDS,
    LH2,
    LIN,
    LX,
    MEA,
    N9,
    NTE,
    PAL,
    PER,
    PKG,
    QTY,
    REF,
    SAC,
    descriptions,
    moments,
    packages,
    parties,
    references,
    texts,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import Slot, flat, loop, many, one, segment, spread
from milepost.codecs.x12.sets.totals import Total, counted, each_line, summed

W05 = segment("W05", "status:473! order:285! po:324 link_sequence:474n link:473 type:640 action:306 po_type:92")
W01 = segment(
    "W01",
    f"quantity:330r unit:355! upc:438 {IDS}*2 freight_class:59 rate_class:121 commodity_qualifier:23 commodity:22 "
    f"pallet_pattern:416n lot:451 condition:286 {IDS} services:560",
)
W76 = segment(
    "W76", "total_units:330r total_weight:81r total_weight_unit:355 total_volume:183r total_volume_unit:355 sizing:0r"
)
W66 = segment(
    "W66",
    "pay:146! method:91! pallet_exchange:399 unit_load:400 routing:387 fob_point_kind:433 fob_point:0 cod_method:625 "
    "cod_amount:610n2 scac:140",
)
W20 = segment(
    "W20",
    "pack:356n size:357r size_unit:355 weight:81r weight_qualifier:187 weight_unit:188 unit_weight:395r volume:183r "
    "volume_unit:355 color:0",
)
W06 = segment(
    "W06",
    "report:514! order:285 ship_date:373d shipment:145 agent_shipment:286 po:324 link:473 link_sequence:474n "
    "handling:152 date_change_reason:891 type:640 action:306",
)
W27 = segment(
    "W27",
    "method:91! scac:140 routing:387 pay:146 equipment_description:40 equipment_initial:206 equipment:207 status:368 "
    "handling:152 change_reason:890",
)
W28 = segment(
    "W28",
    "consolidation:604! consolidated_weight:81r consolidated_weight_qualifier:187 consolidated_weight_unit:188 "
    "stops:0n consolidation_location:310 consolidation_location_qualifier:309 bol:0",
)
W10 = segment(
    "W10",
    "unit_load:400 pallets:406n pallet_exchange:399 seals[]:225*2 temperature:408r temperature_unit:355 "
    "second_temperature:408r second_temperature_unit:355",
)
W12 = segment(
    "W12",
    f"status:368 ordered:330r shipped:382r difference:383r unit:355 upc:438 {IDS} lot:451 weight:81r "
    "weight_qualifier:187 weight_unit:188 second_weight:81r second_weight_qualifier:187 second_weight_unit:188 "
    f"second_upc:438 {IDS} reason:892 adjustment:893 {IDS}",
)
W03 = segment(
    "W03",
    "total_units:382r! total_weight:81r total_weight_unit:355 total_volume:183r total_volume_unit:355 "
    "total_lading:80n total_lading_unit:355",
)
W04 = segment(
    "W04",
    f"quantity:382r! unit:355! upc:438 {IDS}*2 freight_class:59 rate_class:121 commodity_qualifier:23 commodity:22 "
    f"pallet_pattern:416n hold:844 {IDS}",
)
W17 = segment(
    "W17",
    "report:514! date:373d receipt:394! order:285 shipment:145 time_qualifier:176 time:337t link:473 "
    "link_sequence:474n",
)
W08 = segment(
    "W08",
    "method:91 scac:140 routing:387 equipment_initial:206 equipment:207 seals[]:225*2 seal_status:407 unit_load:400",
)
W07 = segment("W07", f"quantity:413r unit:355! upc:438 {IDS}*2 lot:451 adjustment:893 {IDS}")
W13 = segment("W13", "quantity:380r! unit:355! condition:412! lot:451 damage:853")
W14 = segment(
    "W14", "total_received:413r total_shipped:382r total_damaged:414r total_lading:80r total_lading_shipped:80r"
)
W15 = segment("W15", "date:373d! adjustment:0 document:0 purpose:353 type:640 action:306")
W19 = segment(
    "W19",
    f"reason:181! quantity:0r! unit:355! upc:438 {IDS}*2 lot:451 weight:81r weight_qualifier:187 weight_unit:188 "
    f"second_weight:81r second_weight_qualifier:187 second_weight_unit:188 inventory_type:529 {IDS}",
)
W18 = segment("W18", "probe:456! temperature:408r temperature_unit:355")
G08 = segment("G08", "received:0n returned:0n contested:0r condition:412")
W09 = segment(
    "W09",
    "description:40! temperature:408r temperature_unit:355 second_temperature:408r second_temperature_unit:355 text:3 "
    "vent:1122 percent:1009n quantity:380r",
)
W6 = segment("W6", "codes[]:152*4")
SDQ = segment("SDQ", "unit:355! id_qualifier:66 quantities~67/380*10 location:310")


def _head(refs: int = 10) -> tuple[Slot, ...]:
    """What all warehouse sets but the stock report have between their first segment and the carrier."""
    return (
        parties(contacts=PER, most=100),
        references(N9, REF, most=refs),
        many("contacts", G61),
        moments(G62, most=10),
        many("notes", NTE),
    )


_ITEM_PARTY = parties(contacts=PER)
_HAZARDS = many("hazards", LH2)

SHIP_ORDER = SetGrammar(
    "940",
    "OW",
    "Warehouse shipping order: what a warehouse is to ship",
    (
        flat(W05, must=True),
        *_head(),
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
                _ITEM_PARTY,
                _HAZARDS,
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
        *_head(),
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
                _ITEM_PARTY,
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
        *_head(),
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

RECEIPT_ADVICE = SetGrammar(
    "944",
    "RE",
    "Stock transfer receipt advice: what a warehouse has received, and in which condition",
    (
        flat(W17, must=True),
        *_head(),
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
    (Total("total_received", "W14", 1, 413, summed("lines", "quantity", reversed_by=("adjustment", "2"))),),
)

ADJUSTMENT_ADVICE = SetGrammar(
    "947",
    "AW",
    "Inventory adjustment advice: what changed in a warehouse's stock, and why",
    (
        flat(W15, must=True),
        *_head(),
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
