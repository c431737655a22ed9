"""What the posting lane does with its records: the command log, answers told again, bad records."""

from __future__ import annotations

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents.posting_processor import COMMAND_MAX_BYTES, PostingProcessor
from milepost.codecs import canonical
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered, PostingCommand
from milepost.contracts.reports import DeadLetter
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.erp.queues import Place
from milepost.runtime.erp.receipts import Told, output, receipt
from milepost.tables.command_log import CommandLog, Entry, answered, merge_bytes, merged, opened
from milepost.tests.posting.commands import accrual, reversal
from milepost.tests.posting.lane import COMMANDS, EPOCH, RECEIPTS, MemoryStore


class Sender:
    """Notes what the lane hands to the pump."""

    def __init__(self) -> None:
        self.submitted: list[tuple[str, int, bool]] = []
        self.answers: list[tuple[str, int | None]] = []
        self.dropped: list[int] = []

    def submit(self, command: PostingCommand, place: Place, *, inherited: bool = False) -> None:
        self.submitted.append((command.id, command.attempt, inherited))

    def answered(self, posting: str, owner: str, attempt: int | None) -> None:
        self.answers.append((posting, attempt))

    def drop(self, partition: int) -> None:
        self.dropped.append(partition)


class Lane:
    """One partition of the lane and its store; every record gets the next offset."""

    def __init__(self) -> None:
        self.sender, self.store = Sender(), MemoryStore()
        self.processor = PostingProcessor(self.sender)
        self.offset = 0

    def reads(self, topic: str, key: bytes, value: bytes | None) -> list[Output]:
        self.offset += 1
        return list(self.processor.chunk([Incoming(topic, 0, self.offset, key, value, 0, ())], self.store))

    def commanded(self, command: PostingCommand) -> list[Output]:
        return self.reads(COMMANDS, command.owner.encode(), msgspec.json.encode(command))

    def told(self, command: PostingCommand, told: Told) -> list[Output]:
        event = receipt(command, told, EPOCH)
        return self.reads(RECEIPTS, command.owner.encode(), msgspec.json.encode(event))

    def row(self, command: PostingCommand) -> Entry | None:
        return CommandLog(self.store).get(command.id)


def answers(outputs: list[Output]) -> list[PostingAnswered]:
    bodies = [msgspec.json.decode(one.value or b"", type=Event).body for one in outputs]
    return [body for body in bodies if isinstance(body, PostingAnswered)]


def letter(outputs: list[Output]) -> DeadLetter:
    assert [one.topic for one in outputs] == ["dead.letters"]
    return msgspec.json.decode(outputs[0].value or b"", type=DeadLetter)


ONE = accrual("load/1", 0)


def test_a_command_is_logged_and_handed_over_once() -> None:
    """A command enters the log and the pump the first time; while it is open its repeats publish and submit nothing."""
    lane = Lane()
    assert lane.commanded(ONE) == lane.commanded(ONE) == []
    assert lane.sender.submitted == [(ONE.id, 0, False)]
    row = lane.row(ONE)
    assert row is not None
    assert row.is_open


CLOSED = Told("rejected", code="PERIOD_CLOSED", text="closed", first_open="2026-03-01")


@pytest.mark.parametrize("told", [Told("accepted", "4900"), Told("rejected", code="X", text="no"), CLOSED])
def test_a_known_answer_is_told_again_word_for_word(told: Told) -> None:
    """A repeat of an answered command is answered from the log with the very bytes of the first receipt."""
    lane = Lane()
    lane.commanded(ONE)
    lane.told(ONE, told)
    again = lane.commanded(ONE)
    assert [one.value for one in again] == [msgspec.json.encode(receipt(ONE, told, EPOCH))]
    assert len(lane.sender.submitted) == 1


def test_a_known_id_is_answered_with_its_reversal_too() -> None:
    """Whoever lost an accepted posting's receipt is told of its accepted reversal at the same time."""
    lane, back = Lane(), reversal(ONE, 1)
    lane.told(back, Told("accepted", "2"))  # in this order, as after a loss of the log
    lane.told(ONE, Told("accepted", "1"))
    assert [a.command.id for a in answers(lane.commanded(ONE))] == [ONE.id, back.id]


