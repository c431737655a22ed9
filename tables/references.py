"""Table ``references``: what each native id means, the milestones that carry it, and how far its targets were told."""

from __future__ import annotations

from typing import Literal

import msgspec
from milepost.contracts.references import BY_HAND, Linked, ReferenceKind, Target
from milepost.contracts.references import SNAPSHOT as SNAPSHOT  # keys that begin so are rows of snapshots.py

TABLE = "references"

MILESTONES_MAX = 200  # kept of one reference; beyond it the oldest told ones go first
KEPT_MAX_BYTES = 300_000  # of all milestones of one reference
ROW_MAX_BYTES = 800_000  # below what one record of a changelog may have; 2,000 targets are some 300 kB
PLACES_MAX = 8  # places at which one target was told a bundle
SETTLED_MAX = 50
WAYS_MAX = 20  # by which one milestone came to a reference: as many ids as it may carry
NOWHERE = -1
ANEW = -1
"""Who was told is to be told all again, should it stand again: a milestone has come by another way since."""
SCHEMA = 1

Phase = Literal[0, 1, 2]
QUIET: Phase = 0
RAISED: Phase = 1  # an exception is open
EXPIRED: Phase = 2  # its milestones became dead letters, and leave at the next look

_NEVER_SAID = (-1, 0, False, "", "", "")
Word = tuple[int, int, bool, str, str, str]
"""What one says of a target: version, moment in microseconds since 1970, whether it stands, source, actor, reason."""


class Meant(msgspec.Struct, array_like=True):
    """One target, by the highest ``word`` on it; ``planned``: the highest plan of a load that names it as a member.

    ``upto`` is the number of the last milestone it was told, or ANEW; ``places`` are the offsets at which it was told
    several at once, for such a place tells them again when it is read again. ``heard``: the last word that the target
    was told, where it was told one: that the link no longer stands, or stands again.
    """

    word: Word = _NEVER_SAID
    planned: int = -1
    upto: int = 0
    places: tuple[int, ...] = ()
    heard: Word | None = None


class Kept(msgspec.Struct, array_like=True):
    """One milestone: ``event`` is canonical JSON of the pointed event, ``place`` the offset at which it was taken in.

    ``since_ms``: the time told by the clock when it came, 0 where the clock had not been heard; or since when it waits
    again. ``told``: to some target that stands, by way of this reference or of another one that the milestone carries.
    ``via``: the links by which it was sent on to here; ``ways``: others, and the offsets at which those were taken in.
    """

    number: int
    message: str
    ordinal: int
    hops: int
    event: bytes
    place: int
    since_ms: int = 0
    told: bool = False
    also: tuple[tuple[ReferenceKind, str, str], ...] = ()  # kind, issuer, value
    via: str = ""
    ways: tuple[tuple[str, int], ...] = ()
    lettered: bool = False  # it waited too long, and became a dead letter
    again: int = 0  # how often it came to wait again

    @property
    def name(self) -> tuple[str, int]:
        return self.message, self.ordinal

    @property
    def size_bytes(self) -> int:
        return len(self.event) + len(self.message) + 60


_Key = tuple[str, str, str]
"""Owner, shipment, instruction: what tells one target from another."""


class Row(msgspec.Struct, array_like=True):
    """All that is known of one reference. ``version`` counts its changes, ``number`` its milestones.

    ``due_ms``: when the clock has to look at it again, 0 for never. ``plan``: the highest plan of a load, its version
    and moment. ``orphan`` is the exception's id where milestones have waited too long: ``phase`` says how far that is,
    ``ticked_at`` is the tick that made it so, and ``closed_at`` the offset of the word that ended it. ``settled``:
    milestones that were told by way of another id before they came here. ``words``: by name of a link on the way to
    here, the highest word on it, as the event that says so, and the place it was taken in at.
    """

    schema: int = SCHEMA
    epoch: int = 0
    version: int = 0
    used_ms: int = 0
    due_ms: int = 0
    ticked_at: int = NOWHERE
    phase: Phase = QUIET
    reference: tuple[ReferenceKind, str, str] = ("load", "", "")
    number: int = 0
    plan: tuple[int, int] = (-1, 0)
    orphan: str = ""
    closed_at: int = NOWHERE
    targets: dict[_Key, Meant] = {}
    kept: list[Kept] = []
    settled: list[tuple[str, int]] = []
    words: dict[str, tuple[bytes, int]] = {}

    def stands(self, meant: Meant) -> bool:
        """Say whether a target counts: by its word if that is a person's or later than the plan, else by the plan."""
        version, said_at, stands = meant.word[:3]
        if version >= 0 and (version == BY_HAND or self.plan[0] < 0 or said_at > self.plan[1]):
            return stands
        return 0 <= self.plan[0] == meant.planned

    def standing(self) -> list[_Key]:
        """Return the targets that count, in the order of their names."""
        return sorted(key for key, meant in self.targets.items() if self.stands(meant))

    def waiting(self) -> list[Kept]:
        """Return the milestones that nobody was told of."""
        return [one for one in self.kept if not one.told]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Row).decode


