"""Segments of transport sets."""

from __future__ import annotations

from milepost.codecs.x12.sets.common import (
    IDS,
    LH1,
    LH2,
    LH3,
    MEA,
)
from milepost.codecs.x12.sets.model import Slot
from milepost.codecs.x12.sets.tables import flat, loop, many, segment

B2 = segment(
    "B2",
    "tariff_service:375 scac:140 splc:154 shipment:145 weight_unit:188 pay:146! shipment_qualifier:147 "
    "total_equipment:86n weight_code:460 customs:501 terms:335 payment_method:591",
)
B2A = segment("B2A", "purpose:353! application:346")
MS3 = segment("MS3", "scac:140! sequence:133! city:19 method:91 state:156")
AT5 = segment("AT5", "code:152 services:560 text:153 unit:355 temperature:408r second_temperature:408r")
PLD = segment("PLD", "pallets:406n! pallet_exchange:399 pallet_weight_unit:188 pallet_weight:81r")
N7 = segment(
    "N7",
    "initial:206 number:207! weight:81r weight_qualifier:187 tare:167n allowance:232n dunnage:205n volume:183r "
    "volume_unit:184 ownership:102 description:40 scac:140 temperature:319 position:219 length:567n "
    "tare_qualifier:571 weight_unit:188 check_digit:761n service:56 height:65r width:189r type:24 second_scac:140 "
    "car_type:301",
)
M7 = segment("M7", "seals[]:225*4 sealed_by:98")
S5 = segment(
    "S5",
    "sequence:165n! reason:163! weight:81r weight_unit:188 quantity:382r unit:355 volume:183r volume_unit:184 text:352 "
    "splc:154 accomplish:190",
)
AT8 = segment(
    "AT8",
    "weight_qualifier:187 weight_unit:188 weight:81r quantity:80n loose_quantity:80n volume_unit:184 volume:183r",
)
LAD = segment(
    "LAD",
    f"form:211 quantity:80n unit_weight_unit:188 unit_weight:395r weight_unit:188 weight:81r {IDS}*3 text:79 value:0r",
)
L5 = segment(
    "L5",
    "text_line:213n text:79 commodity:22 commodity_qualifier:23 packaging:103 mark:87 mark_qualifier:88 "
    "second_commodity_qualifier:23 second_commodity:22 compartment:595",
)
OID = segment(
    "OID",
    "order:127 po:324 consignee_order:127 form:211 quantity:380r weight_unit:188 weight:81r volume_unit:184 "
    "volume:183r error:647 reference:127 second_form:211 second_quantity:380r",
)
L3 = segment(
    "L3",
    "total_weight:81r total_weight_qualifier:187 total_rate:60r total_rate_qualifier:122 total_charge:58n2 "
    "total_advances:191n2 total_prepaid:117n2 total_charge_code:150 total_volume:183r total_volume_unit:184 "
    "total_quantity:80n total_weight_unit:188 tariff:171 declared:74n2 declared_qualifier:122",
)
B1 = segment("B1", "scac:140 shipment:145! date:373d action:558 answer:1073 reason:1658 pay:146")
L9 = segment("L9", "code:150! amount:782r")
V9 = segment("V9", "code:304! event:106 date:373d time:337t city:19 state:156 country:26 reason:641 splc:154 +")
B10 = segment(
    "B10",
    "pro:127 shipment:145 scac:140! inquiry:71n reference_qualifier:128 reference:127 answer:1073 date:373d time:337t",
)
AT7 = segment(
    "AT7",
    "status:1650 reason:1651 appointment:1652 appointment_reason:1651 date:373d time:337t zone:623",
    "R0103 E0103",
)
MS1 = segment(
    "MS1",
    "city:19 state:156 country:26 longitude:1654 latitude:1655 longitude_direction:1280 latitude_direction:1280 "
    "zip:116",
)
MS2 = segment("MS2", "equipment_scac:140 equipment:207 equipment_description:40 equipment_check_digit:761n")
Q7 = segment("Q7", "code:33! form:211 quantity:80n")
CD3 = segment("CD3", "weight_qualifier:187 weight:81r zone:0 standard:0n service:284 +")
B3 = segment(
    "B3",
    "shipment_qualifier:147 invoice:76! shipment:145 pay:146! weight_unit:188 date:373d net:193n2! correction:202 "
    "delivery_date:32d delivery_date_kind:374 scac:140! tariff_date:373d tariff_service:375 terms:335",
)
C2 = segment("C2", "client:8! id_qualifier:66! id:67! number:0 account:0 method:107 date:373d")
C3 = segment("C3", "currency:100! exchange_rate:280r second_currency:100 third_currency:100")
R3 = segment("R3", "scac:140 sequence:133! city:19 method:91 +")
H3 = segment("H3", "code:152 text:153 protective:241 vent:242 tariff_application:257")
POD = segment("POD", "date:373d! time:337t name:93!")
H1 = segment(
    "H1",
    "un_number:62! class:209 qualifier:208 text:64 contact:63 page:200 flashpoint:77n flashpoint_unit:355 "
    "packing_group:254",
)
H2 = segment("H2", "text:64! classification:274")
L0 = segment(
    "L0",
    "quantity_line:213n billed_quantity:220r billed_qualifier:221 weight:81r weight_qualifier:187 volume:183r "
    "volume_unit:184 quantity:80n form:211 dunnage:458 weight_unit:188 service:56 second_quantity:380r "
    "second_form:211 answer:1073",
)
L1 = segment(
    "L1",
    "charge_line:213n rate:60r rate_qualifier:122 charge:58n2 advances:191n2 prepaid:117n2 combination:120 code:150 "
    "rate_class:121 entitlement:39 charge_pay:16 charge_text:276 tariff_application:257 declared:74n2 "
    "declared_qualifier:122 liability:372 rated_quantity:220r rated_qualifier:221 percent:954r currency:100 "
    "amount:610n2 lading_value:0r",
)
L4 = segment("L4", "length:82r! width:189r! height:65r! unit:90! quantity:380r industry:1271")
L7 = segment(
    "L7",
    "line:213n agency:168 tariff:171 section:172 item:169 item_part:170n class:59 supplement:173 ex_parte:46 date:373d "
    "rate_basis:119 column:227 distance:294n distance_qualifier:295 city:19 state:156",
)


def dangerous_goods() -> Slot:
    return loop("dangerous_goods", LH1, many("classes", LH2), many("names", LH3), most=100)


def equipment() -> Slot:
    return loop("equipment", N7, many("measures", MEA), flat(M7), many("more_seals", M7), most=1000)
