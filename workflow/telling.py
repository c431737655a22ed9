"""settle's other half: instructions and notices as differences to what was already told."""

from __future__ import annotations

from collections.abc import Callable

from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import CustomerNotice, Instruction, NoticeKind, Withdrawn
from milepost.workflow.decision import Decision, Notice, Telling
from milepost.workflow.outbox import state
from milepost.workflow.record import Place, Record, Told

NONE_DUE = "none due"  # the answer to what nobody has to answer
EVERYBODY = "all"


def instruct(record: Record, decision: Decision, place: Place | None) -> list[Told]:
    """Record and return the instructions to send: new or changed ones, and withdrawals of those no longer wanted."""
    given: dict[str, list[Told]] = {}
    for told in record.told.values():
        if told.notice is None:
            given.setdefault(told.chain, []).append(told)
    sent = [t for wanted in decision.tellings if (t := _changed(record, wanted, given, decision, place))]
    wanted_chains = decision.stays.union(t.chain for t in decision.tellings)
    for chain, before in given.items():
        if chain not in wanted_chains and (t := _withdrawal(record, chain, before, decision, place)):
            sent.append(t)
    for one in sent:
        record.told[one.id] = one
    return sent


def _changed(
    record: Record, wanted: Telling, given: dict[str, list[Told]], decision: Decision, place: Place | None
) -> Told | None:
    before = given.get(wanted.chain, [])
    if before and (wanted.once or _stands(record, wanted, before)):
        return None
    id_ = _id(record, wanted, len(before))
    content = Instruction(id=id_, owner=record.key, recipient=wanted.recipient, body=wanted.body,
                          rule=decision.named(wanted.rule), correlation_id=record.key)  # fmt: skip
    unanswered = wanted.once or wanted.recipient == EVERYBODY
    return Told(id_, wanted.chain, content, answer=NONE_DUE if unanswered else "", place=place,
                recipient="" if wanted.once else wanted.recipient, sent_in=record.version)  # fmt: skip


def _stands(record: Record, wanted: Telling, before: list[Told]) -> bool:
    """Say whether the wanted instruction is in force; by its content while that is kept.

    Where its withdrawal was refused it still is: it is not given anew.
    """
    number = len(before) - 1
    while number and before[number].withdraws and before[number].answer == "refused":
        number -= 1
    last = before[number]
    if last.content is not None:
        return last.content.body == wanted.body
    return last.id == _id(record, wanted, number)


def _id(record: Record, wanted: Telling, number: int) -> str:
    """Return the id of the instruction as the ``number``-th of its chain."""
    if number not in wanted.ids:
        wanted.ids[number] = digest(record.key, wanted.chain, wanted.body, number)
    return wanted.ids[number]


def _withdrawal(record: Record, chain: str, before: list[Told], decision: Decision, place: Place | None) -> Told | None:
    """Return the withdrawal of what is in force on a chain, unless it is under way, agreed or was refused for the same
    ``cause``: the cancellation for whose sake it is withdrawn, empty where other grounds have gone."""
    cause, last = decision.asks, next((t for t in reversed(before) if not t.withdraws), None)
    if last is None or not (recipient := _recipient(last)):
        return None
    earlier = [t for t in before if t.withdraws == last.id]
    refused_before = any(t.withdraws and t.answer == "refused" and t.cause == cause for t in before)
    if any(t.answer != "refused" for t in earlier) or (earlier and not cause) or (cause and refused_before):
        return None
    id_ = digest(record.key, chain, "withdraw", last.id, *([len(earlier)] if earlier else []))
    node = chain.rpartition("/")[2] if chain.startswith("wms/") else ""
    rule = "CN1 order cancelled" if cause else "IS9 grounds have gone"
    body = Withdrawn(order_id=record.key, withdraws=last.id, node=node)
    content = Instruction(id=id_, owner=record.key, recipient=recipient, body=body, rule=decision.named(rule),
                          correlation_id=record.key)  # fmt: skip
    answer = NONE_DUE if recipient == EVERYBODY else ""
    return Told(id_, chain, content, answer=answer, withdraws=last.id, place=place, recipient=recipient,
                sent_in=record.version, cause=cause)  # fmt: skip


def _recipient(told: Told) -> str:
    """Return who has to hear that the instruction is withdrawn; nobody, where it was said once.

    Records of schema 1 do not say so: their chains begin with it.
    """
    recipient = told.chain.partition("/")[0]
    return told.recipient or (recipient if recipient in ("wms", "tms") and told.answer != NONE_DUE else "")


def notify(record: Record, decision: Decision, place: Place | None) -> list[Told]:
    """Record and return the customer notices to trigger; of a cancellation only after the partners answered."""
    sent = []
    for notice in decision.notices:
        id_ = _OF_KIND.get(notice.kind, _first)(record, notice)
        if not id_ or id_ in record.told:
            continue
        content = CustomerNotice(id=id_, owner=record.key, kind=notice.kind, customer=notice.customer,
                                 carrier=notice.carrier, shipment=notice.shipment,
                                 line=notice.line, quantity=notice.quantity)  # fmt: skip
        told = Told(id_, notice.chain, notice=content, answer=NONE_DUE, place=place, sent_in=record.version)
        record.told[id_] = told
        sent.append(told)
    return sent


def _first(record: Record, notice: Notice) -> str:
    return digest(record.key, notice.chain)


def _of_cancel(record: Record, notice: Notice) -> str:
    """Return the id of what became of a cancel, empty where the customer knows it: the last word told is the one that
    holds, so that it is told again when it changed back, and a second cancel that ends alike tells nothing new."""
    kinds = [t.notice.kind for t in record.told.values() if t.notice and t.chain.startswith("notice/cancel")]
    if kinds and kinds[-1] == notice.kind:
        return ""
    if notice.kind == "cancelled" and any(not told.answer for told in record.told.values()):
        return ""
    return digest(record.key, notice.chain, len(kinds)) if kinds else _first(record, notice)


def _of_carrier(record: Record, notice: Notice) -> str:
    """Return the id of the word on who carries a shipment, empty where the customer's last word is that carrier."""
    told = [t.notice for t in record.told.values() if t.notice and _OF_KIND.get(t.notice.kind) is _of_carrier]
    mine = [known for known in told if known.shipment == notice.shipment]
    if mine and mine[-1].carrier == notice.carrier:
        return ""
    first = _first(record, notice)
    return digest(record.key, notice.chain, len(mine)) if first in record.told else first


_OF_KIND: dict[NoticeKind, Callable[[Record, Notice], str]] = {
    "cancelled": _of_cancel, "cancel_refused": _of_cancel,
    "carrier_confirmed": _of_carrier, "carrier_changed": _of_carrier,
}  # fmt: skip


def pending(record: Record) -> int:
    """Return how many commands and instructions have no answer yet."""
    told = sum(1 for t in record.told.values() if t.content is not None and not t.answer)
    return told + sum(1 for e in record.outbox.values() if state(e) == "open")
