"""How long things took, from the broker's own records: a milestone to its journal entry, a command to its receipt.

Both ends are times that producers wrote into their records, on one machine; so nothing has to be watched while it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

import msgspec
from milepost.codecs.canonical import decode as decode_event
from milepost.commands.topic_reading import read_to_end
from milepost.contracts.postings import PostingAnswered
from milepost.runtime.topic_table import (
    ERP_COMMANDS,
    ERP_COMMANDS_RECONCILIATION,
    ERP_RECEIPTS,
    ORDERS_JOURNAL,
    PARTNER_EVENTS,
)

SAMPLED: Final = 4
"""Of the milestones every so many-th by its place in the partition."""


class Delay(NamedTuple):
    """When something began (seconds since the soak did), and how long it took."""

    at_s: float
    took_s: float


class _Named(msgspec.Struct):
    event_id: str = ""


class _Entry(msgspec.Struct):
    facts: tuple[_Named, ...] = ()


class _Command(msgspec.Struct):
    id: str
    attempt: int = 0


_named, _entry = msgspec.json.Decoder(_Named).decode, msgspec.json.Decoder(_Entry).decode
_command = msgspec.json.Decoder(_Command).decode


async def to_journal(bootstrap: str, began: float) -> list[Delay]:
    """From a partner's message to the journal entry of its fact. ``began``: Unix seconds of nought.

    Of a message that came several times the first counts. A fact that no entry names was refused, or was known."""
    sent: dict[str, int] = {}
    async with aclosing(read_to_end(bootstrap, [PARTNER_EVENTS])) as told:
        async for one in told:
            if one.offset % SAMPLED == 0 and (name := _named(one.value or b"{}").event_id):
                sent[name] = min(one.timestamp_ms, sent.get(name, one.timestamp_ms))
    written: dict[str, int] = {}
    async with aclosing(read_to_end(bootstrap, [ORDERS_JOURNAL])) as told:
        async for one in told:
            for fact in _entry(one.value or b"{}").facts:
                if fact.event_id in sent:
                    written.setdefault(fact.event_id, one.timestamp_ms)
    return _delays(((at, written[name]) for name, at in sent.items() if name in written), began)


async def to_receipt(bootstrap: str, began: float) -> dict[str, list[Delay]]:
    """From a posting command to the ERP's first answer as a receipt, by priority."""
    asked: dict[tuple[str, int], int] = {}
    async with aclosing(read_to_end(bootstrap, [ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION])) as told:
        async for one in told:
            if one.value is not None:
                command = _command(one.value)
                asked.setdefault((command.id, command.attempt), one.timestamp_ms)
    answered: dict[tuple[str, int], tuple[int, str]] = {}
    async with aclosing(read_to_end(bootstrap, [ERP_RECEIPTS])) as told:
        async for one in told:
            body = decode_event(one.value or b"").body
            if isinstance(body, PostingAnswered):
                name = body.command.id, body.command.attempt
                answered.setdefault(name, (one.timestamp_ms, body.command.priority))
    pairs: dict[str, list[tuple[int, int]]] = {}
    for name, (at, priority) in answered.items():
        if name in asked:
            pairs.setdefault(priority, []).append((asked[name], at))
    return {priority: _delays(found, began) for priority, found in pairs.items()}


def _delays(pairs: Iterable[tuple[int, int]], began: float) -> list[Delay]:
    return sorted(Delay(first / 1000 - began, max(0, last - first) / 1000) for first, last in pairs)


def within(delays: Sequence[Delay], since_s: float, until_s: float) -> list[float]:
    """How long those took that began then, the shortest first."""
    return sorted(one.took_s for one in delays if since_s <= one.at_s < until_s)


def quantile(ascending: Sequence[float], part: float) -> float:
    """The value that such a part of all does not exceed; NaN of nothing."""
    if not ascending:
        return float("nan")
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))]
