"""settle's other half: instructions and notices as differences to what was already told."""

from __future__ import annotations

from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import CustomerNotice, Instruction, Withdrawn
from milepost.workflow.decision import Decision, Telling
from milepost.workflow.outbox import state
from milepost.workflow.record import Place, Record, Told


def instruct(record: Record, decision: Decision, place: Place | None) -> list[Told]:
    """Record and return the instructions to send: new or changed ones, and withdrawals of those no longer wanted."""
    given: dict[str, list[Told]] = {}
    for told in record.told.values():
        given.setdefault(told.chain, []).append(told)
    sent = [t for wanted in decision.tellings if (t := _changed(record, wanted, given, place))]
    wanted_chains = {t.chain for t in decision.tellings}
    for chain, before in given.items():
        if chain not in wanted_chains and chain.startswith(("wms/", "tms/")) and not before[-1].withdraws:
            sent.append(_withdrawal(record, chain, before[-1], place))
    for one in sent:
        record.told[one.id] = one
    return sent


def _changed(record: Record, wanted: Telling, given: dict[str, list[Told]], place: Place | None) -> Told | None:
    before = given.get(wanted.chain, [])
    if before and (wanted.once or _same(record, wanted, before[-1], len(before) - 1)):
        return None
    id_ = _id(record, wanted, len(before))
    content = Instruction(id=id_, owner=record.key, recipient=wanted.recipient, body=wanted.body, rule=wanted.rule,
                          correlation_id=record.key)  # fmt: skip
    return Told(id_, wanted.chain, content, answer="none due" if wanted.once else "", place=place)


def _same(record: Record, wanted: Telling, last: Told, number: int) -> bool:
    """Say whether the last instruction of the chain is the wanted one; by its content while that is kept."""
    if last.content is not None:
        return last.content.body == wanted.body
    return last.id == _id(record, wanted, number)


def _id(record: Record, wanted: Telling, number: int) -> str:
    """Return the id of the instruction as the ``number``-th of its chain."""
    if number not in wanted.ids:
        wanted.ids[number] = digest(record.key, wanted.chain, wanted.body, number)
    return wanted.ids[number]


def _withdrawal(record: Record, chain: str, last: Told, place: Place | None) -> Told:
    id_ = digest(record.key, chain, "withdraw", last.id)
    recipient, _, node = chain.partition("/")
    body = Withdrawn(order_id=record.key, withdraws=last.id, node=node if recipient == "wms" else "")
    content = Instruction(id=id_, owner=record.key, recipient=recipient, body=body, rule="IS9 grounds have gone",
                          correlation_id=record.key)  # fmt: skip
    return Told(id_, chain, content, withdraws=last.id, place=place)


def notify(record: Record, decision: Decision, place: Place | None) -> list[Told]:
    """Record and return the customer notices to trigger; of a cancellation only after the partners answered."""
    sent = []
    for notice in decision.notices:
        id_ = digest(record.key, notice.chain)
        if id_ in record.told or (notice.kind == "cancelled" and any(not t.answer for t in record.told.values())):
            continue
        content = CustomerNotice(id=id_, owner=record.key, kind=notice.kind, customer=notice.customer,
                                 carrier=notice.carrier, shipment=notice.shipment,
                                 line=notice.line, quantity=notice.quantity)  # fmt: skip
        told = Told(id_, notice.chain, notice=content, answer="none due", place=place)
        record.told[id_] = told
        sent.append(told)
    return sent


def pending(record: Record) -> int:
    """Return how many commands and instructions have no answer yet."""
    told = sum(1 for t in record.told.values() if t.content is not None and not t.answer)
    return told + sum(1 for e in record.outbox.values() if state(e) == "open")
