"""Records put together from the topics, beside those of the lane: what differs, and what would put it right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from milepost.commands.replay_reading import OwnerHeard, committed, heard_in, records_in
from milepost.commands.replay_scope import Scope
from milepost.commands.replay_sending import Sending
from milepost.commands.topic_reading import partitions_of
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.workflow.differing import Difference, Name, at_rest, difference, name_of
from milepost.workflow.rebuilding import rebuild, unposted
from milepost.workflow.record import age
from milepost.workflow.rules import Rules
from milepost.workflow.stub import is_stub

AT_ONCE = 3  # partitions whose messages are held in memory


@dataclass(slots=True)
class Compared:
    """What a comparison came to. ``moving``: owners whose messages the lane has not all taken in: not compared.

    ``lost``: of those that differ the ones whose postings the record does not know. Facts that come one by one would be
    settled without them: such a record is rebuilt while the lane is stopped, and nothing is said to it meanwhile.
    ``commands``: (owner, chain, posting id) of what the topics' records would post and nobody has posted yet.
    """

    owners: int = 0
    stubs: int = 0
    moving: list[str] = field(default_factory=list)
    differing: list[Difference] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    commands: list[tuple[str, str, str]] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)

    @property
    def suspects(self) -> set[str]:
        """Those who differ, or for whom something would be posted that nobody has sent."""
        return {one.owner for one in self.differing} | {owner for owner, _, _ in self.commands}

    def add(self, other: Compared) -> None:
        self.owners += other.owners
        self.stubs += other.stubs
        for name in ("moving", "differing", "lost", "commands", "sendings"):
            getattr(self, name).extend(getattr(other, name))


async def compare(
    bootstrap: str, rules: Rules, scope: Scope, owners: Collection[str] | None,
    seen: Callable[[int, int, Compared], None], *, again: bool = False,
) -> Compared:  # fmt: skip
    """Compare everybody in ``scope``, or of ``owners`` alone, some partitions after the others; ``seen`` hears of each.

    ``again``: all that was said to whoever was compared goes out again, whether the record has it or not.
    """
    found = Compared()
    chosen = sorted(partitions_of(owners) if owners is not None else range(PARTITIONS))
    for start in range(0, len(chosen), AT_ONCE):
        some = chosen[start : start + AT_ONCE]
        found.add(await _partitions(bootstrap, rules, scope, owners, some, again))
        seen(start + len(some), len(chosen), found)
    return found


async def _partitions(
    bootstrap: str, rules: Rules, scope: Scope, owners: Collection[str] | None, partitions: list[int], again: bool
) -> Compared:
    # In this order: whatever moves meanwhile lies at or behind the offsets asked for first.
    offsets = await committed(bootstrap)
    records = await records_in(bootstrap, partitions, owners)
    heard = await heard_in(bootstrap, partitions, offsets, owners)
    found = Compared()
    for owner in sorted(heard):
        if scope.wants(heard[owner]):
            compare_one(found, owner, heard[owner], records.get(owner), rules, again=again)
    return found


def compare_one(
    found: Compared, owner: str, said: OwnerHeard, record: bytes | None, rules: Rules, *, again: bool
) -> None:
    """Add to ``found`` what is to be known of one owner, and what is to be published for it."""
    found.owners += 1
    if said.under_way:
        found.moving.append(owner)
        return
    rebuilt, _ = rebuild(owner, said.heard, rules, age(record)[0] if record is not None else 0)
    apart = difference(at_rest(record, rebuilt) if record is not None else None, rebuilt, rules)
    found.stubs += record is not None and is_stub(record)
    found.commands += [(owner, entry.chain, entry.id) for entry in unposted(rebuilt, said.heard.commands)]
    if apart.any:
        found.differing.append(apart)
        if apart.lost:
            found.lost.append(owner)
            return
    if again:
        found.sendings += [Sending(m.topic, owner, m.value) for m in said.messages]
    elif apart.unread:
        found.sendings += _missing(owner, said, apart)


def _missing(owner: str, said: OwnerHeard, apart: Difference) -> Iterator[Sending]:
    """Yield what the record lacks, once each."""
    left: set[Name] = set(apart.unread)
    for message in said.messages:
        if (name := name_of(message.event)) in left:
            left.discard(name)
            yield Sending(message.topic, owner, message.value)
