"""`milepost doctor` on partners: what cannot be read, is not there or is over is named; a secret is never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from milepost.commands.doctor_finding import Finding
from milepost.commands.doctor_partners import partners
from milepost.commands.main import run
from milepost.runtime.settings import Settings
from milepost.tests.ops.test_doctor import states, to_mend

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ACME = """partner: acme
extends: [x12-warehouse]
role: wms
contract: {version: "1", until: 2026-11-20, warn_days: 30, replaced_by: other}
issuer: acme
format: x12
time: {zone: America/Chicago}
in:
  webhook: {signature: {scheme: hmac-sha256, header: X-S, secret: "env:ACME_KEY"}}
  drop: {}
out:
  http: {url: "https://acme.example", bearer: "file:/nowhere/ACME_TOKEN"}
  envelope: {sender: "ZZ:MILEPOST", receiver: "ZZ:ACME"}
"""
DEAF = """partner: deaf
role: wms
issuer: deaf
format: canonical
in: {drop: {}}
"""
SITES = """sites:
  - {site: wms/DC-NORTH, by: [{dialect: acme}]}
  - {site: wms/DC-SOUTH, by: [{from: "2027-01-01T00:00:00Z", dialect: acme}]}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory of dialects of a place of one's own."""
    (tmp_path / "dialects").mkdir()
    (tmp_path / "dialects" / "acme.yaml").write_text(ACME)
    (tmp_path / "dialects" / "sites.yaml").write_text(SITES)
    return tmp_path


def found(place: Path, process: str | None, now: datetime = NOW, **environment: str) -> list[Finding]:
    settings = Settings(dialect_dir=place / "dialects", drop_dir=place / "drop")
    return list(partners(settings, process, environment, now))


def test_a_dialect_that_cannot_be_read_is_named(place: Path) -> None:
    """File and line of a bad dialect are said, and nothing is concluded from the others."""
    (place / "dialects" / "bad.yaml").write_text("partner: bad\nnonsense: 1\n")
    (one,) = found(place, None)
    assert one.state == "mend"
    assert "bad.yaml:1" in one.said


def test_secrets_are_named_and_never_shown(place: Path) -> None:
    """The gateway lacks what partners prove themselves by, dispatch what we do; each is named, none shown."""
    assert "env:ACME_KEY" in to_mend(found(place, "gateway"), "secrets")[0]
    assert "file:/nowhere/ACME_TOKEN" in to_mend(found(place, "dispatch"), "secrets")[0]
    sound = found(place, "gateway", ACME_KEY="open sesame")
    assert not to_mend(sound, "secrets")
    assert "sesame" not in str(sound)
    assert "secrets" not in states(found(place, None))


def test_all_that_the_gateway_asks_by_is_looked_for(place: Path) -> None:
    """The address and the login of the partner's own list are looked for as its secrets are: without, no gateway."""
    poll = ', poll: {url: "env:ACME_LIST", bearer: "env:ACME_LOGIN"}}'
    signed = '{signature: {scheme: hmac-sha256, header: X-S, secret: "env:ACME_KEY"}'
    (place / "dialects" / "acme.yaml").write_text(ACME.replace(signed + "}", signed + poll))
    missing = to_mend(found(place, "gateway", ACME_KEY="open sesame"), "secrets")
    assert [name for name in ("env:ACME_LIST", "env:ACME_LOGIN") if any(name in one for one in missing)] == [
        "env:ACME_LIST", "env:ACME_LOGIN",
    ]  # fmt: skip
    all_there = {"ACME_KEY": "a", "ACME_LIST": "https://acme.example/all", "ACME_LOGIN": "b"}
    assert not to_mend(found(place, "gateway", **all_there), "secrets")


def test_only_who_serves_a_site_has_to_be_reached(place: Path) -> None:
    """Secrets for a partner that serves no site are missed by nobody."""
    (place / "dialects" / "sites.yaml").write_text("sites: []\n")
    assert not to_mend(found(place, "dispatch"), "secrets")


def test_sites_are_told_with_who_serves_them(place: Path) -> None:
    """A site that nobody serves yet is told with its day; one whose partner has no way out is to be mended."""
    lines = [(one.state, one.said) for one in found(place, None) if one.check == "sites"]
    assert lines[0][0] == "unknown"
    assert "2027-01-01" in lines[0][1]
    assert lines[1] == ("ok", "wms/DC-NORTH by acme")
    (place / "dialects" / "deaf.yaml").write_text(DEAF)
    (place / "dialects" / "sites.yaml").write_text("sites: [{site: wms/DC-NORTH, by: [{dialect: deaf}]}]\n")
    assert "no way out" in to_mend(found(place, None), "sites")[0]


@pytest.mark.parametrize(("day", "said"), [(1, "ends in 19 days"), (25, "ended 5 days ago")])
def test_a_contract_that_ends_is_told_before(place: Path, day: int, said: str) -> None:
    """Within its days of warning, and after its end, a contract is to be mended, with who takes over."""
    (line,) = to_mend(found(place, None, NOW.replace(day=day)), "contracts")
    assert said in line
    assert "other takes over" in line
    assert not to_mend(found(place, None, datetime(2026, 10, 1, tzinfo=UTC)), "contracts")


def test_the_folder_of_files_can_be_written_to(place: Path) -> None:
    """A folder that cannot be written to is to be mended; where there is none, it is said whose files are not taken."""
    assert states(found(place, "gateway", ACME_KEY="x"))["files"] == {"ok"}
    settings = Settings(dialect_dir=place / "dialects", drop_dir=Path("/proc/milepost"))
    assert "cannot be written" in to_mend(list(partners(settings, "gateway", {}, NOW)), "files")[0]
    nowhere = list(partners(Settings(dialect_dir=place / "dialects"), "gateway", {}, NOW))
    assert "acme" in next(one.said for one in nowhere if one.check == "files")


def test_a_process_is_a_lane_or_the_gateway(capsys: pytest.CaptureFixture[str]) -> None:
    """Both at once is one clear line and exit 2."""
    assert run(["doctor", "--gateway", "--lane", "intake"]) == 2
    assert "a process is one of them" in capsys.readouterr().err
