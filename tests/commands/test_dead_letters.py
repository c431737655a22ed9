"""Dead letters folded with what people did, chosen, mended and tried: without a broker."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import click
import msgspec
import pytest
from aiokafka.structs import RecordMetadata
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents.intake import Intake
from milepost.codecs import dead_letters
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.errors import DecodeError
from milepost.commands import dead_letters_redriven as sending
from milepost.commands.dead_letters_chosen import Filters, chosen, the
from milepost.commands.dead_letters_edited import with_values
from milepost.commands.dead_letters_folded import Folded, Letter
from milepost.commands.dead_letters_reading import Whole
from milepost.commands.dead_letters_redriven import record_of
from milepost.commands.dead_letters_shown import history, shown
from milepost.commands.dead_letters_tried import Trying
from milepost.commands.main import run
from milepost.contracts.letters import Act, LetterAct
from milepost.contracts.reports import DeadLetter
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.partitioner import partition_of
from milepost.runtime.redriven import Redriven
from milepost.tests.codecs.events import T0, written
from milepost.tests.intake.partner import T0_MS, MemoryStore

BAD = DecodeError("unknown_field", "no field flavour", "$.flavour")


def incoming(offset: int = 0, value: bytes = b"{}", key: bytes = b"O-1", at_ms: int = T0_MS,
             headers: tuple[tuple[str, bytes], ...] = (), topic: str = "partner.events") -> Incoming:  # fmt: skip
    return Incoming(topic, partition_of(key, 12), offset, key, value, at_ms, headers)


class Shelf:
    """The topics of letters and acts in memory."""

    def __init__(self) -> None:
        self.found, self.next = Folded(), 0

    def refused(self, record: Incoming, error: DecodeError = BAD, lane: str = "intake") -> DeadLetter:
        letter = dead_letters.dead_letter(record, error, lane=lane)
        self.next += 1
        self.found.letter(dead_letters.key_of(record), (3, self.next), T0_MS, dead_letters.encode(letter))
        return letter

    def act(self, name: str, act: Act, **more: str) -> None:
        self.next += 1
        said = LetterAct(letter=name, act=act, actor="ann", reason="typo", at=T0, **more)
        self.found.act((3, self.next), msgspec.json.encode(said))

    def one(self) -> Letter:
        (one,) = self.found.done().letters.values()
        return one


def again(record: Incoming, name: str, offset: int) -> Incoming:
    return record._replace(offset=offset, headers=((dead_letters.REDRIVEN_ID, name.encode()),))


def test_one_letter_with_more_tries() -> None:
    """The same record refused again, by another reading or sent again, is one letter with more tries; two parts of one
    record, and the same bytes at two places, are two letters."""
    shelf, record = Shelf(), incoming()
    name = dead_letters.identity(shelf.refused(record))
    shelf.refused(record)
    shelf.refused(again(record, name, 7)._replace(value=b'{"mended": 1}', timestamp_ms=T0_MS + 5000))
    one = shelf.one()
    assert (one.id, one.tries, one.origin) == (name, 3, f"partner.events/{record.partition}/0")
    assert one.last_seen - one.first_seen == timedelta(seconds=5)
    shelf.refused(record._replace(value=b"[]"))
    shelf.refused(record._replace(offset=1))
    assert len(shelf.found.letters) == 3


def test_states() -> None:
    """A letter is open until it is sent again or given up, and open again when it is refused where it was sent to."""
    shelf, record = Shelf(), incoming()
    name = dead_letters.identity(shelf.refused(record))
    place = f"partner.events/{record.partition}"
    steps: list[tuple[Act, str]] = [("edited", "open"), ("redriven", "redriven")]
    for act, state in steps:
        shelf.act(name, act, **({"place": f"{place}/7"} if act == "redriven" else {}))
        assert _copy(shelf).one().state == state
    shelf.refused(again(record, name, 7))
    assert _copy(shelf).one().state == "open"
    shelf.act(name, "discarded")
    one = shelf.one()
    assert one.state == "discarded"
    assert [line.split("  ")[1].split(" ")[0] for line in history(one)].count("refused") == 2


def _copy(shelf: Shelf) -> Shelf:
    """Folding ends a reading: each look is on a copy."""
    return deepcopy(shelf)


def test_acts_may_be_read_before_their_letter() -> None:
    """Letters and acts lie on two topics, and neither is read first for certain: the outcome is the same."""
    shelf, record = Shelf(), incoming()
    name = dead_letters.identity(dead_letters.dead_letter(record, BAD, lane="intake"))
    shelf.act(name, "discarded")
    shelf.refused(record)
    assert shelf.one().state == "discarded"


def test_strange_records_are_counted_and_left() -> None:
    """Bytes on either topic that are none of ours stop nobody."""
    found = Folded()
    found.letter(b"", (0, 0), 0, b"\xff")
    found.letter(b"", (0, 1), 0, None)
    found.act((0, 0), b"[]")
    assert (found.read, found.strange, found.done().letters) == (3, 3, {})


@given(st.permutations(range(6)))
def test_letters_of_a_key_are_sent_in_the_order_of_their_records(order: list[int]) -> None:
    """Whatever order they were refused in, letters go back in the order in which their records were sent."""
    shelf = Shelf()
    for offset in order:
        shelf.refused(incoming(offset, b"%d" % offset))
    letters = chosen(shelf.found.done(), (), Filters())
    assert [one.first.offset for one in letters] == list(range(6))


def test_filters() -> None:
    """Each filter leaves out what it says, and an order is found by key and by what the bytes say."""
    shelf = Shelf()
    shelf.refused(incoming(0, written(owner="O-1", source="wms-north", flavour="x")))
    shelf.refused(incoming(1, written(owner="O-2", source="wms-south"), b"RUN-7"), DecodeError("wrong_key", "no"))
    shelf.refused(incoming(2, b"{}", b"O-3", T0_MS + 3_600_000), lane="fulfilment")
    found = shelf.found.done()

    def offsets(**wanted: object) -> list[int]:
        return sorted(one.first.offset for one in chosen(found, (), Filters(**wanted)))  # type: ignore[arg-type]

    assert offsets() == [0, 1, 2]
    assert offsets(source="wms-north") == [0]
    assert offsets(reason="wrong_key") == [1]
    assert offsets(order="O-2") == offsets(key="RUN-7") == [1]
    assert offsets(order="O-3") == offsets(lane="fulfilment") == offsets(since=T0 + timedelta(minutes=30)) == [2]
    assert offsets(until=T0 + timedelta(minutes=30)) == [0, 1]
    file = dead_letters.dead_letter(incoming(3, b"ISA", b"acme/m-1", topic="partner.documents"), BAD, lane="intake")
    theirs = msgspec.structs.replace(file, partner="acme", message="m-1", name="advice.edi")
    shelf.found.letter(b"acme/m-1", (3, 99), T0_MS, dead_letters.encode(theirs))
    assert offsets(partner="acme") == offsets(topic="partner.documents") == [3]
    assert offsets(state="redriven") == offsets(partner="other") == offsets(topic="tms.milestones") == []


def test_no_more_are_sent_than_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters go out at the rate that was asked for, in their order, each with its word of who and why behind it."""
    shelf, now, sent = Shelf(), [100.0], list[tuple[float, str]]()
    for offset in range(4):
        shelf.refused(incoming(offset))
    letters = chosen(shelf.found.done(), (), Filters())

    class Producer:
        async def send_and_wait(self, topic: str, value: bytes, **more: object) -> RecordMetadata:
            said = None if topic == "partner.events" else msgspec.json.decode(value, type=LetterAct)
            sent.append((now[0], f"{said.act} {said.letter} {said.actor} {said.reason}" if said else topic))
            return RecordMetadata(topic, 3, None, len(sent), None, None, None)

    class Fetch:
        async def whole(self, one: Letter) -> Whole:
            letter = dead_letters.dead_letter(incoming(one.first.offset), BAD, lane="intake")
            return Whole(letter, b"{}", edited=False, cut=False)

    @contextlib.asynccontextmanager
    async def opened(made: object) -> AsyncIterator[object]:
        yield made

    async def slept(seconds: float) -> None:
        now[0] += seconds

    async def nothing(*_: object) -> Any:
        return {}

    monkeypatch.setattr(sending, "fetching", lambda bootstrap: opened(Fetch()))
    monkeypatch.setattr(sending, "_producer", lambda bootstrap: opened(Producer()))
    for name in ("ends_now", "_awaited", "brought_back"):
        monkeypatch.setattr(sending, name, nothing)
    monkeypatch.setattr(sending, "asyncio", SimpleNamespace(sleep=slept))
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=lambda: now[0]))
    coroutine = sending.sent("-", letters, "ann", "mended", 4.0, 1.0)
    with pytest.raises(StopIteration):
        coroutine.send(None)
    acts = [f"redriven {one.id} ann mended" for one in letters]
    assert sent == [
        (100 + number / 4, what) for number, act in enumerate(acts) for what in ("partner.events", act)
    ]  # fmt: skip


