"""What one document says, by its dialect: all of it, or a DecodeError that names path and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from milepost.codecs.dialects import keys
from milepost.codecs.dialects.fields import refusal_of
from milepost.codecs.dialects.gathering import Spoken
from milepost.codecs.dialects.ids import event_id, identity, statement_id
from milepost.codecs.dialects.model import Dialect
from milepost.codecs.dialects.owners import Owned, id_of
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.sayings import Saying
from milepost.codecs.dialects.scope import LeftOut, Scope, Seen
from milepost.codecs.dialects.walks import walked
from milepost.codecs.documents import Document, Finding, Plain
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load, load_key
from milepost.contracts.references import UNKNOWN, Counted, Pointed
from milepost.contracts.statements import Statement

SAID_MAX = 20_000  # milestones, statements and links of one document
PLACES_MAX = 10**6
CLOCK_SUSPECT = "CLOCK_SUSPECT"
AHEAD_MAX = timedelta(hours=48)  # a time later than that after we had the message is a wrong clock's
BEHIND_MAX = timedelta(days=400)
FINDINGS_MAX = 100  # texts kept with one statement


class Speaker:
    """Says documents of one message."""

    def __init__(self, dialect: Dialect, message: Message, received: datetime | None) -> None:
        self._dialect, self._message, self._received = dialect, message, received
        self._known: dict[str, Plain] = {
            "partner": dialect.name, "source": dialect.source, "issuer": dialect.issuer, "message": message.id,
            "received": received,
        }  # fmt: skip

    def said_of(self, document: Document, findings: Sequence[Finding], seen: Seen | None) -> Spoken:
        """Return what ``document`` says; DecodeError where a part of it cannot be said: then nothing of it is."""
        scope = Scope(document.fields, {**self._known, "document": document.id}, seen)
        said = _OfDocument(self, document, scope, findings)
        try:
            taken = said.all()
        except (RecursionError, OverflowError) as error:
            raise DecodeError("too_large", f"beyond what can be worked with: {error!r:.100}") from None
        if not taken and not self._ignored(scope, document.kind):
            text = f"no message of {self._dialect.name} takes a document of kind {document.kind:.60}"
            raise DecodeError("unknown_type", text)
        return said.spoken

    def _ignored(self, scope: Scope, kind: str) -> bool:
        ignored: Any = self._dialect.ignored
        return ignored is not None and bool(ignored(scope, kind))

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    @property
    def message(self) -> Message:
        return self._message

    @property
    def received(self) -> datetime | None:
        return self._received


class _OfDocument:
    """The emissions of one document, numbered by their place in it."""

    def __init__(self, speaker: Speaker, document: Document, scope: Scope, findings: Sequence[Finding]) -> None:
        self._speaker, self._document, self._scope, self._findings = speaker, document, scope, findings
        self._dialect = speaker.dialect
        self._identity = ""
        self._place = 0
        self.spoken = Spoken(document=document)

    def all(self) -> bool:
        """Say everything; return whether any message takes the document."""
        taken = False
        for rule in self._dialect.messages:
            if (not rule.kinds or self._document.kind in rule.kinds) and self._applies(rule.applies):
                taken = True
                for saying in rule.sayings:
                    self._say(saying)
        return taken

    def _applies(self, applies: Any) -> bool:
        return bool(applies(self._scope))

    def _say(self, saying: Saying) -> None:
        if saying.walk is None:
            self._say_once(saying)
            return
        for _ in walked(self._scope, saying.walk):
            self._say_once(saying)

    def _say_once(self, saying: Saying) -> None:
        self._place += 1
        if self._place > PLACES_MAX:
            raise DecodeError("too_large", f"more than {PLACES_MAX} emissions")
        if saying.holds is not None and not saying.holds(self._scope):
            return
        try:
            self._emit(saying)
        except LeftOut:
            return
        except DecodeError as error:
            raise DecodeError(error.reason, f"{saying.tag or 'links'}: {error.text}", error.place) from None
        if self._place % 1000 == 0 and self._count() > SAID_MAX:
            raise DecodeError("too_large", f"more than {SAID_MAX} milestones in one document")

    def _count(self) -> int:
        spoken = self.spoken
        return len(spoken.events) + len(spoken.pointed) + len(spoken.linked) + len(spoken.statements)

    def _emit(self, saying: Saying) -> None:
        scope = self._scope
        if saying.category == "instruction":
            self.spoken.instructions.append(self._body(saying, {}))
            return
        at, wrote = self._at(saying)
        if saying.category == "statement":
            self._state(saying, at)
            return
        assert saying.owners is not None
        owned = saying.owners.of(scope)
        if owned is None:
            if saying.category == "links":
                return
            scope.refuse(
                "missing_field", "owner: none of the ids that would say whose it is is there", saying.owners.path
            )
        source = self._source(saying)
        if saying.category == "event":
            self._tell(saying, owned, at, wrote, source)
        for link in saying.links:
            found = link.of(scope, owned.owner, at, source)
            if found is not None:
                self.spoken.linked.append(found)

    def _tell(self, saying: Saying, owned: Owned, at: datetime, wrote: str, source: str) -> None:
        body = self._body(saying, dict.fromkeys(saying.holes, UNKNOWN) if not owned.owner else {})
        if "load" in saying.kind.__struct_fields__ and is_load(owned.owner) and load_key(body.load) != owned.owner:
            raise DecodeError("wrong_key", f"load: {body.load!r:.60} is not the owner {owned.owner!r:.60}", "$")
        key = self._key(saying)
        for event in self._events(owned, at, wrote, source, key, body):
            if saying.snapshot is not None:
                self._count_up(saying, event)
            elif owned.owner:
                self.spoken.events.append(event)
        if not owned.owner:
            self._point(owned, at, wrote, source, key or UNKNOWN, body)

    def _events(self, owned: Owned, at: datetime, wrote: str, source: str, key: str, body: Any) -> Iterator[Event]:
        if owned.owner:
            yield self._event(owned.owner, at, wrote, source, key or keys.key_of(owned.owner, body, at), body)

    def _point(self, owned: Owned, at: datetime, wrote: str, source: str, key: str, body: Any) -> None:
        for reference in owned.references:
            event = self._event(reference.key, at, wrote, source, key, body)
            others = tuple(one for one in owned.references if one is not reference)
            self.spoken.pointed.append(
                Pointed(reference=reference, event=event, message=self._id(), ordinal=self._place, also=others)
            )

    def _event(self, owner: str, at: datetime, wrote: str, source: str, key: str, body: Any) -> Event:
        return Event(
            event_id=event_id(self._id(), owner, self._place),
            business_key=key,
            owner=owner,
            occurred_at=at,
            received_at=self._speaker.received,
            source_time=wrote,
            source=source,
            partner=self._dialect.name,
            correlation_id=owner,
            body=body,
        )

    def _count_up(self, saying: Saying, event: Event) -> None:
        assert saying.snapshot is not None
        name = id_of(self._scope, saying.snapshot)
        if name is None:
            self._scope.refuse("missing_field", "snapshot: nothing names what was counted", saying.snapshot.path)
        snapshot = keys.fitting(f"{self._dialect.name}/{name}")
        self.spoken.counted.append(Counted(snapshot=snapshot, as_of=event.occurred_at, event=event, message=self._id()))

    def _state(self, saying: Saying, at: datetime) -> None:
        body = self._body(saying, {})
        key = self._key(saying) or keys.key_of_statement(body)
        about = [one for one in self._findings if one.document in ("", self._document.id)][:FINDINGS_MAX]
        self.spoken.statements.append(
            Statement(
                id=statement_id(self._id(), self._place),
                key=key,
                partner=self._dialect.name,
                source=self._source(saying),
                stated_at=at,
                received_at=self._speaker.received,
                findings=tuple(f"{one.code}: {one.text}"[:500] for one in about),
                body=body,
            )
        )

    def _body(self, saying: Saying, holes: dict[str, Plain]) -> Any:
        assert saying.body is not None
        self._scope.open = bool(holes)
        try:
            found: Any = saying.body(self._scope)
        except DecodeError as error:
            raise DecodeError(error.reason, f"body.{error.text}", error.place) from None
        for name, unknown in holes.items():
            found.setdefault(name, unknown)
        try:
            return msgspec.convert(found, saying.kind)
        except msgspec.ValidationError as error:
            place = self._scope.frames[-1].place if self._scope.frames else "$"
            raise refusal_of(error, place) from None

    def _at(self, saying: Saying) -> tuple[datetime, str]:
        """The moment, and the text it was read from. A statement without one is of the time we had it."""
        scope, expression = self._scope, saying.at
        at: Any = expression.of(scope) if expression is not None else self._speaker.received
        if at is None and saying.category == "statement":
            at = self._speaker.received or datetime(1970, 1, 1, tzinfo=UTC)
        if at is None:
            path = expression.path if expression is not None else None
            scope.refuse("missing_field", "at: nothing says when it was", path)
        if not isinstance(at, datetime):
            scope.refuse("wrong_type", "at: no moment", expression.path if expression else None)
        self._watch_clock(at, expression.path if expression else None)
        return at, expression.wrote(scope) if expression is not None and expression.wrote is not None else ""

    def _watch_clock(self, at: datetime, path: Any) -> None:
        received = self._speaker.received
        if received is None or -BEHIND_MAX <= at - received <= AHEAD_MAX:
            return
        place = ", ".join(one for one in (self._document.place, self._scope.place(path) if path else "") if one)
        text = f"it says {at.isoformat()}, and came at {received.isoformat()}: its clock may be wrong"
        finding = Finding(CLOCK_SUSPECT, text, place, value=at.isoformat(), document=self._document.id)
        if finding not in self.spoken.findings:
            self.spoken.findings.append(finding)

    def _key(self, saying: Saying) -> str:
        value = saying.key.of(self._scope) if saying.key is not None else None
        return "" if value is None else keys.fitting(str(value))

    def _source(self, saying: Saying) -> str:
        if saying.source is None:
            return self._dialect.source
        found = id_of(self._scope, saying.source) or self._dialect.source
        if found not in self._dialect.sources:
            known = ", ".join(self._dialect.sources)
            self._scope.refuse(
                "ownership_violation", f"source: {found!r:.60} is not one of {known}", saying.source.path
            )
        return found

    def _id(self) -> str:
        if not self._identity:
            self._identity = identity(self._dialect, self._speaker.message, self._document)
        return self._identity
