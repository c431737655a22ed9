"""Segments of trade sets."""

from __future__ import annotations

from milepost.codecs.x12.sets.common import (
    CTP,
    DTM,
    IDS,
    MSG,
    N9,
    SAC,
    descriptions,
    moments,
)
from milepost.codecs.x12.sets.model import Slot
from milepost.codecs.x12.sets.tables import loop, many, segment

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
SUBLINES = loop("sublines", SLN, descriptions(), many("prices", CTP), moments(DTM), many("charges", SAC))


def remarks() -> Slot:
    """N9 with the message that belongs to it: a reference of its own kind, not one of ``references``."""
    return loop("remarks", N9, moments(DTM), many("texts", MSG))
