"""Segments of warehouse sets."""

from __future__ import annotations

from milepost.codecs.x12.sets.common import (
    G61,
    G62,
    IDS,
    N9,
    NTE,
    PER,
    REF,
    moments,
    parties,
    references,
)
from milepost.codecs.x12.sets.model import Slot
from milepost.codecs.x12.sets.tables import many, segment

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


def head(refs: int = 10) -> tuple[Slot, ...]:
    """What all warehouse sets but the stock report have between their first segment and the carrier."""
    return (
        parties(contacts=PER, most=100),
        references(N9, REF, most=refs),
        many("contacts", G61),
        moments(G62, most=10),
        many("notes", NTE),
    )
