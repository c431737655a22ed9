"""`milepost config`: what is in force, where it comes from, and what is no setting at all."""

from __future__ import annotations

import json

import pytest
from milepost.commands.main import run
from milepost.runtime.settings import table


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[str, str]]:
    """Return value and origin of what is shown, by variable."""
    assert run(["config", "--json", *arguments]) == 0
    return {one["variable"]: (one["value"], one["origin"]) for one in json.loads(capsys.readouterr().out)}


def test_every_setting_is_shown_with_its_origin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every setting of the table is shown as it is in force; what the environment sets is marked, also when it says
    what the default says."""
    monkeypatch.setenv("MILEPOST_TENANT", "test-1")
    monkeypatch.setenv("MILEPOST_TICKS", "internal")
    shown = rows(capsys)
    assert list(shown) == [name for name, *_ in table()]
    assert shown["MILEPOST_TENANT"] == ("test-1", "environment")
    assert shown["MILEPOST_TICKS"] == ("internal", "environment")
    assert shown["MILEPOST_BROKER"] == ("127.0.0.1:9092", "default")
    assert set(rows(capsys, "--set")) == {"MILEPOST_TENANT", "MILEPOST_TICKS"}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_secret_is_printed(
    form: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a secret it is shown that it is set, and nothing else."""
    monkeypatch.setenv("MILEPOST_ERP_TOKEN", "open-sesame")
    assert run(["config", *form]) == 0
    said = capsys.readouterr().out
    assert "open-sesame" not in said
    assert "(not shown)" in said


def test_every_variable_that_is_no_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All unknown variables with our prefix are named, each with the one that may be meant, exit 2."""
    monkeypatch.setenv("MILEPOST_BROKR", "k:1")
    monkeypatch.setenv("MILEPOST_ZZZ", "1")
    assert run(["config"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "MILEPOST_BROKR is not a setting of Milepost; did you mean MILEPOST_BROKER?" in said.err
    assert "MILEPOST_ZZZ is not a setting" in said.err


def test_a_value_that_is_not_allowed_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A value that no process would take is refused here as everywhere, exit 2."""
    monkeypatch.setenv("MILEPOST_TICKS", "sometimes")
    assert run(["config"]) == 2
    assert "MILEPOST_TICKS=sometimes is not allowed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["MILEPOST_ERP_URL", "MILEPOST_BURN_URL", "MILEPOST_BROKER", "MILEPOST_TENANT"])
@pytest.mark.parametrize(
    "text",
    ["https://bob:hunter2@erp.example", "https://:hunter2@erp.example", "https://bob:hun/hunter2@erp.example",
     "https://erp.example/?token=hunter2", "https://erp.example#hunter2", "k:1,bob:hunter2@k:2", "bob:hunter2@k:2"],
)  # fmt: skip
def test_a_login_within_an_address_is_neither_taken_nor_printed(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address with a name, password or query in it is refused, and the line that says so does not tell them."""
    monkeypatch.setenv(name, text)
    assert run(["config"]) == 2
    said = "".join(capsys.readouterr())
    assert name in said
    assert "hunter2" not in said


@pytest.mark.parametrize("name", ["MILEPOST_ERP_TOKEN", "MILEPOST_KAFKA_PASSWORD"])
def test_a_secret_with_a_line_break_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A secret that was made from a file with its line break is named at the start; it is not shown."""
    monkeypatch.setenv("MILEPOST_KAFKA_SECURITY", "scram")
    monkeypatch.setenv("MILEPOST_KAFKA_USER", "bob")
    monkeypatch.setenv("MILEPOST_KAFKA_PASSWORD", "word")
    monkeypatch.setenv(name, "hunter2\n")
    assert run(["config"]) == 2
    said = capsys.readouterr().err
    assert f"{name}=(not shown) is not allowed; allowed: any text in one line" in said
    assert "hunter2" not in said