def test_ids_may_be_shortened_and_must_be_clear() -> None:
    """The first characters of an id will do as long as they mean one letter."""
    shelf = Shelf()
    names = [dead_letters.identity(shelf.refused(incoming(offset))) for offset in range(3)]
    found = shelf.found.done()
    assert the(found, names[0][:8]).id == names[0]
    for wrong in ("", "zzzzzz", names[0][:1]):
        with pytest.raises(click.ClickException, match="there is no dead letter"):
            the(found, wrong)


def test_a_document_goes_back_with_what_stood_beside_it() -> None:
    """A partner's message is sent again under its key and its id, marked with where it was, who did it and why."""
    said = (("partner", b"acme"), ("message-id", b"ISA-17"), ("ce-id", b"17"), ("transport", b"webhook"))
    record = incoming(4, b"ISA*", b"acme/ISA-17", headers=said, topic="partner.documents")
    shelf = Shelf()
    letter = shelf.refused(record)
    one = shelf.one()
    back = record_of(one, letter, letter.value(), "ann", "table mended")
    headers = dict(back.headers)
    assert (back.topic, back.key, back.value) == ("partner.documents", b"acme/ISA-17", b"ISA*")
    assert headers["message-id"] == b"ISA-17"
    assert headers["ce-id"] == b"17"
    assert headers["transport"] == b"redrive"
    assert headers["redriven-from"] == one.origin.encode()
    assert (headers["redriven-by"], headers["redriven-why"]) == (b"ann", b"table mended")
    refused = dead_letters.dead_letter(incoming(9, headers=back.headers), BAD, lane="intake")
    assert dead_letters.identity(refused) == one.id


