"""Policies and reference data are data files: a bad one is named at start, by file, line and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rules_files import load_rules

HEAD = 'version = "p1"\neffective_from = 2020-01-01T00:00:00Z\n'
REFERENCE = {
    "version": "r1",
    "effective_from": "2020-01-01T00:00:00Z",
    "customers": ["C1"],
    "sites": {"DC": {}},
    "items": {"I1": {"weight_grams": 5}},
    "transport": {"ltl": {"max_weight_grams": 1000}},
    "needs_planning": ["ltl"],
}


def refusal(tmp_path: Path, policy: bytes | str = HEAD, reference: object = REFERENCE) -> str:
    """Return the one line with which the files are refused, without the directory."""
    policies, references = tmp_path / "policies", tmp_path / "reference"
    policies.mkdir()
    references.mkdir()
    (policies / "p.toml").write_bytes(policy if isinstance(policy, bytes) else policy.encode())
    (references / "r.json").write_text(reference if isinstance(reference, str) else json.dumps(reference, indent=1))
    with pytest.raises(ConfigurationError) as caught:
        load_rules(policies, references, "t")
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("policy", "place", "allowed"),
    [
        (HEAD + 'short_pick = "x"\n', "p.toml:3", "hold | ship_short"),
        (HEAD + "[short_pick]\n", "p.toml:3", "Expected `str`"),
        (HEAD + '# what\nshort_pickk = "hold"\n', "p.toml:4", "did you mean short_pick?"),
        (HEAD + "orphan_after_s = -1\n", "p.toml:3", ">= 0"),
        (HEAD + "orphan_after_s = 1000000000000\n", "p.toml:3", "<= 316224000"),
        (HEAD + "late = = 1\n", "p.toml:3", "Invalid value"),
        (HEAD.encode() + b"# \xe9\n", "p.toml:3", "utf-8"),
        (HEAD.replace("Z", ""), "p.toml:2", "needs a time zone"),
        (HEAD.replace("p1", "p" * 300), "p.toml:1", "<= 200"),
        ('version = "p1"\n', "p.toml:1", "missing required field `effective_from`"),
    ],
)
def test_a_bad_policy_is_named(tmp_path: Path, policy: bytes | str, place: str, allowed: str) -> None:
    """A policy file that is wrong in any way is refused in one line with file, line and what is allowed there."""
    line = refusal(tmp_path, policy)
    assert line.startswith(f"policies/{place}:"), line
    assert allowed in line


@pytest.mark.parametrize(
    ("change", "place", "allowed"),
    [
        ({"items": {"I1": {"wieght": 5}}}, "r.json:12", "unknown field `wieght`"),
        ({"items": {"I1": {"weight_grams": -5}}}, "r.json:10", ">= 0"),
        ({"needs_planning": ["hover"]}, "r.json:20", "ltl | ftl | parcel"),
        ({"transport": {"hover": {"max_weight_grams": 1}}}, "r.json:15", "ltl | ftl | parcel"),
        ({"sitess": []}, "r.json:23", "did you mean sites?"),
    ],
)
def test_bad_reference_data_is_named(tmp_path: Path, change: dict[str, object], place: str, allowed: str) -> None:
    """A reference file with an unknown word or an impossible weight is refused with its line, not half understood."""
    line = refusal(tmp_path, reference=REFERENCE | change)
    assert line.startswith(f"reference/{place}:"), line
    assert allowed in line


BERLIN = {"time_zone": "Europe/Berlin", "days": ["mon"], "opens": "08:00", "closes": "18:00"}


@pytest.mark.parametrize(
    ("calendar", "cut_offs", "field", "text"),
    [
        (BERLIN | {"time_zone": "Europe/Berlinn"}, [], "time_zone", "unknown time zone 'Europe/Berlinn'"),
        (BERLIN | {"time_zone": "Europe"}, [], "time_zone", "unknown time zone"),
        (BERLIN | {"time_zone": "../etc/passwd"}, [], "time_zone", "unknown time zone"),
        (BERLIN | {"time_zone": ""}, [], "time_zone", "unknown time zone"),
        (BERLIN | {"days": []}, [], "days", "no day is open"),
        (BERLIN | {"closes": "08:00"}, [], "closes", "opens 08:00 is not before closes 08:00"),
        (BERLIN | {"opens": "19:00"}, [], "closes", "opens 19:00 is not before closes 18:00"),
        (BERLIN | {"holidays": ["2026-02-30"]}, [], "holidays", "2026-02-30 is no day"),
        (BERLIN, ["10:00", "18:01"], "wave_cut_offs", "cut-off 18:01 is outside the opening hours 08:00 to 18:00"),
        (BERLIN, ["07:59"], "wave_cut_offs", "cut-off 07:59 is outside"),
        (BERLIN, ["10:00", "10:00"], "wave_cut_offs", "cut-off 10:00 stands there twice"),
        (BERLIN, ["25:00"], "wave_cut_offs", "Expected `str` matching regex"),
    ],
)
def test_a_calendar_nobody_could_work_by_is_named(
    tmp_path: Path, calendar: dict[str, object], cut_offs: list[str], field: str, text: str
) -> None:
    """A site's impossible calendar or cut-off is refused with its line, though another site has the same fields."""
    good = {"calendar": BERLIN, "wave_cut_offs": ["10:00"]}
    items = {"I1": {"weight_grams": 5, "sites": ["A", "DC"]}}  # another place with the name of the sites, before them
    sites = {"A": good, "DC": {"calendar": calendar, "wave_cut_offs": cut_offs}, "Z": good}
    reference = {"items": items} | {k: v for k, v in REFERENCE.items() if k != "items"} | {"sites": sites}
    line = refusal(tmp_path, reference=reference)
    place, number, said = line.split(":", 2)
    assert place == "reference/r.json"
    assert text in said
    if "regex" not in text:  # what the form itself refuses is found by its outermost name alone
        written = json.dumps(reference, indent=1).splitlines()
        assert f'"{field}"' in written[int(number) - 1]
        assert written.index('  "DC": {') < int(number) < written.index('  "Z": {')
        assert "sites.DC" in said


def test_a_carriers_calendar_is_looked_at_too(tmp_path: Path) -> None:
    """A carrier with an unknown zone is refused: its tenders would have no deadline."""
    carriers = {"CARR": {"calendar": BERLIN | {"time_zone": "Mars/Olympus"}}}
    assert "carriers.CARR.calendar.time_zone" in refusal(tmp_path, reference=REFERENCE | {"carriers": carriers})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Broken JSON is refused with its line, a directory in a file's place by its name."""
    assert refusal(tmp_path, reference='{"version":\n,}').startswith("reference/r.json:2:")
    (tmp_path / "policies" / "q.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"q\.toml: Is a directory"):
        load_rules(tmp_path / "policies", tmp_path / "reference", "t")


def test_two_files_of_one_version_are_refused(tmp_path: Path) -> None:
    """Of two files with one version, or one first day, chance would choose; both are refused."""
    line = refusal(tmp_path, reference="[]")
    assert "r.json:1" in line
    (tmp_path / "policies" / "q.toml").write_text(HEAD)
    (tmp_path / "reference" / "r.json").write_text(json.dumps(REFERENCE))
    with pytest.raises(ConfigurationError, match="two files say version p1"):
        load_rules(tmp_path / "policies", tmp_path / "reference", "t")
