"""Segments that many sets have, under the same names: parties, references, dates, marks, notes, measures."""

from __future__ import annotations

from milepost.codecs.x12.sets.model import MOST, Default, First, Maps, Named, Segment, Slot
from milepost.codecs.x12.sets.tables import flat, loop, many, segment

IDS = "ids~235/234"  # product ids by qualifier: UP, VN, SK, BP ...

N1 = segment("N1", "role:98! name:93 id_qualifier:66 id:67 relationship:706 second_role:98", "P0304")
N2 = segment("N2", "name:93! second_name:93")
N3 = segment("N3", "street:166! second_street:166")
N4 = segment("N4", "city:19 state:156 zip:116 country:26 location_qualifier:309 location:310 +", "P0506")
PER = segment("PER", "function:366! name:93 channels~365/364*3 reference:443")
G61 = segment("G61", "function:366! name:93! channels~365/364 reference:443")

N9 = segment("N9", "qualifier:128! value:127 text:369 date:373d time:337t zone:623 related:0x", "R0203")
REF = segment("REF", "qualifier:128! value:127 text:352 related:0x", "R0203")
L11 = segment("L11", "value:127 qualifier:128 text:352 date:373d answer:1073", "R0103 P0102")

G62 = segment("G62", "qualifier:432 date:373d time_qualifier:176 time:337t zone:623", "R0103 P0102 P0304")
DTM = segment("DTM", "qualifier:374! date:373d time:337t zone:623 period_format:1250 period:1251", "R020305")
DTP = segment("DTP", "qualifier:374! period_format:1250! period:1251!")

MAN = segment("MAN", "qualifier:88! mark:87! mark_to:87 second_qualifier:88 second_mark:87 second_mark_to:87", "P0405")
NTE = segment("NTE", "code:363 text:352!")
K1 = segment("K1", "text:61! second_text:61")
G69 = segment("G69", "text:369!")
MSG = segment("MSG", "text:933! carriage:934 number:1470n")
PID = segment(
    "PID",
    "type:349! characteristic:750 agency:559 code:751 text:352 surface:752 subqualifier:822 answer:1073 language:819",
)
MEA = segment(
    "MEA",
    "reference:737 kind:738 value:739r unit:355x minimum:740r maximum:741r significance:935 attribute:936 "
    "surface:752 method:1373 +",
)
QTY = segment("QTY", "qualifier:673! quantity:380r unit:355x text:61")
AMT = segment("AMT", "qualifier:522! amount:782r! flag:478")
PO4 = segment(
    "PO4",
    "pack:356n size:357r size_unit:355 packaging:103 weight_qualifier:187 pack_weight:384r pack_weight_unit:355 "
    "pack_volume:385r pack_volume_unit:355 length:82r width:189r height:65r dimension_unit:355 inner_pack:810n "
    "surface:752 +",
)
PAL = segment(
    "PAL",
    "type:883 tiers:644n blocks:645n pack:356n unit_weight:395r weight_unit:355 length:82r width:189r height:65r "
    "dimension_unit:355 gross_weight:384r gross_weight_unit:355 gross_volume:385r gross_volume_unit:355 exchange:399 "
    "inner_pack:810n structure:1699 quantity:380r +",
)
PKG = segment("PKG", "type:349 characteristic:753 agency:559 code:754 text:352 unit_load:400")
SAC = segment(
    "SAC",
    "indicator:248! code:1300 agency:559 agency_code:1301 amount:610n2 percent_qualifier:378 percent:332r rate:118r "
    "unit:355 quantity:380r second_quantity:380r handling:331 reference:127 option:770 text:352 language:819",
)
TXI = segment(
    "TXI",
    "type:963! amount:782r percent:954r jurisdiction_qualifier:955 jurisdiction:956 exempt:441 relationship:662 "
    "basis:828r tax_id:325 number:350",
)
ITD = segment(
    "ITD",
    "type:336 basis_date:333 discount_percent:338r discount_due:370d discount_days:351n net_due:446d net_days:386n "
    "discount:362n2 deferred_due:388d deferred:389n2 payable_percent:342r text:352 day:765n method:107 percent:954r",
)
FOB = segment(
    "FOB",
    "pay:146! location_qualifier:309 text:352 terms_qualifier:334 terms:335 title_qualifier:309 title_text:352 "
    "risk:54 risk_text:352",
)
CUR = segment("CUR", "currency_role:98! currency:100! exchange_rate:280r +")
CTP = segment(
    "CTP",
    "trade:687 price_kind:236 price:212r quantity:380r unit:355x multiplier_qualifier:648 multiplier:649r amount:782r "
    "basis:639 condition:499 multiple:289n",
)
TD1 = segment(
    "TD1",
    "packaging:103 quantity:80n commodity_qualifier:23 commodity:22 text:79 weight_qualifier:187 weight:81r "
    "weight_unit:355 volume:183r volume_unit:355",
)
TD3 = segment(
    "TD3",
    "description:40 initial:206 number:207 weight_qualifier:187 weight:81r weight_unit:355 ownership:102 "
    "seal_status:407 seal:225 type:24",
)
TD4 = segment("TD4", "handling:152 class_qualifier:208 class:209 text:352 answer:1073")
TD5 = segment(
    "TD5",
    "sequence:133 id_qualifier:66 id:67 method:91 route:387 status:368 location_qualifier:309 location:310 "
    "direction:731 transit_qualifier:732 transit:733r service:284 second_service:284 third_service:284 country:26",
)
LH1 = segment(
    "LH1",
    "unit:355! quantity:80n! un_number:277 page:200 commodity:22 second_unit:355 second_quantity:380r compartment:595 "
    "residue:665 packing_group:254 regulatory:1375 industry:1271",
)
LH2 = segment("LH2", "class:215 class_qualifier:983 placard:218 endorsement:222 +")
LH3 = segment("LH3", "name:224 name_qualifier:984 nos:985 answer:1073")
LIN = segment("LIN", f"number:350 {IDS}! {IDS}*14")
CTT = segment(
    "CTT",
    "total_lines:354n! hash_total:347r total_weight:81r total_weight_unit:355 total_volume:183r "
    "total_volume_unit:355 total_text:352",
)
SDQ = segment("SDQ", "unit:355! id_qualifier:66 quantities~67/380*10 location:310")
LX = segment("LX", "number:554!#")

