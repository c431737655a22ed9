"""A site goes over to another dialect, and back, by one command each: what the list of sites says then."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.model import Dialect, Shift, Site
from milepost.codecs.dialects.sites import sites_of
from milepost.codecs.dialects.yaml_lines import Problems, read
from milepost.commands import main
from milepost.commands.partner_switched import CannotEdit, switched, taken_back
from milepost.tests.partners.shipped import DIRECTORY

SITE = "wms/DC-NORTH"
AT = datetime(2026, 12, 1, 6)
FORMS = {
    "braces": "      - {dialect: wms-csv}\n",
    "lines": "      - dialect: wms-csv\n        also: [epcis]\n",
    "braces over lines": "      - {from: 2026-01-01T00:00:00Z,\n         dialect: wms-csv, also: [epcis]\n        }\n",
    "several": "      - {dialect: epcis}\n      # by\n      - {from: 2026-06-01T00:00:00Z, dialect: wms-csv}  # {\n",
}


def listed(shifts: str, behind: str = "") -> str:
    head = "# who serves what\nsites:\n  - site: tms\n    by: [{dialect: tms-json}]\n"
    return f"{head}  - site: {SITE}\n    by:\n{shifts}{behind}"


OTHER = "  - site: wms   # all others\n    by:\n      - {dialect: wms-json}\n"


PARTNERS = {name: Dialect(name, "wms", (name,), name, "json") for name in ("wms-json", "wms-csv", "epcis")} | {
    "tms-json": Dialect("tms-json", "tms", ("tms",), "tms", "json")
}


def sites(text: str) -> dict[str, Site]:
    problems = Problems()
    root = read("sites.yaml", text.encode(), problems)
    assert root is not None
    found = sites_of(root, PARTNERS, problems)
    assert not problems.all()
    return found


def served(text: str) -> tuple[Shift, ...]:
    return sites(text)[SITE].by


@pytest.mark.parametrize("behind", ["", OTHER])
@pytest.mark.parametrize("shifts", FORMS.values(), ids=FORMS)
def test_a_switch_is_one_line_more_and_back_is_one_less(shifts: str, behind: str) -> None:
    """However the list is written, the new dialect serves from the moment on, all else stays as it is to the letter,
    and taken back the list is what it was."""
    before = listed(shifts, behind)
    after = switched(before, SITE, "wms-json", AT)
    assert served(after) == (*served(before), Shift(AT.replace(tzinfo=UTC), "wms-json"))
    assert {**sites(after), SITE: None} == {**sites(before), SITE: None}
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [
        '      - {from: "2026-12-01T06:00:00Z", dialect: wms-json}'
    ]
    assert taken_back(after, SITE) == before


@given(st.integers(1, 10**6))
def test_who_is_shadowed_gets_its_day(minutes: int) -> None:
    """Where the dialect stands in the list already, from a day far away, its moment changes and nothing else."""
    shadowed = switched(listed(FORMS["braces"], OTHER), SITE, "wms-json", datetime(2099, 1, 1))
    since = AT + timedelta(minutes=minutes)
    after = switched(shadowed, SITE, "wms-json", since)
    assert served(after) == (Shift(None, "wms-csv"), Shift(since.replace(tzinfo=UTC), "wms-json"))
    assert len(after.splitlines()) == len(shadowed.splitlines())
    assert taken_back(after, SITE) == listed(FORMS["braces"], OTHER)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sites: []\n", "no line"),
        (f"sites:\n  - site: {SITE}\n    by: [{{dialect: wms-csv}}]\n", "a line of its own"),
        (listed("      - {dialect: wms-json}\n"), "always was"),
        ("sites: {", "no line"),
    ],
)
def test_what_cannot_be_edited_is_said(text: str, said: str) -> None:
    """A list that names nobody, or is written in one line, is left to a person, in one sentence."""
    with pytest.raises(CannotEdit, match=said):
        switched(text, SITE, "wms-json", AT)
    with pytest.raises(CannotEdit):
        taken_back(text, SITE)


def test_a_line_that_would_stand_elsewhere_is_not_written() -> None:
    """Where braces in a name hide the end of an entry the list is left alone, rather than another site be switched."""
    text = listed('      - {dialect: wms-csv, also: ["{"]}\n', OTHER)
    with pytest.raises(CannotEdit, match="by hand"):
        switched(text, SITE, "wms-json", AT)
    dated = OTHER + "      - {from: 2026-05-01T00:00:00Z, dialect: wms-csv}\n"
    with pytest.raises(CannotEdit, match="by hand"):
        switched(listed('      - {dialect: wms-json, also: ["{"]}\n', dated), SITE, "wms-json", AT)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dialects").mkdir()
    for name in PARTNERS:
        shutil.copy(DIRECTORY / f"{name}.yaml", tmp_path / "dialects")
    (tmp_path / "dialects" / "sites.yaml").write_text(listed(FORMS["braces"]))
    monkeypatch.setenv("MILEPOST_DIALECT_DIR", str(tmp_path / "dialects"))
    return tmp_path / "dialects" / "sites.yaml"


def test_one_command_promotes_and_one_takes_back(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A trial changes nothing; the switch is written and shown by `partner list`; back, the file is what it was."""
    before = desk.read_text()
    switch = ["partner", "switch", SITE, "wms-json", "--from", "2099-12-01T06:00Z"]
    assert main.run([*switch, "--dry-run"]) == 0
    assert desk.read_text() == before
    assert '+      - {from: "2099-12-01T06:00:00Z", dialect: wms-json}' in capsys.readouterr().out
    assert main.run(switch) == 0
    assert main.run(["partner", "list", "--json"]) == 0
    assert f"{SITE} from 2099-12-01 06:00Z" in capsys.readouterr().out
    assert main.run(["partner", "switch", SITE, "--back"]) == 0
    assert desk.read_text() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([SITE, "nobody", "--from", "2099-12-01T06:00Z"], "there is no nobody"),
        ([SITE, "tms-json", "--from", "2099-12-01T06:00Z"], "is of role tms"),
        (["wms/MOON", "wms-json", "--from", "2099-12-01T06:00Z"], "no line"),
        ([SITE, "wms-json"], "either NAME and --from, or --back alone"),
        ([SITE, "wms-json", "--back"], "either NAME and --from, or --back alone"),
        ([SITE, "--back"], "no switch to take back"),
        ([SITE, "wms-json", "--from", "tomorrow"], "tomorrow"),
    ],
)
def test_a_list_nobody_would_start_with_is_never_written(
    arguments: list[str], said: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what is wrong, exit 2, and the file is what it was."""
    before = desk.read_text()
    assert main.run(["partner", "switch", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert desk.read_text() == before