def test_a_row_of_a_batch_goes_back_as_a_batch_of_one() -> None:
    """A bad row of a batch is sent again under the batch's id, and is the same letter when it is refused again."""
    value = b'{"batch_id":"RUN-7","events":[%s,%s]}' % (written(), written(event_id="e-2", flavour="x"))
    lane, store = Intake(), MemoryStore()
    partition = partition_of(b"RUN-7", 12)
    lane.recovered(partition, store, 1)
    shelf = Shelf()
    for out in lane.chunk([incoming(0, value, b"RUN-7")], store):
        if out.topic == "dead.letters":
            shelf.found.letter(out.key, (0, 0), T0_MS, out.value)
    one = shelf.one()
    letter = msgspec.structs.replace(one.last, value_base64=base64.b64encode(written(event_id="e-2")).decode())
    again_ = record_of(one, letter, written(event_id="e-2", flavour="x"))
    outputs = lane.chunk([again_.incoming(T0)._replace(offset=1)], store)
    (refused,) = [
        msgspec.json.decode(out.value or b"", type=DeadLetter) for out in outputs if out.topic == "dead.letters"
    ]
    assert dead_letters.identity(refused) == one.id
    mended = lane.chunk([record_of(one, letter, letter.value()).incoming(T0)._replace(offset=2)], store)
    assert [out.topic for out in mended] == ["wms.milestones"]


