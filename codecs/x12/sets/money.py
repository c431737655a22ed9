"""The remittance advice (820): what a payment pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.codecs.x12.sets.common import CUR, DTM, IDS, N2, N3, N4, NTE, PER, REF, moments, parties, references
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import Gathered, Slot
from milepost.codecs.x12.sets.tables import flat, loop, many, segment, spread
from milepost.codecs.x12.sets.totals import Sums, Total, added

BPR = segment(
    "BPR",
    "handling:305! amount:782r! flag:478! method:591! format:812 payer_bank_qualifier:506 payer_bank:507 "
    "payer_account_qualifier:569 payer_account:508 originator:509 originator_supplement:510 "
    "payee_bank_qualifier:506 payee_bank:507 payee_account_qualifier:569 payee_account:508 date:373d +",
)
BPS = segment(
    "BPS",
    "method:591! amount:782r! handling:305! payer_bank_qualifier:506 payer_bank:507 payer_account:508 originator:509 "
    "originator_supplement:510 payee_bank_qualifier:506 payee_bank:507 payee_account:508 date:373d settled_on:373d",
)
TRN = segment("TRN", "trace_type:481! trace:127! trace_originator:509 trace_reference:127")
ENT = segment(
    "ENT",
    "entity:554n# entity_role:98 entity_id_qualifier:66 entity_id:67 related_role:98 related_id_qualifier:66 "
    "related_id:67 entity_reference_qualifier:128 entity_reference:127",
)
NM1 = segment(
    "NM1",
    "role:98! type:1065! name:1035 first_name:1036 middle_name:1037 prefix:1038 suffix:1039 id_qualifier:66 id:67 +",
)
RMR = segment(
    "RMR",
    "qualifier:128 invoice:127 action:482 paid:782r invoiced:782r discount:782r adjustment_reason:426 adjustment:782r",
)
ADX = segment("ADX", "amount:782r! reason:426! qualifier:128 value:127")
IT1 = segment("IT1", f"number:350 quantity:358r unit:355 price:212r price_basis:639 {IDS}*10")

# Before 003030 there is neither ENT nor RMR: N1 loops of buyer's choice with an RMT each, in a loop of loops.
N1_OLD = segment("N1", "role:98! number:93 id_qualifier:66 id:67")
RMT = segment(
    "RMT",
    "qualifier:128! invoice:127! invoiced:782r subject_to_discount:782r paid:782r discount:782r third_amount:782r "
    "fourth_amount:782r adjustment_reason:426 text:352",
)
RMT_LINE = segment(
    "RMT",
    "qualifier:128! value:127! amount:782r second_amount:782r third_amount:782r fourth_amount:782r fifth_amount:782r "
    "sixth_amount:782r adjustment_reason:426 text:352",
)

_OLD = loop(
    "payments",
    N1_OLD,
    flat(RMT),
    references(REF),
    moments(DTM),
    loop("lines", N1_OLD, flat(RMT_LINE), references(REF), moments(DTM), only=(1, "LI")),
    only=(1, "HH"),
    written=False,
)


def _adjustments(name: str) -> Slot:
    return loop(name, ADX, many("notes", NTE), many("contacts", PER), moments(DTM), references(REF))


def _paid(fields: Mapping[str, Any]) -> Sums:
    """BPR-02 is what is paid of each item, and what adjusts the payment as a whole."""
    payments = fields.get("payments") or ()
    whole: dict[int, Any] = {id(a): a for p in payments for a in p.get("entity_adjustments") or ()}
    paid = [payment.get("paid") or payment.get("invoiced") for payment in payments if "invoice" in payment]
    return added([*paid, *(a.get("amount") for a in whole.values())])


REMITTANCE = SetGrammar(
    "820",
    "RA",
    "Payment order and remittance advice: what a payment pays, and what it leaves out",
    (
        Slot("flat", (BPR, BPS), must=True),
        many("notes", NTE),
        flat(TRN),
        flat(CUR),
        references(REF),
        moments(DTM),
        parties(references(REF), moments(DTM), contacts=PER, most=1000),
        flat(segment("LS", "section:447!")),
        _OLD,
        flat(segment("LE", "section_end:447!")),
        spread(
            "payments",
            ENT,
            loop("persons", NM1, many("more_names", N2), flat(N3), flat(N4), references(REF), many("contacts", PER)),
            _adjustments("entity_adjustments"),
            loop(
                "payments",
                RMR,
                many("notes", NTE),
                references(REF),
                moments(DTM),
                loop("lines", IT1, references(REF), moments(DTM)),
                _adjustments("adjustments"),
            ),
            gathered=Gathered("entity_adjustments", alike=False),  # two that say the same are two
        ),
    ),
    "RDM TXP TXI DED LX NM1 G53 AIN QTY DTP PEN AMT INV N9 EMS ATN PYD RYL LOC PID PCT ASM SAC SLN",
    (Total("amount", "BPR", 2, 782, _paid),),
)
