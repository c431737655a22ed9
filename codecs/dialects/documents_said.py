"""What one document says, by its dialect: all of it, or a DecodeError that names path and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
from milepost.codecs.dialects import keys
from milepost.codecs.dialects.compiling import Expression
from milepost.codecs.dialects.fields import refusal_of
from milepost.codecs.dialects.gathering import Spoken
from milepost.codecs.dialects.ids import identity
from milepost.codecs.dialects.model import Dialect
from milepost.codecs.dialects.owners import Owned, id_of
from milepost.codecs.dialects.paths import Path
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.sayings import Saying
from milepost.codecs.dialects.scope import LeftOut, Scope, Seen
from milepost.codecs.dialects.telling import Emission, Teller
from milepost.codecs.dialects.walks import walked
from milepost.codecs.documents import Document, Finding, Plain
from milepost.codecs.errors import DecodeError
from milepost.contracts.identifiers import ID_MAX_CHARS, LOAD_PREFIX, digest, is_load, load_key
from milepost.contracts.references import SNAPSHOT, UNKNOWN, Counted
from milepost.contracts.tms import Returned
from milepost.contracts.wms import Allocated, InventoryAdjusted, PickConfirmed, PickShort, ReturnInspected

SAID_MAX = 20_000  # milestones, counts, statements and links of one document
CLOCK_SUSPECT = "CLOCK_SUSPECT"
SAYS_NOTHING = "says_nothing"
SAID_TWICE = "said_twice"
COUNTED = (PickConfirmed, PickShort, Allocated, ReturnInspected, InventoryAdjusted, Returned)  # their quantities add up
AHEAD_MAX = timedelta(hours=48)  # a time later than that after we had the message is a wrong clock's
BEHIND_MAX = timedelta(days=400)
CLOCKS_MAX = 10  # times of one document that are told to be suspect
FINDINGS_MAX = 100  # texts kept with one statement
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Speaker:
    """Says documents of one message."""

    def __init__(self, dialect: Dialect, message: Message, received: datetime | None) -> None:
        self.dialect, self.message, self.received = dialect, message, received
        self.teller = Teller(dialect, received)
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
            text = f"no message of {self.dialect.name} takes a document of kind {document.kind:.60}"
            raise DecodeError("unknown_type", text)
        if taken and not (said.count() or said.spoken.instructions or scope.ignored):
            said.spoken.findings.append(_silent(document))
        said.spoken.findings += _twice(said.spoken, document)
        return said.spoken

    def _ignored(self, scope: Scope, kind: str) -> bool:
        ignored: Any = self.dialect.ignored
        return ignored is not None and bool(ignored(scope, kind))


class _Head(NamedTuple):
    """Of an emission: whose it is, when it was, the text that is read from, who reports it."""

    owned: Owned | None
    at: datetime
    wrote: str
    source: str


class _OfDocument:
    """The emissions of one document, numbered by their place in it."""

    def __init__(self, speaker: Speaker, document: Document, scope: Scope, findings: Sequence[Finding]) -> None:
        self._speaker, self._document, self._scope, self._findings = speaker, document, scope, findings
        self._place = 0
        self._heads: dict[str, _Head] = {}
        self.spoken = Spoken(document=document)

    def all(self) -> bool:
        """Say everything; return whether any message takes the document."""
        taken = ignored = False
        for rule in self._speaker.dialect.choose(self._scope, self._document.kind):
            if rule.applies(self._scope):
                taken, self._scope.ignored = True, ignored
                for saying in rule.sayings:
                    self._say(saying)
                ignored = self._scope.ignored
        self._scope.ignored = ignored  # what keeps another message from taking it says nothing of what was to be said
        return taken

    def _say(self, saying: Saying) -> None:
        if saying.walk is None:
            self._noted(self._say_once(saying))
            return
        for _ in walked(self._scope, saying.walk):
            self._noted(self._say_once(saying))

    def _noted(self, said: bool) -> None:
        seen, frames = self._scope.seen, self._scope.frames
        if seen is not None:
            place = frames[-1].place if frames else "$"
            seen.passed[place] = None
            if said:
                seen.spoke.add(place)

    def _say_once(self, saying: Saying) -> bool:
        self._place += 1
        if saying.holds is not None and not saying.holds(self._scope):
            return False
        try:
            self._emit(saying)
        except LeftOut:
            return False
        except DecodeError as error:
            raise DecodeError(error.reason, f"{saying.tag or 'links'}: {error.text}", error.place) from None
        if self.count() > SAID_MAX:
            raise DecodeError("too_large", f"more than {SAID_MAX} milestones in one document")
        return True

    def count(self) -> int:
        """Return how much was said so far, our own words read back left aside."""
        spoken = self.spoken
        told = len(spoken.events) + len(spoken.pointed) + len(spoken.counted)
        return told + len(spoken.linked) + len(spoken.statements)

    def _emit(self, saying: Saying) -> None:
        if saying.category == "instruction":
            self.spoken.instructions.append(self._body(saying, open=False))
        elif saying.category == "statement":
            said = self._emission(saying, self._head(saying), open=False)
            self.spoken.statements.append(self._speaker.teller.statement(said, self._about))
        elif saying.category == "links":
            self._link(saying, self._head(saying))
        else:
            head = self._head(saying)
            assert head.owned is not None
            self._tell(saying, head.owned, self._emission(saying, head, open=not head.owned.owner))
            if saying.links:
                self._link(saying, head)

    def _head(self, saying: Saying) -> _Head:
        """Of most it is the document that says whose, when and by whom: that is worked out once."""
        if not saying.head:
            return self._head_of(saying)
        found = self._heads.get(saying.head)
        if found is None:
            found = self._heads[saying.head] = self._head_of(saying)
        return found

    def _head_of(self, saying: Saying) -> _Head:
        owned = saying.owners.of(self._scope) if saying.owners is not None else None
        if owned is None and saying.category == "event":
            path = saying.owners.path if saying.owners else None
            self._scope.refuse("missing_field", "owner: none of the ids that would say whose it is is there", path)
        source = self._source(saying)
        return _Head(owned, *self._at(saying), source)

    def _tell(self, saying: Saying, owned: Owned, said: Emission) -> None:
        teller, spoken = self._speaker.teller, self.spoken
        if not owned.owner:
            spoken.pointed.extend(teller.pointed(said, owned))
            return
        if is_load(owned.owner) and load_key(getattr(said.body, "load", "") or _of(owned)) != owned.owner:
            raise DecodeError("wrong_key", f"load: {said.body.load!r:.60} is not the owner {owned.owner!r:.60}", "$")
        event = teller.event(said, owned.owner)
        if saying.snapshot is None:
            spoken.events.append(event)
        else:
            snapshot = self._snapshot(saying.snapshot)
            spoken.counted.append(Counted(snapshot=snapshot, as_of=said.at, event=event, message=said.message))

    def _snapshot(self, expression: Expression) -> str:
        name = id_of(self._scope, expression)
        if name is None:
            self._scope.refuse("missing_field", "snapshot: nothing names what was counted", expression.path)
        whole = f"{SNAPSHOT}{self._speaker.dialect.name}/{name}"
        return whole if len(whole) <= ID_MAX_CHARS else SNAPSHOT + digest(whole)

    def _link(self, saying: Saying, head: _Head) -> None:
        for link in saying.links if head.owned is not None else ():
            found = link.of(self._scope, head.owned.owner if head.owned else "", head.at, head.source)
            if found is not None:
                self.spoken.linked.append(found)

    def _emission(self, saying: Saying, head: _Head, *, open: bool) -> Emission:
        value = saying.key.of(self._scope) if saying.key is not None else None
        key = "" if value is None else keys.fitting(str(value))
        body = self._body(saying, open=open)
        return Emission(self._identity, self._place, head.at, head.wrote, head.source, key, body)

    def _body(self, saying: Saying, *, open: bool) -> Any:
        """The body; where it is ``open``, ids that only its target knows have their place held."""
        assert saying.body is not None
        self._scope.open = open
        try:
            found: Any = saying.body(self._scope)
        except DecodeError as error:
            raise DecodeError(error.reason, f"body.{error.text}", error.place) from None
        for name in saying.holes if open else ():
            found.setdefault(name, UNKNOWN)
        try:
            return msgspec.convert(found, saying.kind)
        except msgspec.ValidationError as error:
            place = self._scope.frames[-1].place if self._scope.frames else "$"
            raise refusal_of(error, place) from None

    def _at(self, saying: Saying) -> tuple[datetime, str]:
        """The moment, and the text it was read from. A statement without one is of the time we had it."""
        scope, expression = self._scope, saying.at
        at: Any = expression.of(scope) if expression is not None else self._speaker.received
        path = expression.path if expression is not None else None
        if at is None and saying.category == "statement":
            at = self._speaker.received or NEVER
        if at is None:
            scope.refuse("missing_field", "at: nothing says when it was", path)
        if not isinstance(at, datetime):
            scope.refuse("wrong_type", "at: no moment", path)
        self._watch_clock(at, path)
        return at, expression.wrote(scope) if expression is not None and expression.wrote is not None else ""

    def _watch_clock(self, at: datetime, path: Path | None) -> None:
        received = self._speaker.received
        if received is None or -BEHIND_MAX <= at - received <= AHEAD_MAX:
            return
        place = ", ".join(one for one in (self._document.place, self._scope.place(path) if path else "") if one)
        text = f"it says {at.isoformat()}, and came at {received.isoformat()}: its clock may be wrong"
        finding = Finding(CLOCK_SUSPECT, text, place, value=at.isoformat(), document=self._document.id)
        if len(self.spoken.findings) < CLOCKS_MAX and finding not in self.spoken.findings:
            self.spoken.findings.append(finding)

    def _source(self, saying: Saying) -> str:
        sources = self._speaker.dialect.sources
        found = id_of(self._scope, saying.source) if saying.source is not None else None
        if found is not None and found not in sources:
            text = f"source: {found!r:.60} is not one of {', '.join(sources)}"
            self._scope.refuse("ownership_violation", text, saying.source.path if saying.source else None)
        return found or sources[0]

    @cached_property
    def _identity(self) -> str:
        return identity(self._speaker.dialect, self._speaker.message, self._document)

    @cached_property
    def _about(self) -> tuple[str, ...]:
        """What the reader found wrong with the document, or the message as a whole."""
        about = [one for one in self._findings if one.document in ("", self._document.id)]
        return tuple(f"{one.code}: {one.text}"[:500] for one in about[:FINDINGS_MAX])


def _silent(document: Document) -> Finding:
    """What a dialect takes and says nothing of, though none of its words is one to be ignored, lacks something."""
    text = "it was taken, and nothing in it says anything: what would say it may be missing"
    return Finding(SAYS_NOTHING, text, document.place, document=document.id)


def _twice(spoken: Spoken, document: Document) -> list[Finding]:
    """What is counted under one name counts once: two parts of a line that nothing tells apart would be one."""
    names = Counter((one.owner, one.business_key) for one in spoken.events if isinstance(one.body, COUNTED))
    return [
        Finding(SAID_TWICE, f"{key} is said {count} times and counts once", document.place, key, document=document.id)
        for (_, key), count in list(names.items())[:FINDINGS_MAX]
        if count > 1
    ]


def _of(owned: Owned) -> str:
    """A body that names no load is of the load that owns it."""
    return owned.owner.removeprefix(LOAD_PREFIX)
