"""What the documents of one message say, put together; what does not count is apart."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from milepost.codecs.dialects import ownership
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.dialects.said import Said
from milepost.codecs.dialects.sites import counts
from milepost.codecs.documents import Document, Finding, Reading, Refused
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Event
from milepost.contracts.instructions import InstructionBody
from milepost.contracts.references import Counted, Linked, Pointed
from milepost.contracts.statements import Statement
from milepost.contracts.wms import Reversed


class Spoken(msgspec.Struct):
    """What one document says. It is taken whole or not at all."""

    document: Document | None = None
    events: list[Event] = []
    pointed: list[Pointed] = []
    linked: list[Linked] = []
    counted: list[Counted] = []
    statements: list[Statement] = []
    instructions: list[InstructionBody] = []
    findings: list[Finding] = []


TEST, TEST_TRAFFIC = "T", "TEST_TRAFFIC"
ANY_USAGE = "any"
"""Of a dialect's ``read: {usage: any}``: what is marked as a test counts as well. Some systems never say P."""


class Gathered:
    """Collects what is said: to be acted on, or where another dialect serves the site at that time, to be compared."""

    def __init__(self, dialect: Dialect, dialects: Dialects, sandbox: bool) -> None:
        self._dialect, self._dialects, self._sandbox = dialect, dialects, sandbox
        self._all = Spoken()
        self._documents: list[Document] = []
        self._shadowed: list[Event] = []
        self._owners: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.refused: list[Refused] = []

    def take(self, spoken: Spoken) -> None:
        """Take what one document says; DecodeError where it takes back what is not its partner's to take back."""
        for event in (*spoken.events, *(one.event for one in spoken.pointed)):
            body = event.body
            if isinstance(body, Reversed) and not ownership.may_reverse(self._dialect.role, body.reverses):
                text = f"a partner of role {self._dialect.role} may not take back {body.reverses!r:.80}"
                raise DecodeError("ownership_violation", text)
        found = self._all
        test = self._sandbox or self._is_test(spoken.document)
        if spoken.document is not None:
            self._documents.append(spoken.document)
            owners = {one.owner for one in (*spoken.events, *(one.event for one in spoken.counted))}
            # Of several nobody could say which of them a finding is about; of a test nothing reaches an order.
            if len(owners) == 1 and not test:
                self._owners[spoken.document.id] = owners.pop()
        found.events += [one for one in spoken.events if self._counts(one, test)]
        found.pointed += [one for one in spoken.pointed if self._counts(one.event, test)]
        for one in spoken.counted:
            if self._counts(one.event, test):
                found.counted.append(one)
            elif not test:  # when its partner serves the site, only what comes on top of this is news
                found.counted.append(msgspec.structs.replace(one, told=False))
        found.instructions += spoken.instructions
        self.findings += spoken.findings
        if not test:  # their test traffic teaches nothing and states nothing
            found.linked += spoken.linked
            found.statements += spoken.statements

    def _is_test(self, document: Document | None) -> bool:
        """An X12 interchange says itself whether it is one (ISA15, usage indicator I14: T)."""
        if document is None or document.fields.get("usage") != TEST or self._dialect.read.get("usage") == ANY_USAGE:
            return False
        text = "the interchange is marked as a test: nothing of it counts"
        self.findings.append(Finding(TEST_TRAFFIC, text, document.place, TEST, "P", document.id))
        return True

    def _counts(self, event: Event, test: bool) -> bool:
        if not test and counts(self._dialects, self._dialect, event):
            return True
        self._shadowed.append(event)
        return False

    def said(self, reading: Reading, unmapped: Iterable[str] = (), silent: Iterable[str] = ()) -> Said:
        """Return it all, with what the reader found."""
        found = self._all
        return Said(
            events=tuple(found.events),
            pointed=tuple(found.pointed),
            linked=tuple(found.linked),
            counted=tuple(found.counted),
            statements=tuple(found.statements),
            instructions=tuple(found.instructions),
            shadowed=tuple(self._shadowed),
            findings=(*self.findings, *reading.findings),
            refused=(*reading.refused, *self.refused),
            documents=reading.documents or tuple(self._documents),
            answer=reading.answer,
            unmapped=tuple(unmapped),
            silent=tuple(silent),
            owners=self._owners,
        )
