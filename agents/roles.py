"""What a source may say on ``partner.events``, by the roles of the dialects that speak as it (S21, S76).

A source that no dialect names says what it likes, as long as its words are a partner's. What breaks the rule is kept as
a dead letter and shown on the order that it was about; nobody's record takes it in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from milepost.codecs.dialects import ownership
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.errors import DecodeError, Reason
from milepost.contracts.events import Event, tag_of
from milepost.contracts.identifiers import ID_MAX_CHARS, digest
from milepost.contracts.reports import ExceptionRaised
from milepost.contracts.wms import Reversed
from milepost.runtime import partner_headers
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS
from milepost.workflow.exception_types import type_of

VIOLATION: Reason = "ownership_violation"
EXCEPTION_TYPE = "OWNERSHIP_VIOLATION"
VALUE_CHARS = 600  # of what was said, in the exception; all of it is in the dead letter
TOLD_OF_SOURCES = frozenset({"data.quality"})
"""What is said of a source under its name, and not by it: findings in its own documents."""


class Speaker(NamedTuple):
    """A source, as the dialects see it that speak as it: their roles, and their names."""

    roles: frozenset[str]
    partners: tuple[str, ...] = ()


Roles = Mapping[str, Speaker]
_encode = msgspec.json.Encoder().encode


class _Words(msgspec.Struct):
    """What can be told of refused bytes."""

    owner: str = ""
    source: str = ""
    business_key: str = ""
    body: msgspec.Raw = msgspec.Raw(b"")


_decode = msgspec.json.Decoder(_Words).decode


class Violation(DecodeError):
    """A source spoke of what is not its own. ``partners``: whose dialects speak as it."""

    def __init__(self, text: str, place: str, partners: tuple[str, ...]) -> None:
        super().__init__(VIOLATION, text, place)
        self.partners = partners


def roles_of(dialects: Dialects) -> Roles:
    """Return the roles of each source that some dialect speaks as; it may say what any of them may."""
    found: dict[str, list[Dialect]] = defaultdict(list)
    for dialect in dialects.partners.values():
        for source in dialect.sources:
            found[source].append(dialect)
    return {
        source: Speaker(frozenset(one.role for one in known), tuple(sorted({one.name for one in known})))
        for source, known in found.items()
    }


def check(event: Event, roles: Roles) -> None:
    """Raise Violation where a source speaks of what is not its own."""
    speaker = roles.get(event.source)
    if speaker is None:
        return
    known, partners = speaker
    tag = tag_of(event.body)
    if isinstance(event.body, Reversed):
        key = event.body.reverses
        if not any(ownership.may_reverse(role, key) for role in known):
            raise Violation(f"{_who(event, known)} take back {key!r:.80}", "$.body.reverses", partners)
    if tag in TOLD_OF_SOURCES or any(ownership.may_say(role, tag) for role in known):
        return
    raise Violation(f"{_who(event, known)} say {tag}", "$.body.type", partners)


def _who(event: Event, known: frozenset[str]) -> str:
    return f"{event.source!r:.80}, a source of role {' or '.join(sorted(known))}, may not"


def shown(record: Incoming, error: DecodeError, value: bytes, source: str) -> list[Output]:
    """Return the exception on the order or load that the bytes name, always the same; none for other errors.

    Its evidence is the place, and by whom it is found and settled: the source, and the partners that speak as it.
    """
    if error.reason != VIOLATION:
        return []
    try:
        words = _decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return []
    if not words.owner:
        return []
    about = type_of(EXCEPTION_TYPE)
    ident = digest(EXCEPTION_TYPE, words.owner, words.source or source, words.business_key, bytes(words.body))
    said = bytes(words.body).decode("utf-8", "replace")[:VALUE_CHARS]
    raised = ExceptionRaised(
        id=ident, owner=words.owner[:ID_MAX_CHARS], type=EXCEPTION_TYPE, severity=about.severity, queue=about.queue,
        cause=(words.business_key or ident)[:ID_MAX_CHARS], text=f"{error.text}: {said}"[:1000],
        evidence=_evidence(record, error, words.source, source), system=about.system, until=about.closes,
    )  # fmt: skip
    return [Output(ORDERS_EXCEPTIONS, raised.owner.encode(), _encode(raised))]


def _evidence(record: Incoming, error: DecodeError, said: str, known: str) -> tuple[str, ...]:
    """The place; the source as the bytes name it, and as it is known; the partners: by their dialects, or whose
    document it is."""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    partners = error.partners if isinstance(error, Violation) else ()
    document = [value.decode("utf-8", "replace") for name, value in record.headers if name == partner_headers.PARTNER]
    named = dict.fromkeys(one[:ID_MAX_CHARS] for one in (said, known, *partners, *document[:1]) if one)
    return place, *named
