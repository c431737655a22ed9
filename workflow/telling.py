"""settle's other half: instructions, notices and exceptions as differences to what was already told."""

from __future__ import annotations

import msgspec
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import CustomerNotice, Instruction, Withdrawn
from milepost.contracts.reports import ExceptionRaised
from milepost.workflow.decision import Decision, Problem, Telling
from milepost.workflow.outbox import rejections, state
from milepost.workflow.postings_checked import mended
from milepost.workflow.record import Place, Raised, Record, Told


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


def problems(record: Record, decision: Decision) -> list[Problem]:
    """Return the decision's problems and those of the answers we got: rejections and refusals."""
    found = [p for p in decision.problems if not mended(record, decision, p)]
    for entry in rejections(record, decision):
        found.append(Problem("POSTING_REJECTED", entry.id, "error", "finance-desk", f"{entry.chain}: {entry.text}"))
    for told in {t.chain: t for t in record.told.values()}.values():  # the last word of each chain is the one in force
        if told.answer == "refused":
            found.append(Problem("INSTRUCTION_REFUSED", told.id, "error", "order-desk", f"{told.chain} was refused"))
    if record.failed:
        found.append(Problem("DECISION_FAILED", "decide", "critical", "engineering", record.failed))
    return found


def report(record: Record, found: list[Problem], place: Place | None) -> list[ExceptionRaised]:
    """Record and return the exceptions that opened or closed."""
    current = {exception_id(record.key, p): p for p in found}
    changed = []
    for id_, problem in current.items():
        if id_ not in record.raised or not record.raised[id_].open:
            record.raised[id_] = Raised(problem.type, problem.cause, True, place)
            changed.append(shown(record.key, id_, problem))
    for id_, raised in record.raised.items():
        if raised.open and id_ not in current:
            record.raised[id_] = msgspec.structs.replace(raised, open=False, place=place)
            changed.append(closed(record.key, id_, raised))
    return changed


def exception_id(owner: str, problem: Problem) -> str:
    """Return the id under which an exception opens and closes."""
    return digest(owner, problem.type, problem.cause)


def shown(owner: str, id_: str, problem: Problem) -> ExceptionRaised:
    """Return an open exception as it is published."""
    return ExceptionRaised(id=id_, owner=owner, type=problem.type, severity=problem.severity, queue=problem.queue,
                           cause=problem.cause, text=problem.text[:1000], evidence=problem.evidence)  # fmt: skip


def closed(owner: str, id_: str, raised: Raised) -> ExceptionRaised:
    """Return the news that an exception's cause has gone."""
    return ExceptionRaised(id=id_, owner=owner, type=raised.type, severity="info", queue="none", cause=raised.cause,
                           text="the cause has gone", open=False)  # fmt: skip


def too_large(owner: str, text: str) -> ExceptionRaised:
    """Return the exception of a record at its hard limit: its new facts went to the dead letters."""
    problem = Problem("RECORD_TOO_LARGE", "size", "critical", "engineering", text)
    return shown(owner, exception_id(owner, problem), problem)


def pending(record: Record) -> int:
    """Return how many commands and instructions have no answer yet."""
    told = sum(1 for t in record.told.values() if t.content is not None and not t.answer)
    return told + sum(1 for e in record.outbox.values() if state(e) == "open")
