"""What strangers' X12 files say, read by hand: order, lines, quantities, units, times of each set, path by path.

A path goes through objects by name and lists by number; ``*`` gathers one field of every item. What a file must be
flagged or refused with stands in FLAGGED: the code of a finding, or the reason of a refusal.
"""

from __future__ import annotations

from typing import Any

SAYS: dict[str, list[dict[str, Any]]] = {
    "ballerina__214_message.edi": [
        {
            "set": "214", "pro": "187676", "shipment": "857395857", "scac": "ALNK",
            "statuses.*.status": ["X3", "AF", "K2", "CD"],
            "statuses.*.reason": ["NS", "NS", "NS", "NS"],
            "statuses.*.date": ["20230420"] * 4,
            "statuses.*.time": ["1345", "1410", "1535", "1540"],
            "statuses.*.zone": ["LT"] * 4,
            "statuses.*.city": ["NEWYORK_01", "NEWYORK_01", "CHICAGO2", "CHICAGO2"],
            "statuses.*.state": ["NY", "NY", "PA", "PA"],
            "statuses.*.number": ["1", "1", "2", "2"],
            "statuses.*.equipment": ["7843"] * 4,
            "statuses.0.equipment_scac": "ALNK",
            "statuses.0.refs.QN": "01", "statuses.3.refs.QN": "99",
            "statuses.0.weights": [
                {"weight_qualifier": "G", "weight_unit": "L", "weight": "20383", "quantity": "1308"}
            ],
        }
    ],
    "gozer__asn856.txt": [
        {
            "purpose": "14", "asn": "829716", "date": "20111206", "time": "142428", "structure": "0002",
            "shipments.0.refs.BM": "999999-001", "shipments.0.refs.CN": "5787970539", "shipments.0.scac": "XXXX",
            "shipments.0.dates.011": "20111206",
            "shipments.0.lading.0.packaging": "PCS", "shipments.0.lading.0.quantity": "2",
            "shipments.0.lading.0.weight": "60.310", "shipments.0.lading.0.weight_unit": "LB",
            "shipments.0.parties.*.role": ["SH", "OB", "SF"],
            "shipments.0.parties.1.city": "ATLANTA", "shipments.0.parties.1.location": "9999",
            "shipments.0.orders.0.po": "99999817", "shipments.0.orders.0.po_date": "20111205",
            "shipments.0.orders.0.lines.*.shipped": ["24", "6"],
            "shipments.0.orders.0.lines.*.unit": ["EA", "EA"],
            "shipments.0.orders.0.lines.*.number": ["1", "2"],
            "shipments.0.orders.0.lines.0.ids": {"VP": "87787D", "UP": "999999310145"},
            "shipments.0.orders.0.lines.1.ids": {"VP": "99887D", "UP": "999999311746"},
            "shipments.0.orders.0.lines.*.text": ["BLUE WIDGET", "RED WIDGET"],
            "shipments.0.orders.0.lines.0.packaging.0.size": "24",
            "total_lines": "4", "hash_total": "30",
        }
    ],
    "gozer__po850.txt": [
        {
            "purpose": "00", "type": "SA", "po": "08292233294", "date": "20101127", "contract": "610385385",
            "refs": {"DP": "038", "PS": "R"}, "dates.002": "20101214",
            "terms_of_payment.0.discount_percent": "2", "terms_of_payment.0.net_days": "46",
            "packing.*.text": ["PALLETIZE SHIPMENT", "REGULAR"],
            "routing.0.id": "P3", "routing.0.route": "SEE XYZ RETAIL ROUTING GUIDE",
            "parties.0.role": "ST", "parties.0.id": "0003947268292", "parties.0.zip": "44139",
            "lines.*.number": ["5", "6"], "lines.*.quantity": ["72", "696"], "lines.*.unit": ["EA", "EA"],
            "lines.*.price": ["7.5", "9.55"], "lines.0.ids": {"CB": "065374-118", "PR": "RO", "VN": "RV0524"},
            "lines.1.ids.VN": "DX1875", "lines.1.packaging.0.packaging": "PLT94", "lines.0.text": "RED",
            "total_lines": "2", "total_amounts.0.amount": "13045.94",
        }
    ],
    "libedi__Sample_4010_810.txt": [
        {
            "invoice": "654983115", "date": "20120926", "po": "246322946", "release": "BILL-TO-ACCOUNT NUMBER",
            "purpose": "53", "original_invoice": "3179144866093189", "type": None, "currency": "USD",
            "refs.BM": "W44FNZ1179123", "refs.IV": "204841",
            "parties.*.role": ["PR", "PE", "BY", "SE", "SF", "ST"], "parties.1.references.0.value": "45666",
            "dates": {"011": "20120914", "003": "20120926", "095": "20120926", "097": "20120926"},
            "lines.*.quantity": ["1", "1", "1"], "lines.*.price": ["807.5"] * 3, "lines.*.unit": ["EA"] * 3,
            "lines.0.ids": {"IN": "ARFW 007529-00", "VN": "852", "KF": "FREIGHT", "OT": "1"},
            "lines.0.quantities.0": {"qualifier": "T5", "unit": "ZZ", "unit_parts": ["ZZ", "", "10"], "text": "LB"},
            "total": "139550", "amounts.2": "2223.25", "total_lines": "1",
        }
    ],
    "libedi__Sample_4010_856.txt": [
        {
            "purpose": "00", "asn": "ww8VH00", "date": "20120303",
            "shipments.0.scac": "UPSN", "shipments.0.lading.0.weight": "1", "shipments.0.refs.IA": "414",
            "shipments.0.parties.0.street": "123 Maple Street",
            "shipments.0.orders.0.po": "23434",
            "shipments.0.orders.0.packs.0.marks.0.mark": "114X811E0346945512",
            "shipments.0.orders.0.packs.0.lines.0.shipped": "200",
            "shipments.0.orders.0.packs.0.lines.0.unit": "EA",
            "shipments.0.orders.0.packs.0.lines.0.ids": {"CB": "PartNumber", "UP": "021285110131", "VC": "1200462"},
            "shipments.0.other": [{"segment": "DTP", "elements": ["011", "20120303"]}],
        }
    ],
    "libedi__Sample_4010_990.txt": [
        {"scac": "HJBT", "shipment": "2096848", "date": "20120202", "action": "A", "refs.CN": "1253011", "reason": None}
    ],
    "staedi__extraDelimiter997.edi": [
        {
            "group": {"functional": "HC", "control": "000001"}, "sets.0.set": "837", "sets.0.control": "0021",
            "sets.0.status": "R", "sets.0.codes": ["5"], "sets.0.errors.0.segment": "NM1",
            "sets.0.errors.0.elements.0.place": "8", "status": "R",
        }
    ],
    "staedi__invoice810_po850_dual.edi": [
        {
            "set": "810", "invoice": "00001", "date": "19971211", "po": "A99999-01",
            "lines.*.quantity": ["16", "13", "32", "51", "9", "85", "1"], "lines.*.unit": ["CA"] * 7,
            "lines.*.price": ["12.34"] * 7, "lines.6.ids": {"UA": "002840088888"}, "lines.6.text": "MINI CHIPS LSS",
            "total": "255438", "total_lines": "7", "shipped.0.quantity": "207", "carrier.routing": "FREEFORM",
        },
        {
            "set": "810", "po": "A99999-04", "lines.*.quantity": ["50", "100"], "total": "255438",
            "parties.0.name": "BUYER CHIPS", "parties.*.role": ["ST", "BT", "RE"],
        },
        {
            "set": "850", "po": "S115921858", "release": "1017760", "date": "040317", "version": "003010",
            "lines.*.quantity": ["150", "50", "25", "25"], "lines.*.ids.IN": ["02006", "02008", "01019", "01220"],
            "lines.*.number": ["1", "2", "3", "4"], "refs.WH": "24", "hash_total": "250",
            "parties.0.name": "SHIPPING GROUP, INC.", "parties.1.zip": "83308",
        },
    ],
    "staedi__issue109_ts214_ellipses_segterm.edi": [
        {
            "pro": "0542550913", "shipment": "7727019", "scac": "XXXX", "refs.PO": "900169",
            "parties.*.role": ["SH", "CN", "BT"], "parties.1.name": "ADDISON HVAC LLC", "parties.1.city": "ORLANDO",
            "statuses.*.status": ["AG", "AF"], "statuses.*.date": ["20200911", "20200910"],
            "statuses.*.time": ["1159", "1135"], "statuses.*.zone": ["ET", "ET"],
            "statuses.*.equipment": ["902577", "902577"], "statuses.0.equipment_description": "CV",
            "statuses.1.weights.0.weight": "2085", "statuses.1.weights.0.quantity": "5",
        }
    ],
    "staedi__simple997.edi": [
        {
            "group": {"functional": "HC", "control": "000001"},
            "sets": [
                {
                    "set": "837", "control": "0021", "status": "R", "codes": ["5"],
                    "errors": [
                        {
                            "segment": "NM1", "position": "8", "code": "8",
                            "elements": [{"place": "8", "reference": "66", "code": "7", "value": "MI"}],
                        }
                    ],
                }
            ],
            "status": "R", "counts": {"included": "1", "received": "1", "accepted": "0"},
        }
    ],
    "staedi__simple999.edi": [
        {
            "group": {"functional": "HC", "control": "17456", "version": "005010X222"},
            "sets.*.control": ["0001", "0002", "0003"], "sets.*.status": ["A", "R", "R"],
            "sets.1.errors.0.segment": "CLM", "sets.1.errors.0.position": "22",
            "sets.1.errors.0.contexts.0.context_parts": ["CLM01", "123456789"],
            "sets.1.errors.0.elements.0": {"place": "2", "reference": "782", "code": "1"},
            "status": "P", "counts": {"included": "3", "received": "3", "accepted": "1"},
        }
    ],
    "stupidedi__002001_SH856_fail_1.edi": [
        {
            "asn": "35100", "date": "070101", "time": "1130", "dates.011": "070101", "times.011": "1130",
            "shipments.0.refs.BM": "BM3930", "shipments.0.equipment.0.number": "5671238",
            "shipments.0.measures.0.value": "1200", "shipments.0.measures.0.unit": "LB",
            "shipments.0.tares.*.refs.LS": ["ML13479", "GS87939", "G87659"],
            "shipments.0.tares.0.lines.0.shipped": "1000", "shipments.0.tares.0.lines.0.unit": "PC",
            "shipments.0.tares.0.lines.0.ids": {"BP": "7389141G01", "ON": "RG61372"},
            "shipments.0.tares.1.lines.0.packs.*.shipped": ["76", "100"],
            "shipments.0.tares.2.lines.*.shipped": ["100", "156"],
            "shipments.0.tares.2.lines.1.packs.*.refs.LS": ["S5789", "S5790"],
            "total_lines": "12", "hash_total": "1432",
        },
        {
            "asn": "02", "shipments.0.lines.*.shipped": ["234", "25"],
            "shipments.0.lines.*.ids.ON": ["SH34227", "SG87362"],
            "shipments.0.lines.1.refs.LS": "S1234567",
        },
    ],
    "stupidedi__003010_PO850_fail_1.edi": [
        {
            "purpose": "00", "type": "BK", "po": "PR12345678", "date": "070102", "currency": "USD",
            "dates": {"007": "070201", "036": "080101"},
            "remarks.*.qualifier": ["C4", "VR", "PG", "CU"], "remarks.3.value": "SEE NEXT SEGMENT FOR MESSAGE",
            "lines.*.number": ["001", "002"], "lines.*.quantity": ["3", "9"], "lines.*.price": ["1.21", "4.51"],
            "lines.0.ids": {"BP": "50241 01G00", "C4": "G53527"},
            "lines.0.remarks.0.texts.0.text": "ANY FREE FORM COMMENTS THAT NEED TO GO WITH THE PO LINE ITEM.",
        }
    ],
    "stupidedi__003010_RA820_pass_1.edi": [
        {
            "amount": "18806.08", "handling": "I", "method": "PBC", "date": "960223", "refs.R2": "NLC",
            "parties.0.name": "JOHN DOE",
            "payments.*.invoice": ["0900", "8221"], "payments.*.invoiced": ["8136.13", "10669.95"],
            "payments.*.dates.011": ["960215", "960212"],
            "payments.0.lines.*.second_amount": ["511.58", "3581.03", "4043.52"],
            "payments.0.lines.*.value": ["809002E700TT", "809002E700TT", "829002E700TT"],
            "payments.1.lines.2.refs": {"QI": "00000006D", "UM": "EA", "RE": "R142200"},
        }
    ],
    "stupidedi__003050_PO850_fail_1.edi": [
        {
            "po": "NP00001234", "date": "010614", "notes.0.text": "This order is a follow-up",
            "contacts.0.name": "Tom Smith", "lines.0.quantity": "3", "lines.0.unit": "EA", "lines.0.price": "1.21",
            "lines.0.ids.BP": "12345", "lines.0.dates.002": "010808", "lines.0.text": "Stopper Assy, #8 Nissan",
            "lines.0.remarks.0.value": "John Smith",
        }
    ],
    "stupidedi__004010_AR943_pass_1.edi": [
        {
            "report": "F", "order": "DO12345", "ship_date": "20260714", "dates.11": "20260714",
            "parties.0": {"role": "WH", "name": "ACME WAREHOUSE", "id_qualifier": "91", "id": "ACME01"},
            "carrier.scac": "SCAC", "carrier.routing": "RTE", "carrier.equipment_initial": "EQIN",
            "carrier.equipment": "EQNUM", "lines.*.quantity": ["100"], "lines.0.unit": "EA",
            "lines.0.ids": {"VN": "ITEM123"}, "lines.0.refs.LI": "REF456", "total_units": "100",
        }
    ],
    "stupidedi__004010_FA997_pass_1.edi": [
        {
            "group": {"functional": "AG", "control": "160"}, "sets": [{"set": "824", "control": "0160", "status": "A"}],
            "status": "A", "counts": {"included": "1", "received": "1", "accepted": "1"},
        }
    ],
    "stupidedi__004010_IN810_pass_1.edi": [
        {
            "invoice": "00237058", "date": "20211118", "po_date": "20211102", "po": "0691-0014403",
            "parties.0.street": "123 address_1", "parties.0.second_street": "address_2",
            "lines.*.quantity": ["4", "1"], "lines.*.price": ["70", "5.66"],
            "lines.*.ids.EN": ["9781501331978", "9780316154680"], "lines.*.ids.GC": ["01", "02"],
            "total": "28566", "total_lines": "2", "hash_total": "5",
        }
    ],
    "stupidedi__004010_PO850_pass_1.edi": [
        {
            "purpose": "00", "type": "NE", "po": "PO12345", "date": "20260709", "lines.*.quantity": ["1"],
            "lines.0.unit": "EA", "lines.0.price": "10.00", "lines.0.ids": {"VN": "VENDORSKU"},
        }
    ],
    "stupidedi__004010_PR855_fail_2.edi": [
        {
            "status": "AC", "po": "8000000418", "date": "20060814", "reference": "349037459001",
            "lines.*.quantity": ["2", "6"], "lines.*.unit": ["DZN", "BX"], "lines.*.price": ["13.84", "0.47"],
            "lines.*.ids.VP": ["420525112", "221051"],
            "lines.0.schedules.0": {"quantity": "2", "unit": "DZN", "qualifier": "067", "date": "20060817"},
        }
    ],
    "stupidedi__004010_PR855_pass_1.edi": [
        {
            "status": "AT", "po": "1D711419", "date": "20170502", "reference": "338093", "acknowledged_on": "20170425",
            "lines.0.number": "0001", "lines.0.quantity": "72", "lines.0.price": "47.34", "lines.0.unit": "EA",
            "lines.0.ids": {"BP": "C000900237"}, "parties.0.id": "SHRAA",
        }
    ],
    "stupidedi__004010_RE944_pass_1.edi": [
        {
            "report": "F", "date": "20260714", "receipt": "WR12345", "order": "DO12345", "shipment": None,
            "lines.*.quantity": ["100"], "lines.0.unit": "EA", "lines.0.ids": {"UK": "ITEM123"},
            "lines.0.lot": "LOT456", "lines.0.refs.PO": "REF789", "total_received": "100",
        }
    ],
    "stupidedi__004010_SH856_fail_2.edi": [
        {
            "asn": "861554", "date": "20180313", "time": "2130", "dates.011": "20180620", "times.011": "2120",
            "shipments.0.scac": "MATL", "shipments.0.measures.*.value": ["3401", "3400"], "shipments.0.po": "3D812906",
            "lines.0.shipped": "40", "lines.0.unit": "PC", "lines.0.ids.BP": "C0355UCAD8", "lines.0.number": "1",
        }
    ],
    "stupidedi__004010_SM204_case_1.edi": [
        {
            "shipment": "12345678", "pay": "PP", "purpose": "00", "application": "LT", "scac": None,
            "refs": {"SCA": "RECD", "FU": "354.02", "DP": "RBU", "SI": "666555", "EQ": "ZZ"},
            "references.*.value": ["RECD", "354.02", "RBU", "666555", "888777", "ZZ"],
            "respond_by": "20220822", "respond_by_time": "1120", "respond_by_zone": "ET",
            "notes.*.text": ["NOTE1", "NOTE2"], "equipment.0.number": "ZZ", "equipment.0.description": "TL",
            "stops.*.sequence": ["1", "2"], "stops.*.reason": ["LD", "UL"], "stops.*.weight": ["21230.12"] * 2,
            "stops.0.dates.69": "20220823", "stops.0.times.69": "1630", "stops.0.zones.69": "CD",
            "stops.1.dates.70": "20220824", "stops.1.times.70": "0700", "stops.*.pallets": ["37", "37"],
            "stops.0.parties.0.name": "FAKE_BIZ", "stops.0.parties.0.contacts.0.channels.TE": "256-538-1111",
            "stops.1.parties.0.city": "ORLANDO",
            "stops.0.orders.*.order": ["4728162872", "2231522233"],
            "stops.0.orders.*.po": ["9999999-01", "27281628-01"],
            "stops.0.orders.*.weight": ["8888.88", "12341.24"],
            "stops.1.orders.*.order": ["2222228403", "221231238647"],
            "stops.0.orders.0.goods.0.contacts.0.refs": {"DP": "RBU", "DJ": "237291298-01", "SI": "22982719"},
            "stops.0.orders.0.goods.0.weights.0.weight": "8888.88",
            "total_charge": "215267", "total_weight": "21230.12",
        }
    ],
    "stupidedi__004010_X348-SC810-Aerospace-Industry-Invoice_pass_basic-invoice.edi": [
        {
            "invoice": "39876980601170600", "date": "20000513", "po_date": "20000506", "po": "767124",
            "release": "6543214666601234", "type": "CI", "purpose": "00", "lines.0.quantity": "1",
            "lines.0.price": "170.6", "lines.0.ids.VX": "654321234002345", "total": "17060",
        }
    ],
    "stupidedi__004010_X357-SC850-Aerospace-Industry-Purchase-Order_pass_basic-po.edi": [
        {
            "type": "RL", "po": "508517", "release": "1001", "date": "20000506", "acknowledge": "NA",
            "invoice_type": "IEL", "lines.0.quantity": "48", "lines.0.price": "3", "lines.0.price_basis": "PE",
            "lines.0.ids.MG": "R5656-2", "lines.0.requirements.0.substitution": "B0",
            "total_amounts.0": {"qualifier": "TT", "amount": "144"},
        }
    ],
    "stupidedi__004010_X357-SC850-Aerospace-Industry-Purchase-Order_pass_taxexempt-po.edi": [
        {
            "po": "XX-1234", "date": "20170301", "taxes_registered.0.tax_id": "53247765", "lines.0.quantity": "25",
            "lines.0.measures.0": {"reference": "WT", "kind": "WT", "value": "10", "unit": "OZ"},
            "lines.0.schedules.0.qualifier": "106", "lines.0.schedules.0.date": "20170615",
            "parties.0.more_names.0.name": "AIRCRAFT DIVISION",
        }
    ],
    "stupidedi__004010_X358-SC855-Aerospace-Industry-Purchase-Order-Acknowledgment_pass_basic-po-ack-rejected.edi": [
        {"purpose": "11", "status": "RJ", "po": "XX-1234", "date": "20170406", "contract": "AE123", "total_lines": "0"}
    ],
    "stupidedi__004010_X358-SC855-Aerospace-Industry-Purchase-Order-Acknowledgment_pass_po-ack-minor-changes.edi": [
        {
            "status": "AC", "lines.*.quantity": ["25", "75", "48"],
            "lines.0.acks.*.status": ["IP", "DR", "IQ", "IS"],
            "lines.0.acks.1.date": "20170520", "lines.0.acks.2.quantity": "20",
            "lines.0.acks.3.ids": {"MG": "XX-1234-A"}, "lines.0.prices.0.price": "9",
            "lines.1.acks.*.status": ["IA"], "lines.2.acks.*.status": ["IR"],
            "lines.2.ids": {"MG": "RR-1357", "BP": "AB123-2"},
        }
    ],
    "stupidedi__004010_X358-SC855-Aerospace-Industry-Purchase-Order-Acknowledgment_pass_po-ack-ship-details.edi": [
        {
            "status": "AD", "lines.0.schedules.*.quantity": ["12", "13"],
            "lines.1.schedules.*.date": ["20170515", "20170615", "20170715"],
            "lines.2.schedules.*.quantity": ["36", "12"], "lines.2.packaging.0.pack": "12",
        }
    ],
}  # fmt: skip
SAYS["ballerina__214_output.edi"] = SAYS["ballerina__214_message.edi"]
SAYS["staedi__simple810.edi"] = SAYS["staedi__invoice810_po850_dual.edi"][:2]
SAYS["staedi__simple997-multiple-interchanges.edi"] = SAYS["staedi__simple997.edi"] * 3
SAYS["stupidedi__004010_X348-SC810-Aerospace-Industry-Invoice_pass_credit-card-invoice.edi"] = SAYS[
    "stupidedi__004010_X348-SC810-Aerospace-Industry-Invoice_pass_basic-invoice.edi"
]
SAYS["stupidedi__004010_X358-SC855-Aerospace-Industry-Purchase-Order-Acknowledgment_pass_basic-po-ack-accepted.edi"] = [
    {"purpose": "11", "status": "AT", "po": "XX-1234", "date": "20170406", "contract": "AE123", "total_lines": "0"}
]

