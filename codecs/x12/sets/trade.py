"""Trade sets: purchase orders and their answers (850, 855), ship notices (856), invoices (810)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from milepost.codecs.x12.sets import tree
from milepost.codecs.x12.sets.common import (
    CTP,
    CTT,
    CUR,
    DTM,
    DTP,
    FOB,
    IDS,
    ITD,
    LH1,
    LH2,
    LH3,
    LIN,
    MEA,
    MSG,
    N9,
    NTE,
    PAL,
    PER,
    PKG,
    PO4,
    QTY,
    REF,
    SAC,
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
from milepost.codecs.x12.sets.model import Slot, flat, hierarchy, loop, many, one, segment
from milepost.codecs.x12.sets.totals import Sums, Total, added, counted, number, summed

BEG = segment(
    "BEG",
    "purpose:353! type:92! po:324! release:328 date:373d! contract:367 acknowledge:587 invoice_type:1019 "
    "contract_type:1166 category:1232 security:786 transaction_type:640",
)
BAK = segment(
    "BAK",
    "purpose:353! status:587! po:324! date:373d! release:328 request:326 contract:367 reference:127 "
    "acknowledged_on:373d type:640",
)
PO1 = segment("PO1", f"number:350 quantity:330r unit:355 price:212r price_basis:639 {IDS}*10")
SCH = segment(
    "SCH",
    "quantity:380r! unit:355! role:98 name:93 qualifier:374! date:373d! time:337t second_qualifier:374 "
    "second_date:373d second_time:337t request:326 number:350",
)
ACK = segment(
    "ACK",
    f"status:668! quantity:380r unit:355 qualifier:374 date:373d request:326 {IDS}*10 agency:559 subqualifier:822 "
    "industry:1271",
)
TAX = segment("TAX", "tax_id:325 locations~309/310*5 exempt:441 entry_group:1179")
IT8 = segment(
    "IT8", f"requirement:563 action:306 amount:610n2 account:508 date:373d agency:559 substitution:566 {IDS}*10"
)
SDQ = segment("SDQ", "unit:355! id_qualifier:66 quantities~67/380*10 location:310")
SLN = segment(
    "SLN",
    f"number:350! second_number:350 relation:662 quantity:380r unit:355x price:212r price_basis:639 "
    f"second_relation:662 {IDS}*10",
)
BSN = segment("BSN", "purpose:353! asn:396! date:373d! time:337t! structure:1005 type:640 reason:641")
HL = segment("HL", "hl:628! hl_parent:734 level:735! hl_children:736")
SN1 = segment(
    "SN1",
    "line_number:350 shipped:382r! unit:355! shipped_to_date:646r ordered:330r ordered_unit:355 container:728 "
    "status:668",
)
PRF = segment("PRF", "po:324! release:328 change:327 po_date:373d po_line:350 contract:367 po_type:92")
CLD = segment("CLD", "loads:622n! units:382r! packaging:103 size:357r size_unit:355")
BIG = segment(
    "BIG",
    "date:373d! invoice:76! po_date:373d po:324 release:328 change:327 type:640 purpose:353 action:306 "
    "original_invoice:76 structure:1005",
)
IT1 = segment("IT1", f"number:350 quantity:358r unit:355 price:212r price_basis:639 {IDS}*10")
IT3 = segment("IT3", "shipped:382r unit:355 status:368 difference:383r reason:371")
TDS = segment("TDS", "total:610n2! discountable:610n2 discounted:610n2 discount:610n2")
CAD = segment(
    "CAD",
    "method:91 equipment_initial:206 equipment:207 scac:140 routing:387 status:368 reference_qualifier:128 "
    "reference:127 service:284",
)
ISS = segment(
    "ISS", "quantity:382r unit:355 weight:81r weight_unit:355 volume:183r volume_unit:355 count:380r second_weight:81r"
)


def _remarks() -> Slot:
    """N9 with the message that belongs to it: a reference of its own kind, not one of ``references``."""
    return loop("remarks", N9, moments(DTM), many("texts", MSG))


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
        _remarks(),
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
_SUBLINES = loop("sublines", SLN, descriptions(), many("prices", CTP), moments(DTM), many("charges", SAC))
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
            _remarks(),
            parties(references(REF), contacts=PER),
            _SUBLINES,
            amounts(),
            must=True,
        ),
        flat(CTT),
        many("total_amounts", segment("AMT", "qualifier:522! amount:782r! flag:478")),
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
            _remarks(),
            parties(references(REF), contacts=PER),
            _SUBLINES,
        ),
        flat(CTT),
        many("total_amounts", segment("AMT", "qualifier:522! amount:782r! flag:478")),
    ),
    _RARE,
    _ORDER_TOTALS,
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
    return Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)


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
        _remarks(),
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
            _SUBLINES,
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
