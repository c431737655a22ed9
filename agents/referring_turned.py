"""A link that is taken back, or stands again: whoever heard of milestones by it hears of that.

Nothing that was told has to be found again. Each event names the links by which it came; the word on a link is a fact
of whoever heard by it, and what came by a link that does not stand does not count (workflow/standing_links.py).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from milepost.agents import pointing
from milepost.agents import referring_told as told
from milepost.codecs import canonical
from milepost.contracts.controls import LinkStands
from milepost.contracts.events import Event
from milepost.contracts.identifiers import LOAD_PREFIX, digest, is_load
from milepost.contracts.references import (
    ISSUER_OWN,
    Asked,
    Linked,
    Reference,
    Target,
    Turned,
    link_name,
)
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.topic_table import ORDERS_CONTROLS, PARTNER_REFERENCES
from milepost.tables import references as rows
from milepost.tables import references_told as progress
from milepost.tables.references import Row, Word

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


def turned(record: Incoming, said: Linked, row: Row, now_ms: int) -> list[Output]:
    """Return what follows where a word that was news changed whether its link stands: the target is told.

    A milestone that only those heard who are no longer meant waits again, from ``now_ms`` on. By way of another id that
    it carries somebody may have heard it who is: those are asked.
    """
    key = rows.key_of(said.target)
    meant = row.targets.get(key)
    stands = meant is not None and row.stands(meant)
    outputs: list[Output] = []
    if meant is not None and progress.turned(row, meant):
        outputs += _word(told.reference_of(row), said.target, meant.word)
        outputs += _settled(row, said.target) if stands else []
        meant.places = (*meant.places, record.offset)[-rows.PLACES_MAX :]
    if row.kept and not stands:
        _waiting_again(row, now_ms)
        outputs += _asking(row)
    return outputs


def again(record: Incoming, row: Row) -> list[Output]:
    """Return what was told at this very place, whose outputs may have been lost."""
    keys = sorted(key for key, meant in row.targets.items() if record.offset in meant.places)
    if not keys:
        return []
    outputs, milestones = _asking(row), told.in_order(row, row.kept)
    for key in keys:
        target = rows.target_of(key)
        outputs += told.bundle(milestones, target) if row.stands(row.targets[key]) else []
        outputs += words(row, target)
    return outputs


def words(row: Row, target: Target) -> list[Output]:
    """Return what is known of the links by which milestones come to ``target``: that to it, and those before."""
    heard = row.targets[rows.key_of(target)].heard
    mine = _word(told.reference_of(row), target, heard) if heard is not None else []
    return [*mine, *(_passed_on(canonical.decode(event), target) for event, _ in row.words.values())]


def heard_of(record: Incoming, said: Turned, row: Row) -> tuple[list[Output], bool]:
    """Take in a word on a link by which milestones were sent on to here, and pass it on to whoever was told them."""
    assert isinstance(said.event.body, LinkStands)
    link = said.event.body.link
    event, place = row.words.get(link, (b"", rows.NOWHERE))
    news = not event or _rank(said.event) > _rank(canonical.decode(event))
    if news:
        row.words[link] = canonical.encode(said.event), record.offset
    elif place != record.offset:
        return [], False
    hearers = sorted(key for key, meant in row.targets.items() if meant.upto)
    return [_passed_on(said.event, rows.target_of(key)) for key in hearers], news


def answered(said: Asked, row: Row) -> list[Output]:
    """Return that a milestone was told by way of this reference, if it was, to somebody who is still meant."""
    name = said.message, said.ordinal
    kept = [one for one in row.kept if one.name == name and one.told]
    return [told.settled(said.by, one) for one in kept if _heard(row, one)]


def _word(reference: Reference, target: Target, said: Word) -> list[Output]:
    version, moment, stands, source, actor, reason = said
    body = LinkStands(
        link=link_name(reference, target), reference=reference.key, stands=stands, version=version,
        shipment=target.shipment, instruction=target.instruction, actor=actor, reason=reason,
    )  # fmt: skip
    at, key = _EPOCH + timedelta(microseconds=moment), f"link/{body.link}/{digest(said)}"
    event = Event(event_id=key, business_key=key, owner=target.owner, occurred_at=at, source=source,
                  partner="milepost", body=body)  # fmt: skip
    outputs = [_passed_on(event, target)]
    if is_load(target.owner):  # to whose orders milestones were sent on by way of the load's own reference
        load = Reference(kind="load", issuer=ISSUER_OWN, value=target.owner.removeprefix(LOAD_PREFIX))
        said_on = Turned(reference=load, event=msgspec.structs.replace(event, owner=load.key))
        outputs.append(Output(PARTNER_REFERENCES, load.key.encode(), _encode(said_on)))
    return outputs


def _passed_on(event: Event, target: Target) -> Output:
    """Milepost's own word: it goes to the target past the gate, which is for partners' words."""
    mine = msgspec.structs.replace(event, owner=target.owner)
    return Output(ORDERS_CONTROLS, target.owner.encode(), canonical.encode(mine))


def _settled(row: Row, target: Target) -> list[Output]:
    """Wait no longer for what ``target`` was told before and is meant by again."""
    outputs: list[Output] = []
    for milestone, one in told.in_order(row, row.kept):
        if pointing.told(milestone, target) is not None:
            one.told = True
            outputs += [told.settled(other, one) for other in milestone.also]
    return outputs


def _waiting_again(row: Row, now_ms: int) -> None:
    for one in row.kept:
        if one.told and not _heard(row, one):
            one.told, one.since_ms, one.again = False, now_ms, one.again + 1


def _asking(row: Row) -> list[Output]:
    by = told.reference_of(row)
    return [
        Output(PARTNER_REFERENCES, other.key.encode(),
               _encode(Asked(reference=other, message=one.message, ordinal=one.ordinal, by=by)))
        for milestone, one in told.in_order(row, row.waiting()) for other in milestone.also
    ]  # fmt: skip


def _heard(row: Row, one: rows.Kept) -> bool:
    ((milestone, _),) = told.in_order(row, [one])
    return any(pointing.told(milestone, rows.target_of(key)) is not None for key in row.standing())


def _rank(event: Event) -> tuple[int, datetime, bool]:
    assert isinstance(event.body, LinkStands)
    return event.body.version, event.occurred_at, event.body.stands