FLAGGED: dict[str, set[str]] = {
    "staedi__empty997.edi": {"missing_field"},
    "staedi__invalid997.edi": {"too_long", "bad_number"},
    "staedi__invalid997_min.edi": {"too_long", "group_control"},
    "staedi__invalid999.edi": {"set_count", "bad_code", "out_of_sequence", "too_many", "too_many_elements"},
    "stupidedi__002001_PO830_fail_1.edi": {"unknown_type"},
    "stupidedi__002001_SH856_fail_1.edi": {"version"},
    "stupidedi__003010_PC860_fail_1.edi": {"unknown_type"},
    "stupidedi__003010_PO850_fail_1.edi": {"set_count", "total"},
    "stupidedi__003050_PO850_fail_1.edi": {"line_end"},
    "stupidedi__004010_PR855_fail_2.edi": {"line_end", "too_long"},
    "stupidedi__004010_SC832_fail_1.edi": {"unknown_type", "line_end"},
    "stupidedi__004010_SC832_fail_2.edi": {"unknown_type"},
    "stupidedi__004010_SH856_fail_2.edi": {
        "set_count",
        "too_long",
        "too_many_elements",
        "out_of_sequence",
        "hierarchy",
        "total",
    },
    "stupidedi__004010_SS862_fail_1.edi": {"unknown_type", "line_end"},
    # Not meant as wrong, and yet: totals that do not add up, numbers that differ, sets that are not ours.
    "gozer__asn856.txt": {"interchange_control"},
    "gozer__po850.txt": {"set_count"},
    "libedi__Sample_4010_810.txt": {"set_count", "total"},
    "libedi__Sample_4010_856.txt": {"set_control", "out_of_sequence"},
    "staedi__extraDelimiter997.edi": {"bad_number"},
    "staedi__invoice810_po850_dual.edi": {"total", "condition"},
    "staedi__simple810.edi": {"total"},
    "stupidedi__004010_PS830_pass_1.edi": {"unknown_type"},
    "stupidedi__004010_SQ866_pass_1.edi": {"unknown_type"},
    "stupidedi__004010_X354-SC840-Aerospace-Request-for-Quotation_pass_basic-request-for-quotation.edi": {
        "unknown_type"
    },
}
NOTHING_FOUND = {  # files whose every set is as its table says
    "ballerina__214_message.edi", "ballerina__214_output.edi", "libedi__Sample_4010_990.txt",
    "staedi__issue109_ts214_ellipses_segterm.edi", "staedi__simple997.edi", "staedi__simple999.edi",
    "staedi__simple997-multiple-interchanges.edi", "stupidedi__003010_RA820_pass_1.edi",
    "stupidedi__004010_AR943_pass_1.edi", "stupidedi__004010_FA997_pass_1.edi", "stupidedi__004010_IN810_pass_1.edi",
    "stupidedi__004010_PO850_pass_1.edi", "stupidedi__004010_PR855_pass_1.edi", "stupidedi__004010_RE944_pass_1.edi",
    "stupidedi__004010_SM204_case_1.edi",
}  # fmt: skip
