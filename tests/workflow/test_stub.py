"""A closed order shrinks to a stub: duplicates say nothing to it, and news opens it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from statistics import median

import msgspec
import pytest
from hypothesis import given
from milepost.contracts.events import Event
from milepost.tests.workflow import laws
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import UNHELD, Life, lives, seeds
from milepost.tests.workflow.lives import life as life_with
from milepost.tests.workflow.profile import counterexample, law
from milepost.tests.workflow.shrinking import ShrinkingShell, shrinking, some_way
from milepost.workflow.evolve import Arrival
from milepost.workflow.outbox import state
from milepost.workflow.record import Place, Record, encode
from milepost.workflow.reopening import journalled, open_again, whole
from milepost.workflow.step import step
from milepost.workflow.stub import NotClosed, Stub, encode_stub, is_stub, news, placeless, reopened, stub, took_in

CLOSING = ("picked", "departed", "delivered")  # what an order needs to be closed one day
LATE = [s.departed(ORDER, 90, f"{ORDER}-LATE", n=1)]
AT = Place(7, 0)


def comes_back(life: Life, seed: int, *, crash: float = 0.0, shrink: Callable[..., Stub] = stub) -> ShrinkingShell:
    """Live to the end with orders shrinking whenever they may, hear late news and duplicates, and come to rest."""
    world, shell = shrinking(life, seed, crash=crash, shrink=shrink)
    some_way(world, seed).drain().answer_holds()
    world.crash = crash
    world.will_say([*LATE, *life.events])
    world.drain().answer_holds()
    shell.open_all()
    laws.at_rest(world)
    laws.nothing_lost(world)
    return shell


@law
@given(lives(always=CLOSING), seeds)
def test_shrinking_at_any_moment_changes_nothing(life: Life, seed: int) -> None:
    """Whenever orders shrink once they may, and whatever comes then, the ERP holds at rest what ought to exist."""
    shell = comes_back(life, seed)
    assert "reprocessed" in life.traits or max(shell.told.values(), default=0) < 2, "told twice"


@law
@given(lives(among=UNHELD, always=CLOSING), seeds)
def test_shrinking_survives_crashes(life: Life, seed: int) -> None:
    """The same where the lane is killed at any moment: before the request, the answer or the outputs were published."""
    comes_back(life, seed, crash=0.05)


def quiet_ones(life: Life, seed: int) -> Iterator[tuple[ShrinkingShell, Record, Stub]]:
    """Come to rest without shrinking; yield every record that may shrink, with its stub."""
    world, shell = shrinking(life, seed, shrinks=0.0)
    some_way(world, seed).drain().answer_holds()
    for record in shell.hot.values():
        if shell.may_shrink(record):
            yield shell, record, stub(record, shell.epoch, 0)


@law
@given(lives(among=UNHELD, always=CLOSING), seeds)
def test_a_stub_knows_all_it_heard(life: Life, seed: int) -> None:
    """No fact, receipt or answer that an order ever heard is news to its stub, as the same message or another one."""
    for shell, record, kept in quiet_ones(life, seed):
        heard = [e for log in shell.logs for e in log if isinstance(e, Event) and e.owner == record.key]
        again = [msgspec.structs.replace(e, event_id=f"again-{e.event_id}", partner="other") for e in heard]
        assert news(kept, [*heard, *again]) == []


@law
@given(lives(among=UNHELD, always=CLOSING), seeds)
def test_an_opened_stub_is_the_record_it_was(life: Life, seed: int) -> None:
    """Opened through the journal an order has every fact, document and word again, and answers a late fact alike."""
    for shell, record, kept in quiet_ones(life, seed):
        facts = journalled(shell.entries[record.key], kept.version)
        assert reopened(kept, facts) == placeless(record)
        late = [msgspec.structs.replace(e, owner=record.key) for e in LATE]
        never, said = step(record, [Arrival(e, AT) for e in late], shell.rules, kept.epoch)
        opened = open_again(took_in(kept, late, kept.epoch), facts, AT, shell.rules, kept.epoch)
        assert opened is not None
        assert placeless(opened[0]) == placeless(never)
        assert opened[1] == said


@law
@given(lives(among=UNHELD, always=CLOSING), seeds)
def test_nothing_is_decided_on_half_the_facts(life: Life, seed: int) -> None:
    """While a single fact of an order is missing from what its journal gave back, the order stays shut."""
    rng = Random(seed)
    for shell, record, kept in quiet_ones(life, seed):
        facts = journalled(shell.entries[record.key], kept.version)
        if facts:
            del facts[rng.choice(sorted(facts))]
            waits = took_in(kept, LATE, kept.epoch)
            assert open_again(waits, facts, AT, shell.rules, kept.epoch) is None


def without_documents(record: Record, epoch: int, now_s: float) -> Stub:
    bare = record.copy()
    bare.outbox = {}
    return stub(bare, epoch, now_s)


def without_words(record: Record, epoch: int, now_s: float) -> Stub:
    bare = record.copy()
    bare.told = {}
    return stub(bare, epoch, now_s)


def without_facts(record: Record, epoch: int, now_s: float) -> Stub:
    bare = record.copy()
    bare.facts = {}
    return stub(bare, epoch, now_s)


@pytest.mark.parametrize("shrink", [without_documents, without_words, without_facts])
def test_each_part_of_a_stub_is_needed(shrink: Callable[..., Stub]) -> None:
    """A stub without its documents, what it told or its facts' digests ends some life with a document or word twice."""

    @counterexample(300)
    @given(lives(among=UNHELD, always=CLOSING), seeds)
    def search(life: Life, seed: int) -> None:
        shell = comes_back(life, seed, shrink=shrink)
        assert max(shell.told.values(), default=0) < 2

    with pytest.raises((AssertionError, KeyError)):
        search()


_WAITS: dict[str, Callable[[Record], bool]] = {
    "command": lambda r: any(state(e) == "open" for e in r.outbox.values()),
    "instruction": lambda r: bool(r.pending) and not any(state(e) == "open" for e in r.outbox.values()),
    "exception": lambda r: not r.pending and any(raised.open for raised in r.raised.values()),
}


@pytest.mark.parametrize(("still", "traits"), [
    ("command", ("picked", "departed")), ("instruction", ("picked",)), ("exception", ("picked", "departed", "held")),
])  # fmt: skip
def test_what_waits_stays_whole(still: str, traits: tuple[str, ...]) -> None:
    """A record that waits for an answer or a person does not shrink."""
    world, _ = shrinking(life_with(traits), 1, shrinks=0.0)
    record = next(r for _ in range(500) for r in world.run(1).shell.hot.values() if _WAITS[still](r))
    with pytest.raises(NotClosed, match=still):
        stub(record, 1, 0)


def test_stubs_and_records_are_told_apart() -> None:
    """The first byte says which of the two the bytes at rest are; both are read back equal."""
    for _, record, kept in quiet_ones(life_with(("picked", "picked_whole", "departed", "delivered")), 3):
        assert is_stub(encode_stub(kept))
        assert not is_stub(encode(record))
        assert whole(encode(record)) == record
        assert whole(encode_stub(kept)).outbox == placeless(record).outbox


def test_a_stub_is_small() -> None:
    """A stub of a usual order is at most 600 bytes."""
    sizes = [
        len(encode_stub(kept))
        for seed in range(30)
        for _, _, kept in quiet_ones(life_with(("picked", "picked_whole", "departed", "delivered", "planned")), seed)
    ]
    assert sizes
    assert median(sizes) <= 600
