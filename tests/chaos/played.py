"""A small drill without processes: a world played in memory, gathered as a drill on a broker is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from milepost.agents.posting_comparison import Found
from milepost.agents.posting_pass import fact_of
from milepost.chaos.gathered import Gathered, Sample, Struck
from milepost.contracts.postings import PostingCommand
from milepost.runtime.erp.protocol import ErpDocument
from milepost.runtime.erp.simulated import document_of, draft_of
from milepost.runtime.windows import Window
from milepost.simulators.acts import Act
from milepost.simulators.erp.books import Books, Draft
from milepost.simulators.life import lives
from milepost.simulators.script import Script, sendings
from milepost.simulators.transport import parse_faults
from milepost.tables.ledgers import LedgerRow
from milepost.tests.simulators.pipeline import ANSWERED_AT, Pipeline, play_in_memory

OURSELVES = "milepost"
LANES = ("intake", "fulfilment", "posting", "reconciliation", "dispatch")
REPEAT = "milepost chaos --seed 1 --orders 60 --faults all"

STRUCK = (
    Struck(1.0, 1.0, "worker kill", "fulfilment 2"),
    Struck(3.0, 9.5, "broker stop & start", "broker", "SIGSTOP"),
    Struck(4.0, 12.0, "ERP outage <all>", "erp"),
)
SAMPLES = tuple(Sample(float(n), 40 * n, 7 * n, {lane: abs(10 - n) * 5 for lane in LANES}) for n in range(20))


class Posting(Pipeline):
    """A pipeline whose ERP is the simulated one's books. ``doubled``: numbers (from 1) of bookings it does twice."""

    def __init__(self, doubled: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self.erp, self._doubled, self._bookings = Books(), doubled, 0
        self.twice: dict[str, PostingCommand] = {}

    def book(self, command: PostingCommand) -> str:
        self._bookings += 1
        draft = msgspec.convert(draft_of(command), Draft)
        self.erp.check(draft)
        number = self.erp.book(draft, ANSWERED_AT.timestamp()).number
        if self._bookings in self._doubled:
            self.erp.book(draft, ANSWERED_AT.timestamp())
            self.twice[command.id] = command
        return number

    def compare(self) -> None:
        """The posting pass: each reference with two documents becomes a fact of its owner."""
        for reference, command in self.twice.items():
            numbers = tuple(one.number for one in self.erp.known(reference))
            row = LedgerRow(
                posting=reference, owner=command.owner, chain=command.chain, kind=draft_of(command)["kind"],
                outcome="accepted", answered_at=ANSWERED_AT,
            )  # fmt: skip
            self.take(fact_of(Found(row, "twice", numbers), "run"))


def played(
    seed: int = 1, orders: int = 60, *, heard: Callable[[Act], bool] = lambda act: True,
    doubled: frozenset[int] = frozenset(), compared: bool = True,
) -> Gathered:  # fmt: skip
    """Play a world under all faults of the network. Acts that are not ``heard`` reach nobody, our topics neither."""
    world = lives(seed, orders)
    script = Script(sendings([act for act in world.acts if heard(act)], seed, parse_faults("all")))
    pipeline = Posting(doubled)
    play_in_memory(world, script, pipeline=pipeline)
    if compared:
        pipeline.compare()
    return Gathered(
        seed=seed, orders=orders, faults="all", repeat=REPEAT, world=world, rules=pipeline.rules,
        documents=_documents(pipeline.erp), facts=[e for e in pipeline.taken if e.partner != OURSELVES],
        records=pipeline.records, journal=_journal(pipeline), lags=dict.fromkeys(LANES, 0), unsent=script.waiting(),
        unique_reference=not doubled, struck=STRUCK, hits={window.value: 1 for window in Window},
        required=frozenset(window.value for window in Window), samples=SAMPLES, elapsed_s=20.0,
    )  # fmt: skip


def _documents(books: Books) -> list[ErpDocument]:
    return [document_of(msgspec.json.decode(msgspec.json.encode(one.as_json()))) for one in books.documents]


def _journal(pipeline: Pipeline) -> Mapping[str, list[bytes]]:
    written: dict[str, list[bytes]] = {}
    for entry in pipeline.journal:
        written.setdefault(entry.owner, []).append(msgspec.json.encode(entry))
    return written
