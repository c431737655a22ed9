"""What lane intake publishes of references: milestones for their targets, and what became of the orphans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from milepost.agents import pointing
from milepost.codecs import canonical, dead_letters
from milepost.codecs.dialects.ids import event_id
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Event
from milepost.contracts.identifiers import digest, part
from milepost.contracts.references import WAY, Counted, Pointed, Reference, Settled, Target
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.topic_table import DEAD_LETTERS, ORDERS_EXCEPTIONS, PARTNER_EVENTS, PARTNER_REFERENCES
from milepost.tables.references import RAISED, Kept, Row
from milepost.tables.snapshots import Step
from milepost.workflow.exception_types import type_of

ORPHAN = "ORPHAN_EVENT"
EVIDENCE_MAX = 10
LANE = "intake"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


def in_order(row: Row, kept: Iterable[Kept]) -> list[tuple[Pointed, Kept]]:
    """Return milestones as they were pointed, in the order in which they happened."""
    return sorted(
        ((_pointed(row, one), one) for one in kept), key=lambda pair: (pair[0].event.occurred_at, pair[1].name)
    )


def bundle(milestones: Iterable[tuple[Pointed, Kept]], target: Target, by: str | None = None) -> list[Output]:
    """Return what ``target`` is told of milestones, once for each way they came, and note in each that it was told.

    ``by``: only by this way; the others it has heard.
    """
    outputs: list[Output] = []
    for milestone, one in milestones:
        heard = [pointing.told(by_way, target) for by_way in _ways(milestone, one) if by in (None, by_way.via)]
        if any(heard):
            outputs += [_published(each, milestone) for each in heard if each is not None]
            outputs += [settled(other, one) for other in milestone.also]
            one.told = True
    return outputs


def _ways(milestone: Pointed, one: Kept) -> list[Pointed]:
    hops = {via: len(via.split(WAY)) if via else 0 for via, _ in one.ways}
    return [milestone, *(msgspec.structs.replace(milestone, via=via, hops=hops[via]) for via in hops)]


def itself(pointed: Pointed) -> Output | None:
    """Return what the load is told that the reference is, if the milestone is a load's."""
    event = pointing.to_itself(pointed)
    return _published(event, pointed) if event is not None else None


def _pointed(row: Row, one: Kept) -> Pointed:
    also = tuple(Reference(kind=kind, issuer=issuer, value=value) for kind, issuer, value in one.also)
    return Pointed(
        reference=reference_of(row), event=canonical.decode(one.event), message=one.message, ordinal=one.ordinal,
        hops=one.hops, also=also, via=one.via,
    )  # fmt: skip


def reference_of(row: Row) -> Reference:
    kind, issuer, value = row.reference
    return Reference(kind=kind, issuer=issuer, value=value)


def _published(heard: Event | Pointed, of: Pointed) -> Output:
    headers = (("source", of.event.source.encode()), ("origin", of.reference.key.encode()))
    if isinstance(heard, Pointed):
        return Output(PARTNER_REFERENCES, heard.reference.key.encode(), _encode(heard), None, headers)
    return Output(PARTNER_EVENTS, heard.owner.encode(), canonical.encode(heard), None, headers)


def settled(reference: Reference, one: Kept) -> Output:
    said = Settled(reference=reference, message=one.message, ordinal=one.ordinal)
    return Output(PARTNER_REFERENCES, reference.key.encode(), _encode(said))


def increase(said: Counted, step: Step) -> Output:
    """Return the milestone of one line's increase. Its names are those of the step, whichever snapshot showed it."""
    name = digest(said.snapshot, step.line, step.before, step.after)
    (line,) = [one for one in said.event.body.lines if one.line == step.line][:1]  # type: ignore[union-attr]
    lines = (msgspec.structs.replace(line, quantity=step.after - step.before),)
    named = {"lines": lines} | ({"receipt": name} if hasattr(said.event.body, "receipt") else {})
    event = msgspec.structs.replace(
        said.event, event_id=event_id(said.snapshot, f"{said.event.owner}/{name}", 0),
        business_key=f"{part(said.event.business_key)}/{name}",
        body=msgspec.structs.replace(said.event.body, **named),
    )  # fmt: skip
    headers = (("source", event.source.encode()), ("origin", said.snapshot.encode()))
    return Output(PARTNER_EVENTS, event.owner.encode(), canonical.encode(event), None, headers)


def overdue(partition: int, key: str, row: Row) -> list[Output]:
    """Return what a tick told of a row: its orphans as an exception; later as dead letters, and the exception's end."""
    if row.phase == RAISED:
        return [_exception(key, row, still_open=True)]
    letters = [_letter(partition, row, one) for one in row.waiting() if one.lettered]
    return [*letters, _exception(key, row, still_open=False)]


def closed(key: str, row: Row) -> Output:
    """Return the end of the exception: somebody said what the reference means."""
    return _exception(key, row, still_open=False)


def orphan_id(key: str, row: Row) -> str:
    """Return the exception's id: that of the first milestone that waits, so that a later wait is another exception."""
    first = row.waiting()[0]
    return digest(ORPHAN, key, *first.name, *([first.again] if first.again else []))


def _exception(key: str, row: Row, *, still_open: bool) -> Output:
    about, waiting = type_of(ORPHAN), row.waiting()
    since_ms = min((one.since_ms for one in waiting), default=0)
    raised = ExceptionRaised(
        id=row.orphan, owner=key, type=ORPHAN, severity=about.severity, queue=about.queue, cause="reference",
        text=_text(row, len(waiting), still_open=still_open), evidence=tuple(o.message for o in waiting[:EVIDENCE_MAX]),
        open=still_open, status="open" if still_open else "resolved", system="TMS",
        until="by itself when any event links it; by a person: milepost link" if still_open else "",
        opened_at=_EPOCH + timedelta(milliseconds=since_ms) if still_open and since_ms else None,
        resolution="" if still_open else "expired" if waiting else "cleared",
    )  # fmt: skip
    return Output(ORDERS_EXCEPTIONS, key.encode(), _encode(raised))


def _text(row: Row, waiting: int, *, still_open: bool) -> str:
    kind, issuer, value = row.reference
    what = f"{kind} {value} of {issuer}"
    if still_open:
        return f"{waiting} milestones carry {what}, and nobody has said what it means"
    return f"{waiting} milestones of {what} went to the dead letters" if waiting else f"what {what} means is known"


def _letter(partition: int, row: Row, one: Kept) -> Output:
    key, pointed = reference_of(row).key.encode(), _pointed(row, one)
    record = Incoming(PARTNER_REFERENCES, partition, one.place, key, _encode(pointed), one.since_ms, ())
    error = DecodeError("unknown_reference", f"nobody has said what {key.decode():.100} means")
    made = dead_letters.dead_letter(record, error, lane=LANE, source=pointed.event.source)
    return Output(DEAD_LETTERS, key, dead_letters.encode(made))
