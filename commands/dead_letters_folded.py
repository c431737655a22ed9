"""Dead letters as they stand: what was refused, folded with what people did about it.

Letters and acts of one key lie in partitions of the same number, so both can be read by partition. Bytes are left where
they are: what is kept of a letter is a line, and the places at which its bytes can be fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import msgspec
from milepost.codecs import dead_letters
from milepost.contracts.letters import LetterAct
from milepost.contracts.reports import DeadLetter

LETTERS_MAX = 200_000
"""Letters that are held at the same time; of more than these the oldest are left out, which is said."""
HISTORY_MAX = 50  # of one letter: the first refusal, and the newest of all else
State = Literal["open", "redriven", "discarded"]
STATES: tuple[State, ...] = ("open", "redriven", "discarded")
Place = tuple[int, int]  # partition and offset on the topic of letters, or of acts

_decode_letter = msgspec.json.Decoder(DeadLetter).decode
_decode_act = msgspec.json.Decoder(LetterAct).decode


class _Owner(msgspec.Struct):
    owner: str = ""


_decode_owner = msgspec.json.Decoder(_Owner).decode


@dataclass(slots=True)
class Refusal:
    """One time it was refused: ``at`` is the place of the record, TOPIC/PARTITION/OFFSET."""

    at: str
    seen: datetime
    reason: str
    text: str
    within: str


@dataclass(slots=True)
class Letter:
    """A dead letter. ``key``: of its record, as bytes; ``letter_at``: its newest bytes; ``edit_at``: mended ones.

    ``row``: it was a row of a batch, whose id is the key. ``cut``: its bytes are longer than a letter can keep.
    """

    id: str
    key: bytes
    first: DeadLetter  # without its bytes
    last: DeadLetter  # likewise
    owner: str
    letter_at: Place
    refusals: list[Refusal] = field(default_factory=list)
    acts: list[LetterAct] = field(default_factory=list)  # without the bytes of edits
    edit_at: Place | None = None
    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    @property
    def origin(self) -> str:
        return place_of(self.first)

    @property
    def sort_key(self) -> tuple[str, int, int]:
        """Where it was at first: letters of one key are in the order in which their records were sent."""
        return self.first.topic, self.first.partition, self.first.offset

    @property
    def first_seen(self) -> datetime:
        return self.refusals[0].seen

    @property
    def last_seen(self) -> datetime:
        return self.refusals[-1].seen

    @property
    def tries(self) -> int:
        """How often it was tried: each place at which it was refused, and each reading of it there."""
        most: Counter[str] = Counter()
        for (place, _, _), number in self.counted.items():
            most[place] = max(most[place], number)
        return most.total()

    @property
    def row(self) -> bool:
        return self.first.topic == "partner.events" and self.first.place.startswith("$.events[")

    @property
    def cut(self) -> bool:
        return self.last.size_bytes > dead_letters.VALUE_MAX_BYTES

    @property
    def new_key(self) -> str:
        """The key under which a person wants it to be sent; empty: its own."""
        return next((act.key for act in reversed(self.acts) if act.act == "edited" and act.key), "")

    @property
    def state(self) -> State:
        """What is to be done: a letter that was sent again is open once it was refused where it was sent to."""
        last = next((act for act in reversed(self.acts) if act.act != "edited"), None)
        if last is None:
            return "open"
        if last.act == "discarded":
            return "discarded"
        return "open" if any(one.at == last.place for one in self.refusals) else "redriven"


@dataclass(slots=True)
class Folded:
    """All letters of the partitions that were read. ``read``: records; ``strange``: such as are no letter of ours."""

    letters: dict[str, Letter] = field(default_factory=dict)
    read: int = 0
    strange: int = 0
    left_out: int = 0
    _acts: dict[str, list[tuple[LetterAct, Place]]] = field(default_factory=dict)

    def letter(self, key: bytes, at: Place, timestamp_ms: int, value: bytes | None) -> None:
        """Take in one record of ``dead.letters``."""
        self.read += 1
        try:
            letter = _decode_letter(value or b"")
            name, owner = dead_letters.identity(letter), _owner(letter)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            self.strange += 1
            return
        letter = msgspec.structs.replace(letter, value_base64="")
        seen = letter.seen_at or datetime.fromtimestamp(max(timestamp_ms, 0) / 1000, UTC)
        refusal = Refusal(place_of(letter), seen, letter.reason, letter.text, letter.place)
        known = self.letters.get(name)
        if known is None:
            known = self.letters[name] = Letter(name, key, letter, letter, owner, at)
            self._make_room()
        known.last, known.letter_at, known.owner = letter, at, owner or known.owner
        known.refusals.append(refusal)
        known.counted[refusal.at, refusal.reason, refusal.within] += 1
        if len(known.refusals) > HISTORY_MAX:
            del known.refusals[1]

    def act(self, at: Place, value: bytes | None) -> None:
        """Take in one record of ``dead.letters.acts``; the letter itself may be read later."""
        self.read += 1
        try:
            act = _decode_act(value or b"")
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self.strange += 1
            return
        known = self._acts.setdefault(act.letter, [])
        known.append((msgspec.structs.replace(act, value_base64=""), at))
        if len(known) > HISTORY_MAX:
            del known[0]

    def done(self) -> Folded:
        """Put acts beside their letters; acts of letters that are no longer kept are over."""
        for name, acts in self._acts.items():
            if letter := self.letters.get(name):
                acts.sort(key=lambda one: one[1])
                letter.acts = [act for act, _ in acts]
                letter.edit_at = next((at for act, at in reversed(acts) if act.act == "edited"), None)
        for letter in self.letters.values():
            letter.refusals.sort(key=lambda one: one.seen)
        self._acts = {}
        return self

    def _make_room(self) -> None:
        if len(self.letters) > LETTERS_MAX:
            del self.letters[next(iter(self.letters))]
            self.left_out += 1


async def folded(bootstrap: str, partitions: Collection[int] | None = None) -> Folded:
    """Read letters and acts, of these partitions or of all."""
    from milepost.commands.topic_reading import read_to_end
    from milepost.runtime.topic_table import DEAD_LETTERS, DEAD_LETTERS_ACTS

    found = Folded()
    records: AsyncGenerator = read_to_end(bootstrap, [DEAD_LETTERS, DEAD_LETTERS_ACTS], partitions)  # type: ignore[type-arg]
    async with aclosing(records):
        async for one in records:
            if one.topic == DEAD_LETTERS:
                found.letter(one.key, (one.partition, one.offset), one.timestamp_ms, one.value)
            else:
                found.act((one.partition, one.offset), one.value)
    return found.done()


def place_of(letter: DeadLetter) -> str:
    return f"{letter.topic}/{letter.partition}/{letter.offset}"


def _owner(letter: DeadLetter) -> str:
    """Whose it is, if its bytes say so: an event's owner."""
    if letter.size_bytes > dead_letters.VALUE_MAX_BYTES:
        return ""
    try:
        return _decode_owner(letter.value()).owner[:200]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
