"""Later records of an owner pass a dead letter, or wait behind it; then effects are in the order of offsets."""

from __future__ import annotations

import base64
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.agents import behind_letters
from milepost.agents.behind_letters import BehindLetters
from milepost.agents.intake import Intake
from milepost.agents.source_pause import PauseTold
from milepost.codecs import canonical, dead_letters
from milepost.contracts.letters import LetterAct
from milepost.contracts.reports import DeadLetter
from milepost.runtime import parked
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.redriven import redriven
from milepost.runtime.topic_table import DEAD_LETTERS, DEAD_LETTERS_ACTS, PARTNER_EVENTS, PARTNER_PARKED
from milepost.tables import waiting
from milepost.tables.waiting import Waiting
from milepost.tests.codecs.events import T0, written
from milepost.tests.intake.partner import T0_MS, MemoryStore

PARTITION = 3  # of all of these
OWNERS = ("O-1", "O-26", "O-53")
OPERATOR = "ann"


class Life:
    """One partition of lane intake, its topics, and the people around it. ``effects``: what went on, in order."""

    def __init__(self, seed: int = 0, policy: behind_letters.Policy = "wait") -> None:
        self.random, self.policy = Random(seed), policy
        self.store = MemoryStore()
        self.logs: dict[str, list[Incoming]] = {PARTNER_EVENTS: [], DEAD_LETTERS_ACTS: []}
        self.read, self.committed = dict.fromkeys(self.logs, 0), dict.fromkeys(self.logs, 0)
        self.letters: dict[str, tuple[bytes, DeadLetter]] = {}
        self.done: set[str] = set()  # letters that were mended or given up: a second reading may say them again
        self.parked: list[Output] = []
        self.effects: list[tuple[str, int]] = []
        self.gone: set[int] = set()
        self.sent: dict[str, list[int]] = {owner: [] for owner in OWNERS}
        self.number = 0
        self.restart()

    def restart(self) -> None:
        self.intake = Intake(10**9, behind=BehindLetters(self.policy))
        self.intake.recovered(PARTITION, self.store, 1)
        self.read = dict(self.committed)

    def append(self, topic: str, key: bytes, value: bytes | None, headers: tuple[tuple[str, bytes], ...] = ()) -> None:
        log = self.logs[topic]
        log.append(Incoming(topic, PARTITION, len(log), key, value, T0_MS, headers))

    def say(self, owner: str, *, bad: bool = False) -> int:
        self.number += 1
        self.sent[owner].append(self.number)
        more = {"flavour": "new"} if bad else {}
        self.append(PARTNER_EVENTS, owner.encode(), written(owner=owner, event_id=f"e-{self.number}", **more))
        return self.number

    def step(self, crashes: float = 0.0) -> None:
        """Read one chunk; with ``crashes`` its state may be written, a part of its outputs published, and all lost."""
        behind = [topic for topic, log in self.logs.items() if self.read[topic] < len(log)]
        if not behind:
            self.committed = dict(self.read)
            return
        topic = self.random.choice(behind)
        begin = self.read[topic]
        chunk = self.logs[topic][begin : begin + self.random.randint(1, 4)]
        outputs = list(self.intake.chunk(chunk, self.store))
        if self.random.random() < crashes:
            self.publish(outputs[: self.random.randint(0, len(outputs))])
            self.restart()
            return
        self.publish(outputs)
        self.read[topic] = begin + len(chunk)
        if self.random.random() < 0.5:
            self.committed = dict(self.read)

    def publish(self, outputs: list[Output]) -> None:
        for one in outputs:
            if one.topic == DEAD_LETTERS:
                letter = msgspec.json.decode(one.value or b"", type=DeadLetter)
                if (name := dead_letters.identity(letter)) not in self.done:
                    self.letters[name] = (one.key, letter)
            elif one.topic == PARTNER_PARKED:
                self.parked.append(one)
            elif one.topic == "wms.milestones":
                self.effects.append((one.key.decode(), int(canonical.decode(one.value or b"").event_id[2:])))

    def redrive(self, name: str, *, mended: bool) -> None:
        key, letter = self.letters[name]
        value = letter.value().replace(b'"flavour":"new"', b'"note":"mended"') if mended else letter.value()
        one = redriven(letter, name=name, origin="x", key=key, value=value, actor=OPERATOR, reason="mended")
        self.append(PARTNER_EVENTS, key, one.value, one.headers)
        if mended:
            del self.letters[name]
            self.done.add(name)

    def discard(self, name: str) -> None:
        key, letter = self.letters.pop(name)
        self.done.add(name)
        self.gone.add(int(msgspec.json.decode(letter.value())["event_id"][2:]))
        act = LetterAct(letter=name, act="discarded", actor=OPERATOR, reason="test", at=T0)
        self.append(DEAD_LETTERS_ACTS, key, msgspec.json.encode(act))

    def bring_back(self, at_most: int = 10**9) -> None:
        """The verb's work on the rows as they are, interrupted after some records."""
        rows = {owner: waiting.decode(value) for owner, value in self.store.items(waiting.TABLE)}
        come = {owner: row.returned_to for owner, row in rows.items()}
        for one in list(self.parked):
            headers = dict(one.headers)
            owner, offset = headers[parked.OWNER].decode(), int(headers[parked.OFFSET])
            row = rows[owner]
            if row.letter or not come[owner] < offset <= row.parked_to or at_most <= 0:
                continue
            come[owner], at_most = offset, at_most - 1
            plain = [pair for pair in one.headers if not pair[0].startswith(parked.MARK)]
            back = [(parked.RETURNED_OFFSET, b"%d" % offset), (parked.RETURNED_BEHIND, b"%d" % row.since)]
            self.append(PARTNER_EVENTS, one.key, one.value, (*plain, *back))

    def settle(self) -> None:
        """All letters are mended, and all that waits is brought back, until nothing is left."""
        for _ in range(200):
            while any(self.read[topic] < len(log) for topic, log in self.logs.items()):
                self.step()
            for name in list(self.letters):
                self.redrive(name, mended=True)
            self.bring_back()
            if all(self.read[topic] == len(log) for topic, log in self.logs.items()):
                return
        raise AssertionError("it never ends")

    def order(self, owner: str) -> list[int]:
        """What went on of an owner, each the first time."""
        return list(dict.fromkeys(number for key, number in self.effects if key == owner))


