"""`milepost doctor` on ERP, clock, libraries, rules and settings: what is wrong is named, what is sound is let be."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from milepost.broker.readiness import free_ports
from milepost.commands.doctor_erp import erp
from milepost.commands.doctor_finding import Finding
from milepost.commands.doctor_here import here, versions
from milepost.commands.doctor_kafka import CLOCK_APART_S
from milepost.commands.main import run
from milepost.runtime.settings import Settings, from_environment
from milepost.simulators.erp.faults import FaultSettings, Outage
from milepost.tests.erp.server import served

DOWN = FaultSettings(outages=(Outage(start=0, length=1e9),))


def to_mend(found: list[Finding], check: str) -> list[str]:
    lines = [f"{one.said}; {one.mend}" for one in found if one.check == check and one.state == "mend"]
    print(*(one.line for one in found), sep="\n")  # of a test that fails
    return lines


def states(found: list[Finding]) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    for one in found:
        told.setdefault(one.check, set()).add(one.state)
    return told


def of_erp(token: str = "", faults: FaultSettings | None = None, ahead_s: float = 0.0) -> list[Finding]:
    """What is found with an ERP that wants a token, has faults, or another clock."""

    async def work(there: object) -> list[Finding]:
        settings = from_environment({"MILEPOST_ERP_URL": there.url, "MILEPOST_ERP_READ_TOKEN": "sesame"})  # type: ignore[attr-defined]
        return [one async for one in erp(settings)]

    return served(work, faults, token=token, now=lambda: time.time() + ahead_s)


def test_a_sound_erp_is_let_be() -> None:
    """An ERP that answers, knows our token and has our time is nothing to mend."""
    assert states(of_erp("sesame")) == {"erp": {"ok"}, "clock": {"ok"}}


def test_an_erp_that_is_not_there_is_named() -> None:
    """Where nobody listens at the ERP's address, the address is named, and what may be in the way."""
    (port,) = free_ports("127.0.0.1", 1)

    async def work() -> list[Finding]:
        return [one async for one in erp(from_environment({"MILEPOST_ERP_URL": f"http://127.0.0.1:{port}"}))]

    (line,) = to_mend(asyncio.run(work()), "erp")
    assert str(port) in line
    assert "MILEPOST_ERP_URL" in line


def test_an_erp_that_is_down_is_told_from_a_wrong_token() -> None:
    """An ERP that answers no query is to be looked at itself; of a token that opens nothing the setting is named."""
    (down,) = to_mend(of_erp(faults=DOWN), "erp")
    assert "look at the ERP" in down
    assert "TOKEN" not in down
    (refused,) = to_mend(of_erp("another"), "erp")
    assert refused.endswith("check MILEPOST_ERP_READ_TOKEN")


@pytest.mark.parametrize("ahead_s", [300.0, -300.0])
def test_a_clock_of_the_erp_that_is_off_is_named(ahead_s: float) -> None:
    """An ERP whose clock is five minutes off is told by how much, and which way."""
    (line,) = to_mend(of_erp(ahead_s=ahead_s), "clock")
    assert f"{'ahead of' if ahead_s > 0 else 'behind'} this machine's" in line
    said_s = float(line.partition(" clock is ")[2].split()[0])
    assert abs(said_s - 300) <= CLOCK_APART_S / 2


def test_a_library_of_another_version_is_named() -> None:
    """A version that the release was not tested with is named, with the one it needs."""
    (line,) = to_mend(list(versions(["aiokafka>=99", "faust-streaming>=0.15", "pytest>=99"])), "versions")
    assert "install aiokafka>=99:" in line


def test_bad_rules_and_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """A policy that cannot be read is named by its file, a data directory that cannot be written to by its setting."""
    (tmp_path / "broken.toml").write_text("version = ")
    found = list(here(replace(Settings(), policy_dir=tmp_path, data_dir=Path("/proc/milepost"))))
    assert "broken.toml" in to_mend(found, "rules")[0]
    assert "MILEPOST_DATA_DIR=/proc/milepost" in to_mend(found, "disk")[0]


def test_settings_that_do_not_go_are_the_first_thing_to_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong setting is one line to mend and exit 1: without settings nothing else can be looked at."""
    monkeypatch.setenv("MILEPOST_TICKS", "sometimes")
    assert run(["doctor"]) == 1
    assert capsys.readouterr().out.startswith("MEND     settings  MILEPOST_TICKS=sometimes is not allowed")