def encode(row: Row) -> bytes:
    return _encode(row)


def decode(value: bytes) -> Row:
    return _decode(value)


class Head(msgspec.Struct, array_like=True):
    """The beginning of a row, and of a snapshot's: which of two is the later, and when it has to be looked at."""

    schema: int
    epoch: int
    version: int
    used_ms: int
    due_ms: int
    ticked_at: int = NOWHERE


head = msgspec.msgpack.Decoder(Head).decode


def merge(table: str, key: str, older: bytes, newer: bytes) -> bytes:
    """Recovery's choice between two rows: the higher (epoch, version) stands, whatever came last in the log."""
    return newer if _age(newer) >= _age(older) else older


def epoch_of(table: str, value: bytes) -> int:
    """Return the epoch of the owner that wrote a row."""
    return head(value).epoch


def _age(value: bytes) -> tuple[int, int]:
    one = head(value)
    return one.epoch, one.version


def replaced_places(value: bytes) -> bytes:
    """Return a row for topics whose offsets begin anew: what lies at one of its places there is another record."""
    row = decode(value)
    targets = {key: msgspec.structs.replace(meant, places=()) for key, meant in row.targets.items()}
    kept = [
        msgspec.structs.replace(one, place=NOWHERE, ways=tuple((via, NOWHERE) for via, _ in one.ways))
        for one in row.kept
    ]
    words = {link: (event, NOWHERE) for link, (event, _) in row.words.items()}
    return encode(
        msgspec.structs.replace(row, targets=targets, kept=kept, words=words, ticked_at=NOWHERE, closed_at=NOWHERE)
    )


def unused_since(value: bytes, before_s: float) -> bool:
    """Say whether nobody linked or pointed since, and nothing waits: what OldRows asks of a row or a snapshot's."""
    one = head(value)
    return one.used_ms < before_s * 1000 and not one.due_ms


def key_of(target: Target) -> _Key:
    return target.owner, target.shipment, target.instruction


def target_of(key: _Key) -> Target:
    owner, shipment, instruction = key
    return Target(owner=owner, shipment=shipment, instruction=instruction)


def linked(row: Row, said: Linked) -> bool:
    """Merge one word into the row and say whether it was news. Commutative and idempotent: of each target the highest
    word counts, and of the reference the highest plan."""
    key, word = key_of(said.target), _word(said)
    meant = row.targets.get(key) or Meant()
    if said.plan:
        plan, planned = word[:2], said.version if said.stands else -1
        if plan <= row.plan and planned <= meant.planned:
            return False
        row.plan, meant.planned = max(row.plan, plan), max(meant.planned, planned)
        if not said.stands:
            return True  # a plan without members: it names the load itself
    else:
        if word <= meant.word:
            return False
        meant.word = word
    row.targets[key] = meant
    return True


def room_for(said: Linked) -> int:
    """Return about how many bytes a word takes in a row at most: with its target, and told as well."""
    return sum(map(len, key_of(said.target))) + 2 * (len(said.source) + len(said.actor) + len(said.reason)) + 80


def knows(row: Row, said: Linked) -> bool:
    """Say whether a word is in the row, or a higher one in its place; a plan's is where its target is known at all."""
    meant = row.targets.get(key_of(said.target))
    return meant is not None and (said.plan or meant.word >= _word(said))


def _word(said: Linked) -> Word:
    moment = round(said.said_at.timestamp() * 1_000_000)  # exact: microseconds of a few centuries fit a float
    return said.version, moment, said.stands, said.source, said.actor, said.reason