@settings(max_examples=300)
@given(st.integers(0, 10**9), st.sampled_from([0.0, 0.3]))
def test_effects_are_in_the_order_of_offsets(seed: int, crashes: float) -> None:
    """Whatever is refused, sent again in vain or mended, given up, brought back in parts or read twice: with policy
    wait what went on of an owner is what was sent of it, in order, without what was given up."""
    life, dice = Life(seed), Random(seed + 1)
    for _ in range(60):
        match dice.randint(0, 9):
            case 0 | 1 | 2:
                life.say(dice.choice(OWNERS), bad=dice.random() < 0.3)
            case 3 if life.letters:
                life.redrive(dice.choice(sorted(life.letters)), mended=dice.random() < 0.7)
            case 4 if life.letters and dice.random() < 0.3:
                life.discard(dice.choice(sorted(life.letters)))
            case 5:
                life.bring_back(dice.randint(0, 3))
            case _:
                life.step(crashes)
    life.settle()
    for owner in OWNERS:
        assert life.order(owner) == [one for one in life.sent[owner] if one not in life.gone]


def test_with_pass_nothing_waits() -> None:
    """By the usual policy later records of the order go on at once, and no row is kept."""
    life = Life(policy="pass")
    life.say("O-1", bad=True)
    later = life.say("O-1")
    life.step()
    life.step()
    assert life.order("O-1") == [later]
    assert life.store.tables.get(waiting.TABLE) is None


def test_who_waits_goes_on_in_order_when_the_policy_changes() -> None:
    """An owner that waits when the policy becomes pass is still brought back in order."""
    life = Life()
    life.say("O-1", bad=True)
    life.say("O-1")
    life.step()
    life.step()
    life.policy = "pass"
    life.committed = dict(life.read)
    life.restart()
    life.say("O-1")
    life.settle()
    assert life.order("O-1") == [1, 2, 3]


