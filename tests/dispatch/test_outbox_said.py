"""`milepost outbox retry` and `settle`: what a person says of which deliveries, and what goes out."""

from __future__ import annotations

import msgspec
import pytest
from click.testing import CliRunner
from milepost.commands import outbox, outbox_said, topic_reading
from milepost.commands.main import cli
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled, DeliveryWord
from milepost.runtime.topic_table import PARTNER_DELIVERIES
from milepost.tables.delivery import Delivery, Settled, Standing, standing
from milepost.tests.dispatch.told import EPOCH

WHO = ("--actor", "ann", "--reason", "phoned")


def row(
    id_: str, state: str, partner: str = "acme", owner: str = "SO-1", sequence: int = 1, attempt: int = 0
) -> Delivery:
    plain = Delivery(id=id_, owner=owner, partner=partner, what="instruct.warehouse", asked_at=EPOCH, sequence=sequence)
    return standing(plain, Standing(state=state, attempt=attempt, at=EPOCH))  # type: ignore[arg-type]


GIVEN_UP = msgspec.structs.replace(
    row("d-given", "refused"),
    settled=(Settled(at=EPOCH, attempt=0, of="refused", outcome="given_up", actor="bob", reason="gone"),),
)
ROWS = [
    row("d-refused2", "refused", sequence=2), row("d-refused1", "refused", attempt=3), row("d-open", "open"),
    row("d-other", "refused", "other"), row("d-done", "acknowledged"), row("d-late", "overdue"), GIVEN_UP,
    msgspec.structs.replace(row("d-answer", "refused", owner="partner/acme"), key="acme/M-1"),
]  # fmt: skip


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[str, DeliveryWord]]]:
    found: list[list[tuple[str, DeliveryWord]]] = []

    async def read(bootstrap: str, owner: str | None) -> list[Delivery]:
        return ROWS

    async def publish(bootstrap: str, topic: str, pairs: list[tuple[str, bytes]]) -> int:
        assert topic == PARTNER_DELIVERIES
        found.append([(key, msgspec.json.decode(value, type=DeliveryWord)) for key, value in pairs])
        return len(pairs)

    monkeypatch.setattr(outbox, "read", read)
    monkeypatch.setattr(outbox, "reachable", lambda settings: settings.broker)
    monkeypatch.setattr(topic_reading, "publish", publish)
    return found


Sent = list[list[tuple[str, DeliveryWord]]]


def ran(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["outbox", *arguments])
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_word_names_the_attempt_and_how_it_stood(sent: Sent) -> None:
    """What goes out says which attempt, how it stood, by whom and why, under the key of the row; a
    trial sends nothing."""
    for verb in (["retry"], ["settle", "--as", "given-up"]):
        code, told = ran(*verb, "d-refused1", *WHO, "--dry-run")
        assert (code, sent, "1 would be said of 1 deliveries" in told) == (0, [], True)
    assert ran("settle", "d-refused1", "d-answer", "--as", "acknowledged", *WHO)[0] == 0
    ((first, one), (second, other)) = sent[0]
    assert isinstance(one, DeliverySettled)
    assert (one.delivery, one.attempt, one.of, one.outcome, one.actor, one.reason) == (
        "d-refused1", 3, "refused", "acknowledged", "ann", "phoned")  # fmt: skip
    assert (first, second, other.delivery) == ("SO-1", "acme/M-1", "d-answer")
    assert ran("settle", "d-given", "--as", "acknowledged", *WHO)[0] == 0  # one person's word after another's
    ((_, later),) = sent[1]
    assert isinstance(later, DeliverySettled)
    assert later.of == "refused"
    assert ran("retry", "d-lat", *WHO)[0] == 0  # an id may be shortened
    ((_, again),) = sent[2]
    assert isinstance(again, DeliveryRetried)
    assert (again.delivery, again.attempt) == ("d-late", 0)


def test_many_are_meant_by_state_and_partner_and_go_in_order_and_slowly(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a partner's in one state, each owner's in its order, no more a second than allowed."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(outbox_said.asyncio, "sleep", sleep)
    code, told = ran("retry", "--state", "refused", "--partner", "acme", "--rate", "2", *WHO)
    assert code == 0
    assert "3 said of 3 deliveries" in told
    assert [[word.delivery for _, word in batch] for batch in sent] == [["d-refused1", "d-refused2"], ["d-answer"]]
    assert slept == [0.0, 1.0]
    ran("settle", "--state", "refused", "--order", "SO-1", "--as", "given-up", *WHO)
    assert [word.delivery for _, word in sent[-1]] == ["d-other", "d-refused1", "d-refused2"]  # d-given is closed


def test_what_is_so_already_is_not_said_again(sent: Sent) -> None:
    """Given up is given up, by whom is named; what the partner acknowledged is acknowledged."""
    for id_, as_, by in (("d-given", "given-up", "bob"), ("d-done", "acknowledged", "acme")):
        code, told = ran("settle", id_, "--as", as_, *WHO)
        assert (code, sent) == (0, [])
        assert f"already, by {by}" in told
        assert "0 said of 1" in told


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["retry", "d-open", *WHO], 1, "d-open is open: there is nothing to try again"),
        (["retry", "d-done", "d-late", *WHO], 1, "d-done is acknowledged"),
        (["settle", "d-done", "--as", "given-up", *WHO], 1, "acknowledged by acme"),
        (["settle", "d-refused", "--as", "given-up", *WHO], 1, "2 deliveries begin with 'd-refused'"),
        (["settle", "nothing", "--as", "given-up", *WHO], 1, "nothing under the id 'nothing' goes to a partner"),
        (["retry", "--state", "unknown", *WHO], 1, "none of 8 deliveries is so"),
        (["retry", *WHO], 2, "which ones?"),
        (["retry", "--partner", "acme", *WHO], 2, "which ones?"),
        (["retry", "d-late", "--state", "refused", *WHO], 2, "not both"),
        (["settle", "d-late", *WHO], 2, "--as"),
        (["settle", "d-late", "--as", "refused", *WHO], 2, "given-up"),
        (["retry", "d-late", "--actor", "ann"], 2, "--reason"),
        (["retry", "d-late", "--actor", " ", "--reason", "why"], 2, "must say something"),
        (["retry", "d-late", "--actor", "a" * 201, "--reason", "why"], 2, "at most 200"),
        (["settle", "d-late", "--as", "given-up", "--actor", "ann", "--reason", "a\nb"], 2, "cannot be printed"),
        (["retry", "d-late", "--rate", "0", *WHO], 2, "--rate"),
        (["--state", "lost"], 2, "lost"),
        (["--limit", "0"], 2, "--limit"),
    ],
)
def test_what_cannot_be_meant_is_refused(sent: Sent, arguments: list[str], code: int, says: str) -> None:
    """One line says what is wrong, and nothing is sent, not even what else was named."""
    found, told = ran(*arguments)
    assert (found, sent) == (code, [])
    assert says in told