def test_the_same_id_with_other_content_is_a_dead_letter() -> None:
    """An id stands for one content: another document under it is refused and changes nothing."""
    lane = Lane()
    lane.commanded(ONE)
    other = msgspec.structs.replace(ONE, document=accrual("load/1", 9, amount_minor=5).document)
    assert letter(lane.commanded(other)).place == "$.id"
    row = lane.row(ONE)
    assert row is not None
    assert row.command == ONE


def test_who_asks_and_why_is_no_content() -> None:
    """The same document asked for under another rule, priority or correlation is the same command."""
    lane = Lane()
    lane.commanded(ONE)
    changed = msgspec.structs.replace(ONE, rule="R2", sequence=7, reverses_document="9", correlation_id="c")
    assert lane.commanded(changed) == []


def test_a_higher_attempt_opens_a_rejected_command_once() -> None:
    """A person's answer to a rejection is sent once; the rejection of the attempt before cannot close it any more."""
    lane = Lane()
    lane.commanded(ONE)
    lane.told(ONE, Told("rejected", code="X"))
    second = msgspec.structs.replace(ONE, attempt=1)
    assert lane.commanded(second) == lane.commanded(second) == []
    lane.told(ONE, Told("rejected", code="X"))
    row = lane.row(ONE)
    assert row is not None
    assert row.is_open
    assert lane.sender.submitted == [(ONE.id, 0, False), (ONE.id, 1, False)]


def test_the_next_attempt_may_bear_another_posting_date() -> None:
    """How it is booked is no content: refused for its period, the same posting goes again on the first open day."""
    lane = Lane()
    lane.commanded(ONE)
    lane.told(ONE, CLOSED)
    again = msgspec.structs.replace(ONE, attempt=1, posting_date="2026-03-01")
    assert lane.commanded(again) == []
    assert lane.sender.submitted == [(ONE.id, 0, False), (ONE.id, 1, False)]
    row = lane.row(ONE)
    assert row is not None
    assert row.command == again


def test_a_retry_may_overtake_the_lane_s_own_receipt() -> None:
    """A higher attempt is taken even before the lane has read the rejection that it answers."""
    lane = Lane()
    lane.commanded(ONE)
    lane.commanded(msgspec.structs.replace(ONE, attempt=1))
    assert lane.sender.submitted[-1] == (ONE.id, 1, False)


def test_what_is_accepted_is_never_sent_again() -> None:
    """A higher attempt of an accepted command is answered with the acceptance."""
    lane = Lane()
    lane.told(ONE, Told("accepted", "1"))
    assert [a.outcome for a in answers(lane.commanded(msgspec.structs.replace(ONE, attempt=3)))] == ["accepted"]
    assert lane.sender.submitted == []


def test_a_receipt_for_an_unknown_id_is_adopted() -> None:
    """A log that lost a command learns it from its receipt: answered ones are answered again, doubtful ones queried."""
    lane, other = Lane(), accrual("load/1", 1, amount_minor=7)
    lane.told(ONE, Told("accepted", "1"))
    lane.told(other, Told("unknown"))
    assert len(answers(lane.commanded(ONE))) == 1
    assert lane.sender.submitted == [(other.id, 0, True)]


def test_recovery_hands_over_what_is_open_as_inherited() -> None:
    """After recovery exactly the unanswered commands go to the pump, as sent by somebody else perhaps."""
    lane, other = Lane(), accrual("load/2", 0)
    lane.commanded(ONE)
    lane.commanded(other)
    lane.told(other, Told("accepted", "1"))
    heir = PostingProcessor(sender := Sender())
    assert heir.recovered(0, lane.store, epoch=2) == ()
    assert sender.submitted == [(ONE.id, 0, True)]


def test_a_lost_partition_is_dropped() -> None:
    """When a partition goes, the pump forgets its commands."""
    lane = Lane()
    lane.processor.revoked(3)
    assert lane.sender.dropped == [3]


