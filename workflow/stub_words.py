"""What the documents of most closed orders say in the same words: a stub is compressed against them.

Once a stub was written with a list it can only be read with the same one: a new list gets a new number.
"""

from __future__ import annotations

_WORDS_1 = (
    "POSTING_REJECTED UNKNOWN_CUSTOMER UNKNOWN_ITEM UNKNOWN_SITE OVER_DELIVERED OVER_PACKED OVER_PICKED OVER_SHIPPED "
    "RETURN_EXCEEDS RETURN_UNAPPROVED EXCEPTION_EXCEEDS DELIVERY_EXCEPTION SHORT_PICK CREDIT_BLOCK CONFLICT MANUAL "
    "POD_SHORT MIS_RECEIPT OVER_RECEIPT CARRIER_UNCONFIRMED carrier_changed shipment_delayed back_ordered substituted "
    "line_cancelled cancel_refused return_approved notice/credited/inspected/RMA- notice/credited/dexc/ "
    "notice/return_approved/RMA- wms/return/RMA- wms/return/dexc/ tms/untender/TD- tms/tender/2 agreed/ "
    "transfer purchase goods_receipt/RC- goods_receipt receipt order_change/short/ order_change "
    "carrier_claim/dexc/ carrier_claim freight_charge/ freight_charge not_used "
    "stock_return/inspected/RMA- stock_return disposition restock repair scrap vendor "
    "customer_credit/inspected/RMA- customer_credit/dexc/ customer_credit reason damaged lost short refused "
    "RV1 grounds have gone CR1 billed and not delivered CR3 billed and returned SR1 returned: restock "
    "GR1 purchase received IN2 billed on proof of delivery OC1 short units are back-ordered "
    "FA1 tender accepted, split at the pick-up IN1 billed on goods issue FA1 tender accepted SC1 tender accepted "
    "GI1 departed shipment \u00b7 policy-2026-01 wms/DC-NORTH wms/DC-SOUTH ready/DC-NORTH ready/DC-SOUTH "
    "CARR-A EUR 2026-03-1 2026-03-2 2026-0 basis shares owner load line item quantity amount_minor company currency "
    "customer date shipment carrier goods_issue/SH- goods_issue customer_invoice/SH- customer_invoice "
    "freight_accrual/LD- freight_accrual tender shipment_confirmation/LD- shipment_confirmation "
    "notice/LD- carrier_confirmed requested tms/plan none due ready/ wms/ accepted"
).encode()

WORDS = {1: _WORDS_1}
NEWEST = 1
