"""Bad input, as a story: whatever does not fit is named, as an exception or in one line, and nothing of it applies."""

from __future__ import annotations

from pathlib import Path

import pytest
from milepost.commands.main import run
from milepost.contracts.events import Event
from milepost.contracts.verbs import Acknowledged, MigrationOrdered, Skipped
from milepost.tests.scenarios.story import ledger, opened, then, told, under
from milepost.tests.workflow import saying as s

ORDER = (
    s.released("O-1", 0, s.line("A", "ITEM-2", 5)), s.picked("O-1", 10, "A", 5), s.departed("O-1", 50, "S-1"),
)  # fmt: skip


def _ledger_of(*facts: Event) -> dict[str, int]:
    (world,) = told(*facts, tellings=1)
    return ledger(world)


@pytest.mark.parametrize("word", [
    s.word("O-1", 90, Acknowledged(actor="ada", exception="nobody-raised-this")),
    s.word("O-1", 90, Skipped(actor="ada", reason="by hand", step="goods_issue/S-9")),
    s.let_go("O-1", 90, "hold/O-1/9"),
])  # fmt: skip
def test_a_word_about_what_is_not_there(word: Event) -> None:
    """A person's word that names nothing known shows as CONTROL_UNKNOWN, and the ledger is as without it."""
    for world in told(*ORDER, word):
        assert "CONTROL_UNKNOWN" in opened(world, "O-1")
        assert ledger(world) == _ledger_of(*ORDER)


def test_a_policy_nobody_deployed() -> None:
    """An order told to follow an unknown policy keeps its own, and POLICY_UNKNOWN says so."""
    for world in told(*ORDER, s.word("O-1", 90, MigrationOrdered(actor="ada", reason="new terms", policy="nope"))):
        assert "POLICY_UNKNOWN" in opened(world, "O-1")
        assert ledger(world) == _ledger_of(*ORDER)


def test_a_word_for_an_order_that_nobody_knows() -> None:
    """A hold on an unknown order posts nothing, is kept, and holds the order when it comes after all."""
    for world in told(s.held("O-1", 5)):
        assert ledger(world) == {}
        then(world, *ORDER)
        assert ledger(world) == {}
        assert "MANUAL" in opened(world, "O-1")


def test_an_override_beyond_its_actors_limit() -> None:
    """More than the actor may set shows as OVERRIDE_BEYOND_LIMIT, and the freight stays what the carrier said."""
    rules = under(limits_minor={"ada": 500, "chief": 10**9})
    facts = [s.boarded("L-1", 0, O_1=10), s.offered("L-1", 5, 1, 9000, 500), s.answered("L-1", 20, 1, "accepted")]
    word = s.overridden("load/L-1", 90, "freight_amount", "", 501)
    expected = [ledger(world) for world in told(*facts, rules=rules, tellings=1)]
    for world in told(*facts, word, rules=rules):
        assert "OVERRIDE_BEYOND_LIMIT" in opened(world, "load/L-1")
        assert [ledger(world)] == expected
        assert 9000 in ledger(world).values()


def test_more_was_picked_than_ordered() -> None:
    """Units beyond the order are shown as OVER_PICKED, and are neither issued nor billed when they leave."""
    for world in told(ORDER[0], s.picked("O-1", 10, "A", 50), ORDER[2]):
        assert "OVER_PICKED" in opened(world, "O-1")
        assert ledger(world) == _ledger_of(*ORDER)


def test_more_is_refused_than_was_shipped() -> None:
    """A carrier's report of six of five refused counts for nothing: EXCEPTION_EXCEEDS."""
    for world in told(*ORDER, s.excepted("O-1", 90, "S-1", "refused", "A", 6)):
        assert "EXCEPTION_EXCEEDS" in opened(world, "O-1")
        assert ledger(world) == _ledger_of(*ORDER)


def test_more_comes_back_than_was_shipped() -> None:
    """An inspection of six of five counts for nothing: RETURN_EXCEEDS."""
    for world in told(*ORDER, s.inspected("O-1", 90, "R-1", "S-1", "A", 6)):
        assert "RETURN_EXCEEDS" in opened(world, "O-1")
        assert ledger(world) == _ledger_of(*ORDER)


def test_goods_come_back_that_never_left() -> None:
    """A return of a shipment that was never shipped counts for nothing: RETURN_UNKNOWN."""
    back = [s.return_requested("O-1", 80, "R-1", "S-9", A=1), s.inspected("O-1", 90, "R-1", "S-9", "A", 1)]
    for world in told(*ORDER, *back):
        assert "RETURN_UNKNOWN" in opened(world, "O-1")
        assert ledger(world) == _ledger_of(*ORDER)


def test_more_is_received_than_was_bought() -> None:
    """A receipt of eleven of ten is not half taken: OVER_RECEIPT, and nothing is in the books."""
    for world in told(s.inbound("P-1", 0, s.goods_in("A", "ITEM-2", 10, 100)), s.received("P-1", 50, "R-1", A=11)):
        assert "OVER_RECEIPT" in opened(world, "P-1")
        assert ledger(world) == {}


def test_the_currency_changes_in_mid_order() -> None:
    """A re-release in dollars does not stand: CURRENCY_CHANGED, and the books stay as they were in euros."""
    again = s.released("O-1", 60, s.line("A", "ITEM-2", 3), currency="USD", version=2)
    for world in told(*ORDER, again):
        assert "CURRENCY_CHANGED" in opened(world, "O-1")
        assert ledger(world) == _ledger_of(*ORDER)


BAD_POLICIES = {
    "an unknown carrier": ('tender_carriers = ["NOBODY"]', "NOBODY"),
    "a loop of substitutes": ('substitutes = { "ITEM-001" = "ITEM-002", "ITEM-002" = "ITEM-001" }', "loop"),
    "a loop of queues": ('escalates_to = { a = "b", b = "a" }', "loop"),
    "a knob that is not there": ("shrot_pick = 1", "shrot_pick"),
    "dates that end before they begin": ("effective_until = 2019-01-01T00:00:00Z", "before it begins"),
    "a value of another kind": ('short_pick = "maybe"', "maybe"),
}


@pytest.mark.parametrize(("line", "named"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_a_bad_policy_is_refused_before_anything_starts(
    line: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`policy check` refuses it in one line that names what is wrong, with exit 2."""
    path = tmp_path / "one.toml"
    path.write_text(f'version = "one"\neffective_from = 2020-01-01T00:00:00Z\n{line}\n')
    assert run(["policy", "check", "--policies", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert named in said.err
    assert str(path) in said.err or "one" in said.err


def test_policies_that_overlap_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two versions in force at one moment: one line, exit 2."""
    for name, begins, ends in (("one", 2020, "effective_until = 2022-01-01T00:00:00Z"), ("two", 2021, "")):
        text = f'version = "{name}"\neffective_from = {begins}-01-01T00:00:00Z\n{ends}\n'
        (tmp_path / f"{name}.toml").write_text(text)
    assert run(["policy", "check", "--policies", str(tmp_path)]) == 2
    assert "overlaps two" in capsys.readouterr().err
