"""Invoices (810)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from milepost.codecs.x12.sets.common import (
    CTP,
    CTT,
    CUR,
    DTM,
    FOB,
    ITD,
    MEA,
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
    moments,
    parties,
    references,
)
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.tables import flat, loop, many, one
from milepost.codecs.x12.sets.totals import Sums, Total, counted, number, summed
from milepost.codecs.x12.sets.trade_segments import (
    BIG,
    CAD,
    ISS,
    IT1,
    IT3,
    SUBLINES,
    TDS,
    remarks,
)

PER_MANY = frozenset(("HP", "HF", "HT", "HU", "TP", "TT", "TF", "TU", "PN", "PP", "DP"))  # DE639: not a price of one


def _invoice_total(fields: Mapping[str, Any]) -> Sums:
    """TDS-01 in cents: lines, charges less allowances, taxes; rounded once, or line by line."""
    lines = [_line_value(line) for line in fields.get("lines") or ()]
    extra = [_charged(item) for item in _charges_of(fields)]
    taxes = [number(tax.get("amount")) for tax in _taxes_of(fields)]
    if not lines or any(value is None for value in (*lines, *extra)):
        return ()
    more = sum((e for e in extra if e is not None), Decimal(0)) + sum(100 * t for t in taxes if t is not None)
    exact = [100 * value for value in lines if value is not None]
    return tuple(dict.fromkeys((_cents(sum(exact, more)), sum((_cents(v) for v in exact), _cents(more)))))


def _line_value(line: Mapping[str, Any]) -> Decimal | None:
    quantity, price = number(line.get("quantity")), number(line.get("price"))
    if price is None or line.get("price_basis") in PER_MANY:
        return None
    return price * (quantity if quantity is not None else 1)


def _charges_of(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(fields.get("charges") or ()), *(c for x in fields.get("lines") or () for c in x.get("charges") or ())]


def _taxes_of(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    own = [*(fields.get("taxes") or ()), *(t for x in fields.get("lines") or () for t in x.get("taxes") or ())]
    return own + [t for charge in _charges_of(fields) for t in charge.get("taxes") or ()]


def _charged(item: Mapping[str, Any]) -> Decimal | None:
    """SAC-01: C and D are charges, A and B allowances, N is neither."""
    amount = number(item.get("amount")) or Decimal(0)
    return {"A": -amount, "B": -amount, "N": Decimal(0)}.get(str(item.get("indicator")), amount)


def _cents(value: Decimal) -> Decimal:
    return Decimal(value).to_integral_value(ROUND_HALF_UP)  # quantize would raise where there are too many digits


_CHARGES = loop("charges", SAC, many("taxes", TXI))

INVOICE = SetGrammar(
    "810",
    "IN",
    "Invoice",
    (
        flat(BIG, must=True),
        many("notes", NTE),
        flat(CUR),
        references(REF),
        many("contacts", PER),
        parties(references(REF), contacts=PER),
        many("terms_of_payment", ITD),
        moments(DTM),
        many("delivery_terms", FOB),
        descriptions(),
        many("measures", MEA),
        many("packing", PKG),
        remarks(),
        loop(
            "lines",
            IT1,
            many("quantities", QTY),
            flat(CUR),
            many("differences", IT3),
            many("taxes", TXI),
            many("prices", CTP),
            many("measures", MEA),
            descriptions(),
            many("packing", PKG),
            many("packaging", PO4),
            many("terms_of_payment", ITD),
            references(REF),
            many("contacts", PER),
            many("distribution", SDQ),
            moments(DTM),
            many("carriers", CAD),
            _CHARGES,
            SUBLINES,
            parties(references(REF), contacts=PER),
        ),
        flat(TDS, must=True),
        many("taxes", TXI),
        one("carrier", CAD),
        amounts(),
        _CHARGES,
        loop("shipped", ISS, descriptions()),
        flat(CTT),
    ),
    "YNQ PWK L7 BAL INC PAM LM LQ V1 R4 FA1 FA2 CRC SR TC2 DMG TD1 TD3 TD5",
    (
        Total("total", "TDS", 1, 610, _invoice_total),
        Total("total_lines", "CTT", 1, 354, counted("lines")),
        Total("hash_total", "CTT", 2, 347, summed("lines", "quantity"), fill=False),
    ),
)
