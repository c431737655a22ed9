"""What becomes of a shipment (214), and what it costs (210)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from milepost.codecs.x12.sets.common import (
    G61,
    G62,
    ITD,
    K1,
    L11,
    LX,
    N9,
    moments,
    packages,
    parties,
    references,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import MOST
from milepost.codecs.x12.sets.tables import flat, loop, many, one, segment, spread
from milepost.codecs.x12.sets.totals import Sums, Total, added, number
from milepost.codecs.x12.sets.transport_segments import (
    AT5,
    AT7,
    AT8,
    B3,
    B10,
    C2,
    C3,
    CD3,
    H1,
    H2,
    H3,
    L0,
    L1,
    L3,
    L4,
    L5,
    L7,
    MS1,
    MS2,
    MS3,
    POD,
    Q7,
    R3,
    S5,
    equipment,
)

_PLACE = (flat(MS1), flat(MS2))
_PARCELS = loop(
    "parcels",
    CD3,
    references(L11),
    loop("statuses", AT7, *_PLACE),
    many("exceptions", Q7),
    many("weights", AT8),
    packages(),
    parties(references(L11)),
)

STATUS = SetGrammar(
    "214",
    "QM",
    "Shipment status: where a shipment is, and what happened to it",
    (
        flat(B10, must=True),
        references(L11),
        packages(),
        many("notes", K1),
        parties(references(L11), moments(G62), contacts=G61, most=100),
        many("carriers", MS3, most=12),
        spread(
            "statuses",
            LX,
            loop("statuses", AT7, *_PLACE),
            references(L11),
            packages(),
            many("exceptions", Q7),
            many("notes", K1),
            many("handling", AT5),
            many("weights", AT8),
            _PARCELS,
            loop("orders", segment("PRF", "po:324! release:328 +"), parties(references(L11)), _PARCELS),
        ),
    ),
    "NM1 SPO SDQ EFI BIN",
)


def charges(fields: Mapping[str, Any]) -> Sums:
    """Every L1-04 of an invoice: the first of a line is the line's, the others are beside it."""
    lines = fields.get("lines") or ()
    return added([c.get("charge") for line in lines for c in (line, *(line.get("more_charges") or ()))])


def _net(fields: Mapping[str, Any]) -> Sums:
    total = number(fields.get("total_charge"))
    return charges(fields) or ((total,) if isinstance(total, Decimal) else ())


INVOICE = SetGrammar(
    "210",
    "IM",
    "Motor carrier freight invoice: what a shipment's transport costs",
    (
        flat(B3, must=True),
        one("bank", C2),
        flat(C3),
        many("terms_of_payment", ITD),
        references(N9, L11),
        moments(G62, most=10),
        many("routing", R3, most=12),
        many("handling", H3),
        many("notes", K1),
        parties(references(N9, L11), contacts=G61, most=50),
        equipment(),
        loop(
            "stops",
            S5,
            references(N9, L11),
            moments(G62, most=10),
            many("handling", H3),
            parties(references(N9, L11), equipment()),
            most=999,
        ),
        loop(
            "lines",
            LX,
            references(N9, L11),
            one("proof", POD),
            flat(L5),
            many("more_texts", L5),
            many("hazards", H1),
            many("hazard_texts", H2),
            flat(L0),
            many("more_quantities", L0),
            flat(L1),
            many("more_charges", L1),
            many("dimensions", L4),
            many("classes", L7),
            many("notes", K1),
            parties(references(N9, L11)),
            most=MOST,
        ),
        flat(L3),
    ),
    "SPO SDQ CD3 H6 L9",
    (Total("total_charge", "L3", 5, 58, charges), Total("net", "B3", 7, 193, _net)),
)
