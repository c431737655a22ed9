"""What the demo's partners say in words of their own is read by their dialects as the very facts of their lives."""

from __future__ import annotations

from collections import Counter

import pytest
from milepost.agents.pointing import told
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors, Dialects
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.commands.demo_strangers import SITES, VOICES
from milepost.contracts.events import Event, tag_of
from milepost.contracts.references import Target
from milepost.runtime.dialect_files import dialect_files
from milepost.runtime.settings import Settings
from milepost.simulators.life import lives
from milepost.simulators.voice import Speech, Voice, read_voices

SEEDS, ORDERS = (1, 3), 120
PARTNERS = {"demo-borealis", "demo-carriers", "demo-north", "demo-north-epcis", "demo-south-x12", "demo-tms"}
NAMED_BY_THE_DIALECT = ("tms.in_transit", "tms.arrived")
"""A 214 has whole seconds and no name for what it tells: who reads it names it by its time."""

Fact = tuple[str, str, object, object, str]


@pytest.fixture(scope="module")
def voices() -> tuple[Voice, ...]:
    return read_voices({path.name: path.read_bytes() for path in VOICES.glob("*.yaml") if path.name != SITES})


@pytest.fixture(scope="module")
def dialects() -> Dialects:
    return read_dialects(dialect_files(Settings().dialect_dir), (VOICES / SITES).read_bytes())


def fact(event: Event) -> Fact:
    """The event as the core takes it: neither message ids nor arrival are part of it."""
    return event.owner, event.business_key, event.occurred_at, event.body, event.source


def read(dialects: Dialects, speech: Speech, event: Event) -> list[Event]:
    """What the dialect makes of the bytes, with native ids looked up as the table of references would have them."""
    message = Message(speech.partner, event.event_id, speech.value, content_type=speech.content_type)
    said = said_by(dialects.partners[speech.partner], message, dialects)
    assert not said.refused
    assert not said.shadowed
    target = Target(owner=event.owner, shipment=getattr(event.body, "shipment", ""))
    heard = [one for pointed in said.pointed if isinstance(one := told(pointed, target), Event)]
    looked_up = {one.event_id: one for one in heard}  # told by each of its native ids, under one id
    return [*said.events, *looked_up.values()]


def test_what_a_voice_says_is_read_as_the_same_fact(voices: tuple[Voice, ...], dialects: Dialects) -> None:
    """Whatever a voice says of a life, its dialect reads as one event with that owner, key, time and body."""
    spoken: Counter[tuple[str, str]] = Counter()
    for event in (act.event for seed in SEEDS for act in lives(seed, ORDERS).acts):
        speech = next((found for voice in voices if (found := voice.of(event))), None)
        if speech is None:
            continue
        tag = tag_of(event.body)
        spoken[speech.partner, tag] += 1
        heard = read(dialects, speech, event)
        if speech.partner == "demo-carriers" and tag in NAMED_BY_THE_DIALECT:
            assert [(one.owner, one.body) for one in heard] == [(event.owner, event.body)]
        else:
            assert [fact(one) for one in heard] == [fact(event)], (speech.partner, event.event_id)
    assert {partner for partner, _ in spoken} == PARTNERS
    assert set(spoken) == {(voice.partner, tag) for voice in voices for tag in voice.says}, "said by nobody here"


def test_the_same_event_is_said_in_the_same_bytes(voices: tuple[Voice, ...]) -> None:
    """A message that is delivered twice is the same message: nothing in it is drawn or counted."""
    events = [act.event for act in lives(SEEDS[0], 20).acts]
    said = [[voice.of(event) for event in events] for voice in voices]
    assert said == [[voice.of(event) for event in events] for voice in voices]
    assert any(speech for speeches in said for speech in speeches)


def test_a_voice_speaks_for_an_owner_in_everything_or_in_nothing(voices: tuple[Voice, ...]) -> None:
    """Shares are shares of owners: about so many of a hundred, and the greater share has those of the smaller."""
    owners = [f"SO-{n:06d}" for n in range(1000)]
    for voice in voices:
        has = {owner for owner in owners if voice.has(owner)}
        assert abs(len(has) / 10 - voice.share) < 6
        for other in voices:
            if other.share >= voice.share:
                assert has <= {owner for owner in owners if other.has(owner)}


HEAD = "partner: p\nsource: s\n"
WRONG = {
    HEAD + "format: json\nmessages: [{of: wms.flown, kind: json, document: {a: $.node}}]\n": "wms.flown",
    HEAD + "format: json\nmessages: [{of: wms.departed, kind: json, document: {a: $.nodes}}]\n": "nodes",
    HEAD + "messages: []\n": "format",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_voice_that_is_wrong_is_refused_with_its_line(text: str) -> None:
    """A file that is no voice names what is wrong in it, and where."""
    with pytest.raises(DialectErrors) as caught:
        read_voices({"wrong.yaml": text.encode()})
    assert any(WRONG[text] in one.text and one.line >= 1 for one in caught.value.problems)
