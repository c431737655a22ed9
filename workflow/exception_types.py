"""Every type of exception there is: how grave, whose move, where it has to be put right, and how it closes.

One table, on which the code runs and from which people read. A rule may give its own severity and queue where it
knows better; the responsible system, the meaning and the ways to close are those of the table.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from milepost.contracts.reports import Severity

System = Literal["ERP", "WMS", "TMS", "people", "milepost"]


class ExceptionType(NamedTuple):
    """``closes``: by itself when ...; or by a person's word. ``steps``: what a person skips to end it."""

    severity: Severity
    queue: str
    system: System
    means: str
    closes: str
    steps: tuple[str, ...] = ()

    @property
    def releasable(self) -> bool:
        """Say whether a person's release of the cause ends it."""
        return "release" in self.closes.partition("person's")[2]


_RELEASE = "by a person's release naming its cause"
_BY_HAND = "by a person: milepost "
_OUTBOX = _BY_HAND + "outbox retry, or milepost outbox settle"
_DATA = "by itself when the order is sent with known data, or cancelled"
_DEPARTED, _SAID, _POD = "milestone/departed", "deadline/milestone", "milestone/delivered"
_AGREE = "by itself when late facts make the quantities agree; " + _RELEASE
_SHORT = "by itself when the site reports the units; by a person's decision or release of the short pick"
_COUNTED: tuple[tuple[str, System, str], ...] = (
    ("OVER_CANCELLED", "WMS", "cancelled, substituted or back-ordered than ordered"),
    ("OVER_ALLOCATED", "WMS", "allocated than ordered"), ("OVER_PICKED", "WMS", "picked than there was to pick"),
    ("OVER_PACKED", "WMS", "packed than picked"), ("OVER_LOADED", "WMS", "loaded than packed"),
    ("OVER_DELIVERED", "TMS", "delivered, refused or lost than shipped"),
    ("OVER_RETURNED", "WMS", "returned than delivered or refused"),
)  # fmt: skip
_T = ExceptionType
NOT_REOPENED = "ORDER_NOT_REOPENED"

