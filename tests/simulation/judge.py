"""What must hold at every moment, told by what the broker stored and what the processors were given.

- No output is stored before all that its chunk changed is in the changelog.
- No offset is committed before its records' changes and outputs are stored, by whichever owner applied them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from milepost.runtime.durable.interface import Incoming, Output, Processor, SourcePartition
from milepost.tests.simulation.broker import Broker, Partition, Stored

Place = tuple[str, bytes]
"""(changelog, key)"""
Need = tuple[Place, int]
"""A place, and which of the owner's puts there has to be stored."""
Said = tuple[str, bytes | None, bytes | None]


class _Applied(NamedTuple):
    offsets: list[int]
    needs: list[Need]
    outputs: list[Said]


class _Account:
    """What one process put and said, and how much of it is stored."""

    def __init__(self) -> None:
        self.puts: defaultdict[Place, list[bytes | None]] = defaultdict(list)
        self.stored: dict[Place, int] = {}
        self.owed: defaultdict[Said, list[list[Need]]] = defaultdict(list)
        self.sent: set[Said] = set()
        self.chunks: defaultdict[SourcePartition, list[_Applied]] = defaultdict(list)

    def durable(self, needs: list[Need]) -> bool:
        return all(self.stored.get(place, -1) >= put for place, put in needs)


class Judge:
    def __init__(self, broker: Broker, changelogs: dict[str, str]) -> None:
        self.complaints: list[str] = []
        self.repeated: defaultdict[SourcePartition, int] = defaultdict(int)
        """Records given to a processor again, per source partition."""
        self._broker, self._changelogs = broker, changelogs
        self._tables = set(changelogs.values())
        self._accounts: defaultdict[str, _Account] = defaultdict(_Account)
        self._applied: defaultdict[SourcePartition, int] = defaultdict(int)
        self._done: defaultdict[SourcePartition, set[int]] = defaultdict(set)
        self._committed: defaultdict[SourcePartition, int] = defaultdict(int)

    # -- told by the processor ---------------------------------------------------------------------------------

    def changed(self, worker: str, records: Sequence[Incoming], changes: Any, outputs: Sequence[Output]) -> None:
        account = self._accounts[worker]
        needs: list[Need] = []
        for (table, key), value in changes.items():
            place = (self._changelogs[table], key.encode())
            account.puts[place].append(value)
            needs.append((place, len(account.puts[place]) - 1))
        said = [(o.topic, o.key, o.value) for o in outputs]
        for one in said:
            account.owed[one].append(needs)
        if records:
            at = (records[0].topic, records[0].partition)
            self.repeated[at] += sum(r.offset < self._applied[at] for r in records)
            self._applied[at] = max(self._applied[at], records[-1].offset + 1)
            account.chunks[at].append(_Applied([r.offset for r in records], needs, said))

    # -- told by the broker ------------------------------------------------------------------------------------

    def stored(self, writer: str, at: Partition, base: int, records: Sequence[Stored]) -> None:
        account = self._accounts[writer]
        for record in records:
            if at[0] in self._tables:
                self._logged(account, (at[0], record.key or b""), record.value)
            else:
                said = (at[0], record.key, record.value)
                owed = account.owed.get(said)
                if owed and not any(account.durable(needs) for needs in owed):
                    self.complaints.append(f"output before its changelog: {writer} {said!r:.120}")
                account.sent.add(said)

    def _logged(self, account: _Account, place: Place, value: bytes | None) -> None:
        puts = account.puts[place]
        put = next((n for n in range(len(puts) - 1, -1, -1) if puts[n] == value), -1)
        account.stored[place] = max(account.stored.get(place, -1), put)

    def committed(self, writer: str, at: Partition, offset: int) -> None:
        account = self._accounts[writer]
        left = []
        for chunk in account.chunks[at]:
            if account.durable(chunk.needs) and account.sent.issuperset(chunk.outputs):
                self._done[at].update(chunk.offsets)
            else:
                left.append(chunk)
        account.chunks[at] = left
        log = self._broker.logs[at]
        lacking = [n for n in range(self._committed[at], offset) if log[n] is not None and n not in self._done[at]]
        if lacking:
            self.complaints.append(f"committed but not durable: {writer} {at} {offset}, lacking {lacking[:5]}")
        self._committed[at] = max(self._committed[at], offset)


class Watched:
    """A processor whose every chunk the judge hears of."""

    def __init__(self, inner: Processor, worker: str, judge: Judge) -> None:
        self.inner, self._worker, self._judge = inner, worker, judge

    def recovered(self, partition: int, store: Any, epoch: int) -> Sequence[Output]:
        outputs = self.inner.recovered(partition, store, epoch)
        self._judge.changed(self._worker, (), store._changes, outputs)
        return outputs

    def chunk(self, records: Sequence[Incoming], store: Any) -> Sequence[Output]:
        outputs = self.inner.chunk(records, store)
        self._judge.changed(self._worker, records, store._changes, outputs)
        return outputs

    def revoked(self, partition: int) -> None:
        self.inner.revoked(partition)
