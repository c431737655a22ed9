"""`milepost replay` without a broker: what it is asked for, and what counts as a difference."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from milepost.commands.main import run
from milepost.commands.replay_comparing import Compared, compare_one
from milepost.commands.replay_reading import Message, OwnerHeard
from milepost.commands.replay_scope import Scope, members_of
from milepost.runtime.topic_table import WMS_MILESTONES
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.life_orders import ORDER
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.workflow.differing import at_rest, difference, name_of, names_of
from milepost.workflow.evolve import Arrival
from milepost.workflow.rebuilding import Heard, rebuild
from milepost.workflow.record import Record, encode
from milepost.workflow.stub import encode_stub, stub

EXAMPLES = 100
NEVER = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name what is to be replayed: --order, or --partner with --from and --to, or --all"),
        (["--all", "--order", "SO-1"], "name what is to be replayed"),
        (["--from", "yesterday"], "'yesterday' does not match the formats"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "--from 2026-03-02T00:00Z is not before --to"),
        (["--all", "--rate", "0"], "Invalid value for '--rate'"),
        (["--all", "--again", "--dry-run"], "--again publishes, --dry-run does not"),
        (["--all", "--from-erp"], "--from-erp goes with --rebuild"),
        (["--rebuild", "posting", "--all"], "--rebuild goes with --from-erp and --broker alone"),
        (["--rebuild", "intake"], "'intake' is not one of"),
        (["--rebuild", "reconciliation", "--from-erp"], "--from-erp is for fulfilment and posting"),
    ],
)
def test_wrong_words_are_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be meant ends with exit 2 and one line that says why."""
    assert run(["replay", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--all"], ["--order", "SO-1", "--dry-run"], ["--rebuild", "fulfilment"]])
def test_no_broker_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Where no Kafka answers, that is all that is said."""
    assert run(["replay", *arguments, "--broker", NEVER]) == 1
    assert capsys.readouterr().err == f"milepost: no Kafka answers at {NEVER}; start one with `milepost up`\n"


def heard(*messages: Message) -> OwnerHeard:
    return OwnerHeard(messages=list(messages))


def message(at: datetime, source: str = "wms-north") -> Message:
    event = msgspec.structs.replace(s.picked(ORDER, 1, "A", 1), source=source)
    return Message(WMS_MILESTONES, b"", int(at.timestamp() * 1000), event)


def test_a_partner_and_a_time_must_fit_one_message() -> None:
    """An order is meant when a single message of it is the partner's and of that time, its end left out."""
    noon, one = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)
    scope = Scope(partner="wms-north", since=noon, until=one)
    assert scope.wants(heard(message(noon)))
    assert not scope.wants(heard(message(one)))
    assert not scope.wants(heard(message(noon, "tms-1"), message(one)))
    assert Scope().wants(heard())


def test_a_load_means_its_orders_too() -> None:
    """Whoever was ever planned on a load belongs to its replay."""
    planned = s.planned("L-1", 1, 1, ("O-1", "S-1"), ("O-2", "S-2"))
    assert members_of(heard(Message("", b"", 0, planned))) == {"O-1", "O-2"}


def rebuilt(life: Life) -> Record:
    return rebuild(ORDER, Heard([Arrival(event) for event in life.of(ORDER)]), RULES, 1)[0]


@settings(law, max_examples=EXAMPLES)
@given(lives(), seeds)
def test_one_fact_less_is_the_one_difference_found(life: Life, seed: int) -> None:
    """A record without one of its facts lacks exactly that; a whole one lacks nothing; none at all is lost."""
    record = rebuilt(life)
    assert not difference(record, record, RULES).any
    assert difference(None, record, RULES).lost
    taken = Random(seed).choice([event for event in life.of(ORDER) if name_of(event) in names_of(record)])
    short = record.copy()
    short.__dict__.clear()
    short.facts = {k: v for k, v in record.facts.items() if k != taken.business_key}
    gone = difference(short, record, RULES)
    assert name_of(taken) in gone.unread
    assert {name[0] for name in gone.unread} == {taken.business_key}


@settings(law, max_examples=EXAMPLES)
@given(lives())
def test_nothing_is_said_again_to_a_record_that_lost_its_postings(life: Life) -> None:
    """Whole, a record may hear everything once more; one that lost what was posted, or is in doubt, hears nothing."""
    said = heard(*(Message(WMS_MILESTONES, b"", 0, event) for event in life.of(ORDER)))
    said.heard = Heard([Arrival(event) for event in life.of(ORDER)])
    record, lost = encode(rebuilt(life)), rebuilt(life)
    lost.outbox = {}

    def compared(value: bytes | None, *, again: bool = True) -> Compared:
        found = Compared()
        compare_one(found, ORDER, said, value, RULES, again=again)
        return found

    assert len(compared(record).sendings) == len(said.messages)
    assert not compared(record, again=False).sendings
    for value in (None, *([encode(lost)] if rebuilt(life).outbox else [])):
        found = compared(value)
        assert (found.lost, found.sendings) == ([ORDER], [])
    said.under_way = 1
    found = compared(None)
    assert (found.moving, found.sendings) == ([ORDER], [])


@settings(law, max_examples=EXAMPLES)
@given(lives())
def test_a_stub_is_compared_by_what_it_remembers(life: Life) -> None:
    """A closed order that has shrunk is no difference to its facts in the topics."""
    record = rebuilt(life)
    record.outbox, record.told, record.raised = {}, {}, {}
    value = encode_stub(stub(record, 1, 0))
    assert difference(at_rest(value, record), record, RULES) == difference(
        at_rest(encode(record), record), record, RULES
    )
