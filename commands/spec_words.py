"""What our words mean, in a partner's: for the specification it gets."""

from __future__ import annotations

TAG_WORDS = {
    "wms.wave_planned": "an order is planned into a wave", "wms.allocated": "stock is set aside for an order line",
    "wms.pick_confirmed": "units of an order line were picked", "wms.pick_short": "units could not be picked",
    "wms.packed": "a package was closed", "wms.loaded": "a shipment was loaded", "wms.departed": "a shipment left",
    "wms.goods_received": "goods came in", "wms.return_received": "returned goods came in",
    "wms.return_inspected": "returned goods were looked at", "wms.inventory_adjusted": "stock was corrected",
    "milestone.reversed": "something said before did not stand",
    "instruction.answered": "an instruction will be done, or not",
    "instruction.received": "an instruction has arrived, or could not be read",
    "tms.shipment_created": "a shipment is known to transport", "tms.load_planned": "who travels on a load",
    "tms.member_assigned": "a shipment joins a load, or leaves it",
    "tms.freight_rated": "what a carrier asks for a load",
    "tms.carrier_assigned": "a carrier was chosen", "tms.tender_offered": "a load was offered to a carrier",
    "tms.tender_accepted": "the carrier takes the load", "tms.tender_rejected": "the carrier declines",
    "tms.tender_expired": "the offer was not answered in time", "tms.tender_withdrawn": "the offer was taken back",
    "tms.picked_up": "the carrier has the load", "tms.in_transit": "the load is on its way",
    "tms.eta": "when the load is expected", "tms.arrived": "the load is at a stop",
    "tms.tracked": "where a shipment is", "tms.delivered": "a shipment was delivered",
    "tms.delivery_exception": "something went wrong at the door", "tms.returned": "goods are coming back",
    "order.inbound_advised": "goods are on their way", "statement.inventory": "what is in stock",
    "statement.freight_invoice": "what a carrier wants for a shipment", "statement.remittance": "what a payment pays",
    "statement.trade": "a trade document is kept as it was said",
    "instruct.warehouse": "pick and ship these lines", "instruct.put_away": "put back what was picked",
    "inform.availability": "take out of what can be promised", "instruct.return": "expect returned goods",
    "instruct.receipt": "expect goods", "instruct.load": "the load may be loaded", "instruct.tender": "offer the load",
    "instruct.cancel_tender": "take the offer back", "instruct.report": "tell us whether it happened",
    "instruct.transport": "plan carriage", "inform.ready": "the carrier may come", "instruct.withdraw": "stop the work",
    "fulfilment.requested": "what will be fulfilled from where",
    "notice.carrier_confirmed": "tell the customer who carries", "notice.carrier_changed": "tell that another carries",
    "notice.cancelled": "tell that it is cancelled", "notice.cancel_refused": "tell that it is too late to cancel",
    "notice.back_ordered": "tell what comes later", "notice.line_cancelled": "tell what will not come",
    "notice.substituted": "tell what comes instead", "notice.return_approved": "tell that it may come back",
    "notice.credited": "tell what is credited",
}  # fmt: skip
"""What a tag means, in a partner's words."""
ACKNOWLEDGED = {
    "x12-997": "a 997 (or 999)", "http": "an HTTP answer 2xx", "message": "your message",
    "event": "your answer in one of: ",
}  # fmt: skip