def test_what_the_lanes_say_themselves_is_not_sent_again() -> None:
    """Commands and receipts are said again by the lanes that own them, and by nobody here."""
    shelf = Shelf()
    letter = shelf.refused(incoming(topic="erp.commands"))
    with pytest.raises(click.ClickException, match=r"erp\.commands"):
        record_of(shelf.one(), letter, b"{}")


def test_a_trial_says_what_the_lane_would_do() -> None:
    """A dry run reads the bytes by the lane's own code: what it would send on, or why it would refuse it."""
    trying = Trying(Dialects())
    good = trying.tried(Redriven("partner.events", b"O-1", written(owner="O-1"), ()))
    assert (good.refused, good.told[0].split()[:2]) == ((), ["wms.milestones", "[O-1]"])
    for topic in ("partner.events", "wms.milestones", "partner.references", "partner.documents"):
        assert trying.tried(Redriven(topic, b"O-1", b"{", ())).refused, topic
    assert "unknown_partner" in trying.tried(Redriven("partner.documents", b"acme/1", b"{", ())).refused[0]


def test_values_are_set_in_json() -> None:
    """A value is set at its path, as JSON if it is such, else as text; a path that leads nowhere is refused."""
    value = b'{"owner":"O-1","body":{"lines":[{"quantity":4}]}}'
    assert msgspec.json.decode(with_values(value, ("body.lines[0].quantity=5", "$.owner=O 2", "note=1x"))) == {
        "owner": "O 2", "body": {"lines": [{"quantity": 5}]}, "note": "1x",
    }  # fmt: skip
    for wrong in ("body.lines[1].quantity=5", "nobody.x=1", "=1", "owner", "body.lines[x]=1", "owner.x=1", "[0]=1"):
        with pytest.raises(click.ClickException):
            with_values(value, (wrong,))
    with pytest.raises(click.ClickException, match="no JSON"):
        with_values(b"ISA*", ("a=1",))


def test_bytes_are_shown_and_steer_no_terminal() -> None:
    """Text is shown as text, all else in hex; nothing that is shown can steer a terminal."""
    assert shown(b"ISA*00\nGS*SH") == "ISA*00\nGS*SH"
    assert shown(b"\x1b[2J").startswith("00000000  1b 5b 32 4a")
    assert shown(b"\xff\xfe").startswith("00000000  ff fe")
    assert "--raw" in shown(b"x" * 10_000)


def test_documents_are_gone_on_with_by_one_letter() -> None:
    """Of a message that was sent again and is refused in several parts, one part alone goes on with the letter."""
    record = incoming(3, b"x", b"acme/1", headers=((dead_letters.REDRIVEN_ID, b"L-1"),), topic="partner.documents")
    first = dead_letters.dead_letter(record, BAD, lane="intake")
    assert dead_letters.identity(first) == "L-1"
    assert dead_letters.identity(dead_letters.anew(first)) != "L-1"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["redrive", "--actor", " ", "--reason", "x"], "--actor and --reason must say something"),
        (["redrive", "--actor", "ann"], "--reason"),
        (["redrive", "--actor", "ann", "--reason", "x" * 1001], "at most 1000"),
        (["discard", "--actor", "ann", "--reason", "x"], "ID"),
        (["edit", "L", "--actor", "ann", "--reason", "a\nb"], "cannot be printed"),
        (["list", "--state", "gone"], "--state"),
        (["list", "--since", "yesterday"], "--since"),
        (["redrive", "--actor", "ann", "--reason", "x", "--rate", "0"], "--rate"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be meant is said in one line with exit 2, before any broker is asked."""
    assert run(["dead-letters", *arguments]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert len(told.strip().splitlines()) == 1
