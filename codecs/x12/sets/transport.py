"""The tender of a load and the carrier's answer (204, 990)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.codecs.x12.sets.common import (
    G61,
    G62,
    K1,
    L11,
    N9,
    NTE,
    TIME_QUALIFIERS,
    WHEN,
    moments,
    parties,
    references,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import Chosen, Default, Slot
from milepost.codecs.x12.sets.tables import flat, loop, many, one
from milepost.codecs.x12.sets.totals import Sums, Total, added
from milepost.codecs.x12.sets.transport_segments import (
    AT5,
    AT8,
    B1,
    B2,
    B2A,
    L3,
    L5,
    L9,
    LAD,
    MS3,
    OID,
    PLD,
    S5,
    V9,
    dangerous_goods,
    equipment,
)


def _goods() -> Slot:
    people = loop("contacts", G61, references(L11), dangerous_goods(), most=99)
    return loop("goods", L5, many("weights", AT8), dangerous_goods(), people, most=999)


RESPOND_BY = Chosen("64", (("respond_by", "date"), ("respond_by_time", "time"), ("respond_by_zone", "zone")))


def _tender_moments() -> Slot:
    fill = Default("time_qualifier", TIME_QUALIFIERS, "qualifier", "time")
    return many("moments", G62, most=10, views=(WHEN, RESPOND_BY, fill))


LOADING = ("LD", "PL", "CL", "PA")  # DE163: stops at which freight comes on board


def _loaded_weight(fields: Mapping[str, Any]) -> Sums:
    """L3-01 is what is loaded: a stop that unloads has the same freight once more."""
    stops = [stop for stop in fields.get("stops") or () if stop.get("reason") in LOADING]
    if len({stop.get("weight_unit") for stop in stops}) > 1:
        return ()
    return added([stop.get("weight") for stop in stops], every=True)


TENDER = SetGrammar(
    "204",
    "SM",
    "Motor carrier load tender: a shipment offered to a carrier, changed or withdrawn",
    (
        flat(B2, must=True),
        flat(B2A, must=True),
        references(L11),
        _tender_moments(),
        many("carriers", MS3, most=10),
        many("handling", AT5),
        flat(PLD),
        many("notes", NTE),
        parties(references(L11), contacts=G61, most=50),
        equipment(),
        loop(
            "stops",
            S5,
            references(L11),
            moments(G62, most=10),
            one("freight", AT8),
            many("lading", LAD),
            many("handling", AT5),
            flat(PLD),
            many("notes", NTE),
            parties(references(L11), contacts=G61, most=20),
            _goods(),
            loop("orders", OID, references(L11), moments(G62), many("lading", LAD), _goods()),
            equipment(),
            most=999,
            must=True,
        ),
        flat(L3),
    ),
    "LH6 LFH LEP LH4 LHT N7A N7B",
    (Total("total_weight", "L3", 1, 81, _loaded_weight, fill=False),),
)

TENDER_RESPONSE = SetGrammar(
    "990",
    "GF",
    "Response to a load tender: taken, declined, or withdrawn after it was taken",
    (
        flat(B1, must=True),
        references(N9, L11),
        moments(G62, most=10),
        equipment(),
        many("charges", L9),
        many("events", V9, most=10),
        many("notes", K1, NTE, most=10),
        loop("stops", S5, references(N9, L11), moments(G62, most=10), many("notes", K1), most=999),
    ),
    "MS3 LX N1",
)