WHEN = Maps(("qualifier", "time_qualifier"), (("dates", "date"), ("times", "time"), ("zones", "zone")))
TIME_QUALIFIERS = {  # DE176 where only the kind of date (DE432) is said and a time is given
    "10": "4", "02": "5", "11": "8", "35": "9", "17": "E", "37": "I", "38": "K", "53": "G", "54": "L", "64": "1",
    "69": "U", "70": "X", "77": "2", "78": "3", "79": "2", "85": "8", "86": "8", "*": "W",
}  # fmt: skip
MARKS = (
    Named("sscc", ("GM", "AA"), (("qualifier", "mark"), ("second_qualifier", "second_mark"))),
    Named("tracking", ("CP",), (("qualifier", "mark"), ("second_qualifier", "second_mark"))),
)


def references(*of: Segment, most: int = MOST, prefix: str = "") -> Slot:
    """Return the place for references: ``references`` in full and ``refs`` by qualifier."""
    views = (Maps(("qualifier",), ((f"{prefix}refs", "value"),)),)
    return many(f"{prefix}references", *of, most=most, views=views)


def moments(of: Segment, *, most: int = MOST) -> Slot:
    """Return the place for dates: ``moments`` in full, and ``dates``, ``times``, ``zones`` by qualifier."""
    if of is G62:
        return many(
            "moments", of, most=most, views=(WHEN, Default("time_qualifier", TIME_QUALIFIERS, "qualifier", "time"))
        )
    return many("moments", of, most=most, views=(WHEN,))


def packages(name: str = "packages", *, most: int = MOST, lifted: bool = False) -> Slot:
    """Return the place for marks: each with ``sscc`` or ``tracking`` where it is one; ``lifted`` to the object too."""
    views = (*MARKS, First("sscc"), First("tracking")) if lifted else MARKS
    return many(name, MAN, most=most, views=views)


def amounts(most: int = MOST) -> Slot:
    """Return the place for amounts: in full as ``amounts_said``, and by qualifier as ``amounts``."""
    return many("amounts_said", AMT, most=most, views=(Maps(("qualifier",), (("amounts", "amount"),)),))


def descriptions(most: int = MOST) -> Slot:
    """Return the place for descriptions; the first text is the object's ``text``."""
    return many("descriptions", PID, most=most, views=(First("text"), Default("type", {"*": "F"})))


def texts(of: Segment, most: int = MOST) -> Slot:
    """Return the place for free text; the first is the object's ``text``."""
    return many("texts", of, most=most, views=(First("text"),))


def routing(most: int = 12) -> Slot:
    """Return the place for TD5: each with ``scac`` where its id is one, the first lifted."""
    scac = Named("scac", ("2",), (("id_qualifier", "id"),))
    return many("routing", TD5, most=most, views=(scac, First("scac")))


def parties(*more: Slot, contacts: Segment | None = None, most: int = 200, must: bool = False) -> Slot:
    """Return the loop of parties with names and address, and whatever else the set has in it."""
    person = (many("contacts", contacts),) if contacts else ()
    slots = (many("more_names", N2), flat(N3), many("more_streets", N3), flat(N4), *more, *person)
    return loop("parties", N1, *slots, most=most, must=must)


def lading(most: int = 20) -> tuple[Slot, ...]:
    """Return what is said of packages, equipment and hazards as freight."""
    return (many("lading", TD1, most=most), routing(), many("equipment", TD3, most=12), many("hazards", TD4, most=5))
