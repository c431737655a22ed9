"""Exceptions of partners: found by partner, and closed, put off or taken on by a person's word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from milepost.commands import main, partner_settle, topic_reading
from milepost.commands.exceptions import carried, concerns, grouped, shows
from milepost.commands.partner_settle import SETTLED, chosen, settled
from milepost.contracts.reports import ExceptionRaised
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS

NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(days=1)


def raised(**changes: object) -> ExceptionRaised:
    flaw = ExceptionRaised(
        id="e1", owner="partner/acme", type="DATA_QUALITY", severity="info", queue="data-steward", cause="e1",
        text="message M-1: count at CTT01: 9 of 10", system="milepost",
    )  # fmt: skip
    return msgspec.structs.replace(flaw, **changes)


FLAW = raised()
WORD = raised(id="e2", type="UNMAPPED_STATUS", severity="error")
SENT = raised(id="e3", owner="O-1", type="DELIVERY_FAILED", evidence=("acme", "404"))
LOST = raised(id="e4", owner="partner/acme", type="DELIVERY_FAILED", evidence=("acme",))
POINTED = raised(id="e5", owner="ref/tracking/acme/1Z", type="ORPHAN_EVENT")
OTHERS = [
    raised(id="e6", owner="partner/acme2"), raised(id="e7", owner="ref/tracking/acme2/acme"),
    raised(id="e8", owner="O-1", type="SHORT_PICK", evidence=("acme",)),
    raised(id="e9", owner="O-1", type="DELIVERY_FAILED", evidence=("other", "acme")),
]  # fmt: skip
ALL = [FLAW, WORD, SENT, LOST, POINTED, *OTHERS]


def test_what_concerns_a_partner_is_found_by_its_name() -> None:
    """Its messages, what is delivered to it, and the native ids that it counts; nothing of one with a like name."""
    assert [one for one in ALL if concerns(one, "acme")] == [FLAW, WORD, SENT, LOST, POINTED]


def test_groups_say_of_whom_is_what_has_no_stage() -> None:
    """Orders, partners and native ids are counted apart."""
    groups = grouped([*ALL, raised(id="e10", owner="source/wms", type="SOURCE_PAUSED")])
    assert groups["(partner)", "DATA_QUALITY", "milepost"] == ["partner/acme", "partner/acme2"]
    assert groups["(native id)", "ORPHAN_EVENT", "milepost"] == ["ref/tracking/acme/1Z"]
    assert groups["(source)", "SOURCE_PAUSED", "milepost"] == ["source/wms"]
    assert groups["-", "SHORT_PICK", "milepost"] == ["O-1"]


def test_a_person_closes_only_what_nothing_else_does() -> None:
    """A delivery, an orphan and all that is an order's close with what they are about; what is closed is not closed
    again, and what sleeps only by its id."""
    asleep = settled(WORD, "ann", "later", TOMORROW)
    assert {one.type for one in chosen(ALL, "acme")} == {"DATA_QUALITY", "UNMAPPED_STATUS"} < set(SETTLED)
    assert chosen([asleep, settled(FLAW, "ann", "done")], "acme") == []
    assert chosen([asleep], "acme", id_="e2") == [asleep]
    assert chosen(ALL, "acme", "UNMAPPED_STATUS") == chosen(ALL, "acme", id_="e2") == [WORD]


@given(st.text(max_size=1000), st.text(max_size=2000))
def test_a_word_keeps_what_it_is_about_and_fits(text: str, reason: str) -> None:
    """Settled, an exception is closed, by whom and why; it can be read again whatever was said."""
    one = settled(raised(text=text), "ann", reason)
    assert (one.id, one.open, one.status, one.resolution, one.resolved_by) == (
        "e1", False, "resolved", "settled", "ann")  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(one), type=ExceptionRaised) == one
    assert one.text.startswith(f"ann: {reason[:100]}")


def test_a_lane_that_repeats_it_does_not_undo_a_persons_word() -> None:
    """What sleeps sleeps on until its time, what somebody looks at stays theirs; what was settled and comes again is
    open again, and what is over is over."""
    asleep, taken = settled(FLAW, "ann", "later", TOMORROW), settled(FLAW, "ann", "asked", acknowledge=True)
    again = raised(text="message M-2: count at CTT01: 8 of 10")
    assert not shows(carried(asleep, again, NOW))
    assert carried(asleep, again, NOW).text == again.text
    assert carried(asleep, again, TOMORROW) == again
    assert carried(taken, again, NOW).acknowledged_by == "ann"
    assert shows(carried(taken, again, NOW))
    assert carried(settled(FLAW, "ann", "done"), again, NOW) == carried(None, again, NOW) == again
    over = raised(open=False, status="resolved")
    assert carried(asleep, over, NOW) == over
    assert shows(settled(FLAW, "ann", "later", NOW - timedelta(seconds=1)))


Sent = list[ExceptionRaised]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    found: Sent = []

    async def latest(bootstrap: str) -> list[ExceptionRaised]:
        return ALL

    async def publish(bootstrap: str, topic: str, pairs: list[tuple[str, bytes]]) -> int:
        assert topic == ORDERS_EXCEPTIONS
        found.extend(msgspec.json.decode(value, type=ExceptionRaised) for _, value in pairs)
        assert [key for key, _ in pairs] == [one.owner for one in found]
        return len(pairs)

    monkeypatch.setattr(partner_settle, "latest_exceptions", latest)
    monkeypatch.setattr(partner_settle, "reachable", lambda settings: settings.broker)
    monkeypatch.setattr(topic_reading, "publish", publish)
    return found


def ran(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main.cli, ["partner", "settle", *arguments, "--reason", "mended"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_verb_says_it_under_the_partners_key(sent: Sent) -> None:
    """All that is open of the partner is closed, and printed; a trial sends nothing."""
    code, told = ran("acme", "--actor", "ann", "--dry-run")
    assert (code, sent) == (0, [])
    assert "2 would be said of partner/acme" in told
    code, told = ran("acme", "--actor", "ann")
    assert code == 0
    assert [(one.id, one.status, one.resolved_by) for one in sent] == [
        ("e1", "resolved", "ann"), ("e2", "resolved", "ann")]  # fmt: skip
    assert "2 said of partner/acme" in told


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nobody", "--actor", "ann"), 1, "nothing of that is open of nobody"),
        (("acme", "--actor", " "), 2, "--actor is needed"),
        (("acme", "--actor", "a\nb"), 2, "--actor has characters that cannot be printed"),
        (("acme", "--actor", "ann", "--type", "DELIVERY_FAILED"), 2, "DELIVERY_FAILED"),
        (("acme", "--actor", "ann", "--until", "2099-01-01T00:00Z", "--acknowledge"), 2, "two things"),
    ],
)
def test_what_cannot_be_meant_is_refused(sent: Sent, arguments: tuple[str, ...], code: int, says: str) -> None:
    """One line says what is wrong, and nothing is sent."""
    found, told = ran(*arguments)
    assert (found, sent) == (code, [])
    assert says in told