@pytest.mark.parametrize(
    ("topic", "key", "value", "reason"),
    [
        (COMMANDS, b"load/1", b"{", "not_json"),
        (COMMANDS, b"load/1", b"\xff\xfe", "not_utf8"),
        (COMMANDS, b"load/1", None, "not_json"),
        (COMMANDS, b"load/1", b'{"id": 1}', "wrong_type"),
        (COMMANDS, b"load/2", msgspec.json.encode(ONE), "wrong_key"),
        (COMMANDS, b"load/1", msgspec.json.encode(ONE)[:-1] + b',"more":1}', "unknown_field"),
        (RECEIPTS, b"load/1", b"[]", "wrong_type"),
        (RECEIPTS, b"x", msgspec.json.encode(receipt(ONE, Told("accepted", "1"), EPOCH)), "wrong_key"),
    ],
)
def test_a_bad_record_becomes_a_dead_letter(topic: str, key: bytes, value: bytes | None, reason: str) -> None:
    """A record that cannot be used is kept as a dead letter with its bytes, and the lane goes on unharmed."""
    lane = Lane()
    dead = letter(lane.reads(topic, key, value))
    assert (dead.reason, dead.topic, base64.b64decode(dead.value_base64)) == (reason, topic, value or b"")
    assert lane.commanded(ONE) == []
    assert lane.sender.submitted == [(ONE.id, 0, False)]


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(value: bytes) -> None:
    """No bytes on any source make the lane raise."""
    lane = Lane()
    for topic in (COMMANDS, RECEIPTS):
        assert len(lane.reads(topic, b"k", value)) == 1


def entries() -> st.SearchStrategy[Entry]:
    command = st.builds(lambda attempt: msgspec.structs.replace(ONE, attempt=attempt), st.integers(0, 2))
    told = st.sampled_from([Told("accepted", "1"), Told("accepted", "2"), Told("rejected", code="X"), Told("unknown")])
    from_receipt = st.builds(
        lambda c, t: answered(
            PostingAnswered(outcome=t.outcome, command=c, document_number=t.number, code=t.code), EPOCH
        ),
        command,
        told,
    )
    named = st.builds(lambda ids: Entry(reversed_by=tuple(sorted(ids))), st.sets(st.sampled_from("abc"), min_size=1))
    return st.one_of(st.builds(opened, command), from_receipt, named)


@given(st.lists(entries(), min_size=1, max_size=6), st.randoms())
def test_rows_merge_to_the_same_knowledge_in_any_order(rows: list[Entry], rng) -> None:  # type: ignore[no-untyped-def]
    """Order, repetition and grouping of what is learned make no difference to the row."""

    def fold(many: list[Entry]) -> Entry:
        row: Entry | None = None
        for one in many:
            row = merged(row, one)
        assert row is not None
        return row

    shuffled = rows + [rng.choice(rows) for _ in range(3)]
    rng.shuffle(shuffled)
    assert fold(shuffled) == fold(rows)
    half = len(rows) // 2
    if half:
        assert merged(fold(rows[:half]), fold(rows[half:])) == fold(rows)


@given(st.lists(entries(), min_size=2, max_size=2))
def test_a_stale_changelog_record_cannot_undo_an_answer(rows: list[Entry]) -> None:
    """At recovery an acceptance survives whatever an old owner wrote after it."""
    older, newer = (msgspec.json.encode(row) for row in rows)
    row = msgspec.json.decode(merge_bytes("commands", ONE.id, older, newer), type=Entry)
    assert (row.state == "accepted") == any(one.state == "accepted" for one in rows)


@pytest.mark.parametrize("spare", [1, 0, -1])
def test_the_receipt_of_any_command_that_is_taken_can_be_read(spare: int) -> None:
    """A command at the size limit is taken, and its receipt with the longest texts is read by every lane; one byte more
    is refused, before the ERP could book what nobody would ever hear of."""
    plain = accrual("O-1", 1)
    filler = len(msgspec.json.encode(msgspec.structs.replace(plain, because=("x",)))) - 1
    wanted = COMMAND_MAX_BYTES - spare - filler
    ids, rest = divmod(wanted, 203)
    because = ("x" * (rest or 1), *["y" * 200] * ids)
    command = msgspec.structs.replace(plain, because=because)
    lane = Lane()
    size = len(msgspec.json.encode(command))
    said = lane.commanded(command)
    if size > COMMAND_MAX_BYTES:
        assert [msgspec.json.decode(o.value or b"", type=DeadLetter).reason for o in said] == ["too_large"]
        assert lane.sender.submitted == []
    else:
        told = Told("rejected", "\x01" * 200, "\x01" * 200, "\x01" * 1000)
        assert lane.sender.submitted
        assert isinstance(canonical.decode(output(receipt(command, told, EPOCH)).value or b"").body, PostingAnswered)
    assert (size > COMMAND_MAX_BYTES) == (spare < 0)
