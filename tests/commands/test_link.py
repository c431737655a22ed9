"""Laws of `link` without a broker: what cannot be meant is refused, and a trial says what would follow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from milepost.commands import link_shown
from milepost.commands.link_sent import instead
from milepost.commands.main import run
from milepost.contracts.references import BY_HAND
from milepost.tables import references as rows
from milepost.tests.intake.referred import T0, Pool, link, pointed, reference

WHO = ["--actor", "ann", "--reason", "phoned"]
REFUSED = {
    "a kind that is not there": ["parcel", "ABCD", "1", "SO-1", *WHO],
    "no owner": ["pro", "ABCD", "1", *WHO],
    "no actor": ["pro", "ABCD", "1", "SO-1", "--reason", "x"],
    "no reason": ["pro", "ABCD", "1", "SO-1", "--actor", "ann"],
    "an empty reason": ["pro", "ABCD", "1", "SO-1", "--actor", "ann", "--reason", " "],
    "an empty issuer": ["pro", "", "1", "SO-1", *WHO],
    "an over-long number": ["pro", "ABCD", "1" * 201, "SO-1", *WHO],
    "an over-long owner": ["pro", "ABCD", "1", "O" * 201, *WHO],
    "a number that steers the terminal": ["pro", "ABCD", "\x1b[31m1", "SO-1", *WHO],
    "a reason of two lines": ["pro", "ABCD", "1", "SO-1", "--actor", "ann", "--reason", "x\ny"],
    "a load without a number": ["pro", "ABCD", "1", "load/", *WHO],
    "a reference as owner": ["pro", "ABCD", "1", "ref/pro/ABCD/2", *WHO],
    "a shipment of a load": ["pro", "ABCD", "1", "load/L-1", "--shipment", "S-1", *WHO],
    "a load aboard a load": ["load", "own", "L-1", "load/L-2", *WHO],
    "an instruction under a PRO": ["pro", "ABCD", "1", "SO-1", "--instruction", "I-1", *WHO],
    "a control number of nothing": ["control", "acme", "1/2", "SO-1", *WHO],
    "a look at what is said": ["pro", "ABCD", "1", "SO-1", "--show"],
    "only, and not at all": ["pro", "ABCD", "1", "SO-1", "--only", "--unlink", *WHO],
    "a look at the only one": ["pro", "ABCD", "1", "--show", "--only"],
    "a look with an actor": ["pro", "ABCD", "1", "--show", "--actor", "ann"],
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input to `link` is one line and exit 2, before any broker is looked for."""
    assert run(["link", *arguments, "--broker", "127.0.0.1:1"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("milepost: ")


def test_no_broker_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a broker `link` says so in one line and exit 1."""
    assert run(["link", "pro", "ABCD", "1", "--show", "--broker", "127.0.0.1:1"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def row(*said: object) -> rows.Row:
    pool = Pool()
    pool.say(*said)  # type: ignore[arg-type]
    pool.run()
    (value,) = [value for store in pool.stores for _, value in store.items(rows.TABLE)]
    return rows.decode(value)


def test_a_trial_says_what_would_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The milestones that a link would tell are counted and shown, one line each; a known one tells nothing."""
    hand = link(reference(), "O-1", "S-1", version=BY_HAND, actor="ann", reason="phoned")
    link_shown.print_trial(reference(), row(pointed(reference()), pointed(reference(), ordinal=1)), hand)
    said = capsys.readouterr().out
    assert "would mean O-1 shipment S-1; 2 milestones would be told" in said
    assert said.count("tms.delivered") == 2
    link_shown.print_trial(reference(), row(hand), hand)
    assert "that is known" in capsys.readouterr().out
    link_shown.print_trial(reference(), row(hand), link(reference(), "O-1", "S-1", version=BY_HAND, stands=False))
    assert "that is known" in capsys.readouterr().out  # said at the same moment, what stands is the higher word


def test_a_trial_says_what_would_be_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a link would be taken back, the milestones that count by it are shown; said only of one, of all others."""
    later = {"version": BY_HAND, "said_at": T0 + timedelta(minutes=1), "actor": "ann", "reason": "typo"}
    known = row(link(reference(), "O-1", "S-1"), link(reference(), "O-2", "S-2"), pointed(reference()))
    said = link(reference(), "O-3", "S-3", **later)
    taken_back = instead(known, said)
    assert [(one.target.owner, one.stands, one.actor) for one in taken_back] == [
        ("O-1", False, "ann"), ("O-2", False, "ann"),
    ]  # fmt: skip
    assert instead(None, said) == instead(row(said), said) == []
    link_shown.print_trial(reference(), known, taken_back[0])
    shown = capsys.readouterr().out
    assert "would no longer mean O-1 shipment S-1; 1 milestones would count there no longer" in shown
    assert shown.count("tms.delivered") == 1


def test_a_row_is_shown_with_who_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Targets are shown with actor and reason, what waits with its message; nothing that steers a terminal gets out."""
    hand = link(reference(), "O-\x1b[2J", "S-1", version=BY_HAND, actor="ann", reason="phoned")
    link_shown.print_row(reference(), row(pointed(reference()), hand, link(reference(), "O-2", stands=False)))
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "by ann: phoned" in said
    assert "no longer means O-2" in said
    assert "1 milestones told, 0 wait" in said
    link_shown.print_row(reference(), None)
    assert "nobody has spoken of it" in capsys.readouterr().out
