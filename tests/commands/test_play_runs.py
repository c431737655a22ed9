"""The SCMS history through everything on a real Kafka: a small sample always, the real file where it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from milepost.runtime.settings import ROOT
from milepost.tests.scms.sample import written

FILE = Path(os.environ.get("MILEPOST_SCMS", ROOT.parent / "shared" / "data" / "scms_delivery_history.tsv"))
SAMPLE_WITHIN_S = 120
FILE_WITHIN_S = 420


def play(tmp_path: Path, file: Path, *arguments: str, within_s: int) -> subprocess.CompletedProcess[str]:
    return milepost(tmp_path, "play", "--scms", str(file), *arguments, within_s=within_s)


def milepost(tmp_path: Path, *arguments: str, within_s: int = 30) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MILEPOST_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "milepost.commands.main", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=within_s, check=False)


@pytest.mark.timeout(SAMPLE_WITHIN_S + 10)
def test_a_sample_meets_its_own_totals(tmp_path: Path) -> None:
    """A small history, sent twice and in disorder to a real Kafka, ends every order and equals the file's totals, and
    each command that the report names shows its order afterwards."""
    file = tmp_path / "history.tsv"
    file.write_bytes(written())
    done = play(tmp_path, file, "--faults", "duplicate,disorder,repeat", within_s=SAMPLE_WITHIN_S)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "Verdict: equal to the cent" in done.stdout
    assert "DIFFERENT" not in done.stdout
    named = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("  milepost order ")]
    assert named
    for order in named:
        shown = milepost(tmp_path, "order", order)
        assert shown.returncode == 0, shown.stderr
        assert "reference-scms" in shown.stdout


@pytest.mark.timeout(FILE_WITHIN_S + 10)
@pytest.mark.skipif(not FILE.is_file(), reason=f"the SCMS delivery history is not at {FILE}; set MILEPOST_SCMS")
def test_the_real_history_meets_its_published_totals(tmp_path: Path) -> None:
    """All 6,233 real orders end, and value and freight equal the published totals to the cent, through a real Kafka."""
    done = play(tmp_path, FILE, within_s=FILE_WITHIN_S)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    for published in ("6,233", "1,627,584,457.29 USD", "6,198", "68,817,849.41 USD", "2,445"):
        assert done.stdout.count(published) >= 2, published  # once published, once ours
    assert "DIFFERENT" not in done.stdout


def test_a_file_that_is_no_history_is_one_line(tmp_path: Path) -> None:
    """Something else than the history is refused in one line with exit 2, before anything is started."""
    file = tmp_path / "other.tsv"
    file.write_text("not\ta\thistory\n")
    done = play(tmp_path, file, within_s=30)
    assert done.returncode == 2
    assert done.stderr.startswith("milepost: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()
