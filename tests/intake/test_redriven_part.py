"""A file with good and bad sets: the good ones count at once, a bad one counts as if it had been good, once mended."""

from __future__ import annotations

import pytest
from milepost.tests.intake.partner import letters, topics
from milepost.tests.intake.stranger_desk import SAMPLES, Desk, events

WHOLE = (SAMPLES / "wms-x12" / "945-whole.edi").read_bytes()
_HEAD, _SET = WHOLE[: WHOLE.index(b"ST*945")], WHOLE[WHOLE.index(b"ST*945") : WHOLE.index(b"GE*")]


def file_of(*numbers: int, bad: int = 0, how: tuple[bytes, bytes] = (b"*EA*", b"*XX*")) -> bytes:
    """Return one interchange of ship advices, each of an order of its own; in the set ``bad`` something is wrong."""
    sets = []
    for number in numbers:
        one = _SET.replace(b"0001~", b"%04d~" % number).replace(b"000001", b"%06d" % number)
        sets.append(one.replace(*how) if number == bad else one)
    return _HEAD + b"".join(sets) + b"GE*%d*1~\nIEA*1*000000001~\n" % len(numbers)


BROKEN = {
    "a unit that the dialect does not have": ((b"*EA*", b"*XX*"), "unknown_code"),
    "no warehouse": ((b"N1*WH*", b"N1*ZZ*"), "missing_field"),
    "no end": ((b"SE*17", b"SX*17"), "bad_envelope"),
    "a quantity that is none": ((b"W12*CC*12*12", b"W12*CC*12*1,2"), "invalid_value"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_three_good_and_one_bad(name: str) -> None:
    """Three sets become events, the fourth one dead letter with bytes of its own; these, mended and sent again alone,
    give the very events, ids included, that the file would have given had all of it been good."""
    how, reason = BROKEN[name]
    all_good = events(Desk().hear("wms-x12", file_of(1, 2, 3, 4)))
    assert len({event.owner for event in all_good}) == 4
    desk = Desk()
    outputs = desk.hear("wms-x12", file_of(1, 2, 3, 4, bad=3, how=how))
    said = events(outputs)
    bad_order = all_good[0].owner[:-1] + "3"
    assert said == [event for event in all_good if event.owner != bad_order]
    (letter,) = letters(outputs)
    assert letter.reason == reason
    assert "set 0003" in letter.place
    assert all(one not in letter.value() for one in (b"000001-N1", b"000002", b"000004"))
    again = desk.again(letter, letter.value().replace(how[1], how[0]))
    assert letters(again) == []
    assert events(again) == [event for event in all_good if event.owner == bad_order]


def test_sent_again_as_it_was() -> None:
    """Not mended it is the same dead letter once more, and no event; the whole file once more doubles none."""
    desk = Desk()
    value = file_of(1, 2, 3, bad=2)
    first = desk.hear("wms-x12", value)
    (letter,) = letters(first)
    again = desk.again(letter, letter.value())
    (second,) = letters(again)
    assert (second.reason, second.value()) == (letter.reason, letter.value())
    assert events(again) == []
    assert [event.event_id for event in events(desk.hear("wms-x12", value))] == [e.event_id for e in events(first)]
    assert "partner.answers" in topics(first)