def test_past_the_limit_records_pass_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When as many owners wait as may, the next one's records pass; that is counted and logged, and room comes back."""
    monkeypatch.setattr(waiting, "OWNERS_MAX", 1)
    life = Life()
    for owner in ("O-1", "O-26"):
        life.say(owner, bad=True)
        life.say(owner)
    for _ in range(8):
        life.step()
    assert life.order("O-1") == []
    assert life.order("O-26") == [4]
    assert "DEAD LETTER PASSED of O-26" in caplog.text
    life.settle()
    life.say("O-26", bad=True)
    life.say("O-26")
    life.settle()
    assert life.order("O-26")[-2:] == [5, 6]


def test_rows_that_are_over_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of owners that wait no longer only so many rows are kept, in memory and in the store."""
    monkeypatch.setattr(waiting, "OVER_KEPT", 2)
    owners, store = waiting.WaitingOwners(), MemoryStore()
    owners.load(0, store)
    for number in range(10):
        owners.assign(0, f"O-{number}", Waiting("L", number), store)
        owners.assign(0, f"O-{number}", Waiting("", number), store)
    assert [key for key, _ in store.items(waiting.TABLE)] == ["O-8", "O-9"]
    assert owners.row(0, "O-0") is None


def test_what_is_no_order_does_not_wait() -> None:
    """A refused resumption, keyed by its source, lets nobody wait: the next one must be read."""
    life = Life()
    life.append(PARTNER_EVENTS, b"source/edi", b"{")
    life.append(PARTNER_EVENTS, b"", b"{")
    life.step()
    life.step()
    assert life.store.tables.get(waiting.TABLE) is None
    assert base64.b64encode(b"{").decode() in {letter.value_base64 for _, letter in life.letters.values()}


def test_later_rows_win_a_recovery() -> None:
    """Of two rows of one owner the one that has seen more stands, whichever comes first."""
    steps = [Waiting("L", 5), Waiting("L", 5, 6), Waiting("", 5, 6), Waiting("", 5, 6, 6), Waiting("M", 9, 6, 6)]
    raw = [msgspec.msgpack.encode(one) for one in steps]
    for older in range(len(raw)):
        for newer in range(older, len(raw)):
            assert waiting.merge(waiting.TABLE, "O-1", raw[older], raw[newer]) == raw[newer]
            assert waiting.merge(waiting.TABLE, "O-1", raw[newer], raw[older]) == raw[newer]


def test_a_word_on_another_letter_lets_nobody_go() -> None:
    """Giving up an older letter of the order does not open the one behind which it waits."""
    life = Life()
    life.say("O-1", bad=True)
    later = life.say("O-1")
    while life.read[PARTNER_EVENTS] < 2:
        life.step()
    act = LetterAct(letter="another", act="discarded", actor=OPERATOR, reason="test", at=T0)
    life.append(DEAD_LETTERS_ACTS, b"O-1", msgspec.json.encode(act))
    while life.read[DEAD_LETTERS_ACTS] < 1:
        life.step()
    life.bring_back()
    assert len(life.logs[PARTNER_EVENTS]) == 2
    life.settle()
    assert life.order("O-1") == [1, later]


def test_what_a_pause_parks_opens_no_letter() -> None:
    """A mended record whose source is paused is parked, and the order waits on until it has really gone on."""
    life = Life()
    life.say("O-1", bad=True)
    later = life.say("O-1")
    while life.read[PARTNER_EVENTS] < 2:
        life.step()
    told = PauseTold(source="wms-north", cause="C", paused=True)
    pause = Incoming("sources.paused", PARTITION, 0, b"wms-north", msgspec.json.encode(told), T0_MS, ())
    life.intake.chunk([pause], life.store)
    life.redrive(next(iter(life.letters)), mended=True)
    while life.read[PARTNER_EVENTS] < 3:
        life.step()
    row = waiting.decode(life.store.get(waiting.TABLE, "O-1") or b"")
    assert row.letter
    assert dict(life.parked[-1].headers)[parked.SOURCE] == b"wms-north"
    assert life.order("O-1") == []
    assert later == 2