TABLE: dict[str, ExceptionType] = {
    # facts that contradict each other or the master data
    "CONFLICT": _T("error", "data-steward", "people", "two payloads under one business key",
                   "by a person's resolution naming the payload that counts"),
    "DATA_QUALITY": _T("info", "data-steward", "milepost", "a source sent a value that could not be read",
                       _RELEASE + "; of a partner's messages by a person: milepost partner settle"),
    "ORPHAN_EVENT": _T("error", "order-desk", "ERP", "facts of an owner that nobody released or planned",
                       "by itself with the release or plan; by a person's link", ("deadline/orphan",)),
    "UNKNOWN_CUSTOMER": _T("error", "master-data", "ERP", "the customer is not in the master data", _DATA),
    "UNKNOWN_SITE": _T("error", "master-data", "ERP", "a site is not in the master data", _DATA),
    "UNKNOWN_ITEM": _T("error", "master-data", "ERP", "an item is not in the master data", _DATA),
    "UNKNOWN_SUPPLIER": _T("error", "master-data", "ERP", "the supplier is not in the master data", _DATA),
    "AMOUNT_TOO_LARGE": _T("error", "master-data", "ERP", "the lines come to more than any document may", _DATA),
    "TRANSPORT_MODE": _T("error", "master-data", "ERP", "the mode of transport is not offered", _DATA),
    "TRANSPORT_WEIGHT": _T("error", "master-data", "ERP", "too heavy for the mode of transport", _DATA),
    "NO_SINGLE_NODE": _T("error", "order-desk", "ERP", "no site stocks all items of the order",
                         "by itself when an amendment names one; " + _RELEASE),
    "ORDER_KINDS_MIXED": _T("error", "order-desk", "ERP", "released both as goods going out and as goods coming in",
                            "by itself when one of the releases is resolved away; " + _RELEASE),
    "INVALID_AMENDMENT": _T("error", "order-desk", "ERP", "a change of the order that does not stand",
                            "by itself with a later valid version; " + _RELEASE),
    "CURRENCY_CHANGED": _T("error", "order-desk", "ERP", "released again in another currency; the first one stands",
                           "by itself with a later release in the first currency; " + _RELEASE),
    # shortages and quantities
    "SHORT_PICK": _T("warning", "warehouse-desk", "people", "less was picked than ordered; financial posting waits",
                     _SHORT),
    "SHORTAGE_ESCALATED": _T("error", "order-desk", "people", "a shortage has waited longer than its time box",
                             _SHORT, ("deadline/shortage",)),
    "SHORTAGE_UNDECIDABLE": _T("warning", "order-desk", "people", "no site or item is found for a shortage",
                               _SHORT),
    "OVER_SHIPPED": _T("warning", "warehouse-desk", "WMS", "more was shipped than the order allows",
                       "by itself when the quantities agree; " + _RELEASE),
    **{name: _T("warning", "warehouse-desk", system, f"more {what}", _AGREE) for name, system, what in _COUNTED},
    "SHIPPED_INCOMPLETE": _T("warning", "warehouse-desk", "WMS", "shipped in parts though all was to go at once",
                             "by itself when the rest has left; " + _RELEASE),
    "PARTIAL_LINE_SHIPPED": _T("warning", "warehouse-desk", "WMS", "a line was shipped in parts",
                               "by itself when the rest has left; " + _RELEASE),
    "SHIPPED_FROM_SEVERAL_NODES": _T("warning", "warehouse-desk", "WMS", "shipped from more than one site",
                                     "by itself when a departure is reversed; " + _RELEASE),
    # carriers
    "TENDER_UNANSWERED": _T("warning", "transport-desk", "TMS", "the carrier has not answered in time",
                            "by itself with its answer or the next tender", ("deadline/tender",)),
    "STALE_ANSWER": _T("info", "transport-desk", "TMS", "an answer to an offer that no longer stood",
                       "by itself with the next plan; " + _RELEASE),
    "NO_CARRIER": _T("error", "transport-desk", "TMS", "all carriers were asked, none accepted",
                     "by itself with an acceptance; " + _RELEASE),
    "CARRIER_UNCONFIRMED": _T("error", "transport-desk", "TMS", "goods left without a confirmed carrier",
                              "by itself with an acceptance; " + _RELEASE),
    "SHIPPED_PROVISIONALLY": _T("info", "transport-desk", "TMS", "left at the contract rate, no carrier confirmed",
                                "by itself with an acceptance; " + _RELEASE),
    "CARRIER_REJECTED_LATE": _T("error", "transport-desk", "TMS", "the carrier declined after the goods had left",
                                "by itself with an acceptance; " + _RELEASE),
    "PROVISIONAL_VALUE": _T("warning", "finance-desk", "people", "goods worth more than may leave unconfirmed",
                            "by itself with an acceptance; by a person's release naming provisional/LOAD"),
    "SPLIT_FALLBACK": _T("info", "finance-desk", "ERP", "freight split equally for want of weights or values",
                         "by itself when the basis is known or the pick-up is taken back; " + _RELEASE),
    # cancellation
    "CANCEL_REFUSED": _T("warning", "order-desk", "people", "too late to cancel: goods left, or the site is too far",
                         "by itself when the departure is reversed; " + _RELEASE),
    "CANCEL_REFUSED_BY_SITE": _T("warning", "order-desk", "WMS", "the site does not take the cancellation",
                                 "by itself when the goods leave, or with a new cancellation; " + _RELEASE),
    "CANCEL_UNANSWERED": _T("warning", "warehouse-desk", "WMS", "asked to cancel, a partner does not answer",
                            "by itself with the answer; " + _RELEASE, ("deadline/cancel",)),
    "CANCEL_REVIVED": _T("warning", "order-desk", "people", "the departure was reversed, so the cancel stands again",
                         "by itself when the goods leave again, or with a new cancellation; " + _RELEASE),
    # deliveries and returns
    "DELIVERY_EXCEPTION": _T("warning", "customer-desk", "TMS", "refused, short, damaged, lost or wrong goods",
                             "by a person's release of the carrier's report"),
    "EXCEPTION_EXCEEDS": _T("warning", "customer-desk", "TMS", "more was reported missing than was shipped",
                            "by itself when the quantities agree; " + _RELEASE),
    "POD_SHORT": _T("warning", "customer-desk", "TMS", "the proof of delivery states less than was shipped",
                    "by itself when the exceptions explain it; " + _RELEASE),
    "POD_MISSING": _T("warning", "transport-desk", "TMS", "departed, and no proof of delivery",
                      "by itself with the proof", (_POD, "deadline/pod")),
    "DAMAGE_TO_REPLACE": _T("warning", "customer-desk", "people", "damaged goods the customer is owed again", _RELEASE),
    "RETURN_UNKNOWN": _T("error", "returns-desk", "WMS", "goods came back of a shipment that never left",
                         "by itself when the departure is known; " + _RELEASE),
    "RETURN_EXCEEDS": _T("error", "returns-desk", "WMS", "more came back than can",
                         "by itself when the quantities agree; by a person's override; " + _RELEASE),
    "RETURN_UNANNOUNCED": _T("info", "returns-desk", "WMS", "goods came back that nobody announced",
                             "by itself with the request; " + _RELEASE),
    "RETURN_UNAPPROVED": _T("warning", "returns-desk", "people", "a return's credit waits for approval",
                            "by a person's approval naming the return"),
    # inbound
    "RECEIPT_TWICE": _T("warning", "warehouse-desk", "WMS", "one receipt under two keys",
                        "by itself when one is reversed; " + _RELEASE),
    "MIS_RECEIPT": _T("warning", "warehouse-desk", "WMS", "received what the order does not have",
                      "by itself when the order has the line; " + _RELEASE),
    "OVER_RECEIPT": _T("warning", "warehouse-desk", "WMS", "received more than is taken without asking",
                       "by itself when the order is raised; by a person's override or release"),
    "RECEIPT_CONDITION": _T("warning", "warehouse-desk", "people", "received damaged, short, over, on hold or rejected",
                            "by itself when the receipt is reversed; " + _RELEASE),
    "RECEIPT_OVERDUE": _T("warning", "warehouse-desk", "WMS", "expected goods were not received",
                          "by itself with the receipt", ("milestone/received", "deadline/inbound")),
    # milestones and answers
    "SHIP_CONFIRM_LATE": _T("warning", "warehouse-desk", "WMS", "loaded, and no departure reported",
                            "by itself with the departure", (_DEPARTED, "deadline/ship_confirm")),
    "MISSING_MILESTONE": _T("warning", "warehouse-desk", "WMS", "a milestone that should have been reported",
                            "by itself with the report", (_DEPARTED, "milestone/allocated", _SAID)),
    "ERP_SILENT": _T("error", "finance-desk", "ERP", "a command has no answer in time",
                     "by itself with the receipt", ("deadline/receipt",)),
    "INSTRUCTION_UNANSWERED": _T("warning", "order-desk", "people", "a partner has not answered an instruction",
                                 "by itself with the answer", ("deadline/answer",)),
    "INSTRUCTION_REFUSED": _T("error", "order-desk", "people", "a partner refused an instruction",
                              "by itself when the instruction changes or is no longer wanted; " + _RELEASE),
    "ANSWER_MISDIRECTED": _T("error", "order-desk", "people",
                             "an answer came by a control number that does not mean the instruction it answered",
                             "by itself when that link stands again; " + _RELEASE),
    # what goes out to partners
    "DELIVERY_FAILED": _T("error", "integration", "milepost", "an instruction cannot be written for its partner",
                          _OUTBOX + "; after the dialect or its table is mended, or when it was told otherwise"),
    "DELIVERY_REFUSED": _T("error", "integration", "people", "a partner's system does not take an instruction",
                           "by itself with the partner's acknowledgement; " + _OUTBOX),
    "DELIVERY_UNKNOWN": _T("error", "integration", "people",
                           "nobody can say whether a partner has an instruction, and sending it again may double it",
                           "by itself with the partner's acknowledgement; " + _OUTBOX),
    "DELIVERY_UNACKNOWLEDGED": _T("warning", "integration", "people",
                                  "a partner has not acknowledged an instruction in time",
                                  "by itself with the acknowledgement; " + _OUTBOX),
    # postings
    "POSTING_REJECTED": _T("error", "finance-desk", "ERP", "the ERP rejected a document",
                           "by a person's retry that succeeds, or a skip of its chain; "
                           "by itself when it is no longer wanted"),
    "COMPENSATION_FAILED": _T("critical", "finance-desk", "ERP", "the ERP rejected a reversal again and again",
                              "by a person's retry that succeeds, or a skip of its chain; "
                              "by itself when it is no longer wanted"),
    "POSTING_MISSING": _T("critical", "finance-desk", "ERP", "the ERP lacks the document of an accepted posting",
                          _RELEASE),
    "POSTING_TWICE": _T("critical", "finance-desk", "ERP", "several documents under one reference",
                        "by itself when the extra ones are reversed; " + _RELEASE),
    "POSTING_DIFFERS": _T("critical", "finance-desk", "ERP", "the ERP's document has another amount", _RELEASE),
    "CREDIT_BLOCK": _T("warning", "credit-desk", "ERP",
                       "the customer's credit is blocked; the invoice waits, nothing else does",
                       "by itself when the ERP clears the credit; " + _RELEASE),
    # persons
    "MANUAL": _T("info", "order-desk", "people", "held by a person", _RELEASE),
    "OVERRIDE_BEYOND_LIMIT": _T("warning", "finance-desk", "people", "an override beyond its actor's limit",
                                "by another person's approval; " + _RELEASE),
    "COMPENSATED": _T("info", "finance-desk", "people", "postings undone on a person's order", _RELEASE),
    "CONTROL_UNKNOWN": _T("info", "order-desk", "people", "a person's word names what is not there",
                          "by itself when it is there; " + _RELEASE),
    # partners' messages
    "UNMAPPED_STATUS": _T("error", "integration", "milepost", "a partner's status has no meaning in its dialect",
                          _BY_HAND + "partner settle, when it has one and milepost dead-letters redrive has sent "
                          "its letters again"),
    "OWNERSHIP_VIOLATION": _T("error", "integration", "people", "a source spoke of what another system owns",
                              _BY_HAND + "partner settle, when the source or its role is mended"),
    "WEBHOOK_GAP": _T("warning", "integration", "people",
                      "a partner is silent, or messages of its sequence are missing",
                      "by itself when it is heard again, what is missing comes, or its list was polled; "
                      + _BY_HAND + "partner settle"),
    "SOURCE_PAUSED": _T("critical", "integration", "people",
                        "a source sent too much that cannot be read: its messages are parked",
                        _BY_HAND + "resume, when its cause is mended"),
    # Milepost itself
    "DECISION_DRIFT": _T("critical", "release-manager", "milepost",
                         "new code or policy decides otherwise on old facts",
                         "by itself when what decided before is back in time; " + _RELEASE),
    "POLICY_UNKNOWN": _T("error", "release-manager", "milepost", "ordered to follow a policy that is not there",
                         "by itself when a deployment brings it; " + _RELEASE),
    "DECISION_FAILED": _T("critical", "engineering", "milepost", "nothing can be decided; what was decided stands",
                          "by itself with the next decision that can be made"),
    "RECORD_TOO_LARGE": _T("critical", "engineering", "milepost", "the record is full; new facts went to dead letters",
                           "by a person, who moves the facts; shown once"),
    NOT_REOPENED: _T("critical", "engineering", "milepost",
                     "news of a closed order waits: the journal no longer has all of its facts",
                     "by itself when the journal is back and a person reprocesses the order"),
}  # fmt: skip

UNLISTED = ExceptionType("error", "engineering", "milepost", "a type that is not in the table", "with its cause")


def type_of(name: str) -> ExceptionType:
    """Return the row of a type; a plain one for a type that a later version knew."""
    return TABLE.get(name, UNLISTED)
