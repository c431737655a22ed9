"""The drill in short: a few seeds, all faults, on a real Kafka with real processes. The long one: `make chaos`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from milepost.chaos.report import Report, read
from milepost.chaos.windows import REQUIRED

ORDERS = 300
WITHIN_S = 420  # the limit of one drill that hangs, not what it takes


def drill(seed: int, data: Path, *arguments: str) -> tuple[Report, str, int]:
    command = [sys.executable, "-m", "milepost.commands.main", "chaos", "--seed", str(seed), *arguments]
    environment = {**os.environ, "MILEPOST_DATA_DIR": str(data)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as run:
        try:
            said, _ = run.communicate(timeout=WITHIN_S)
        except subprocess.TimeoutExpired:
            run.terminate()  # it ends what it started
            said, _ = run.communicate(timeout=60)
            pytest.fail(f"not done within {WITHIN_S} s\n{said}", pytrace=False)
    found = list(data.rglob("drill.json"))
    assert len(found) == 1, said
    return read(found[0]), said, run.returncode


@pytest.mark.timeout(WITHIN_S + 90)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_lost_and_nothing_is_twice_whatever_fails(seed: int, tmp_path: Path) -> None:
    """Under all faults, with a process ended at every crash window, every law of a run at rest holds; with an ERP that
    books a reference as often as it is asked (seed 3) as well."""
    report, said, code = drill(seed, tmp_path, "--orders", str(ORDERS))
    assert report.green, said
    assert code == 0
    assert report.orders == ORDERS
    assert set(report.hits) >= REQUIRED
    assert report.unique_reference == (seed % 3 != 0)
    assert (tmp_path / "runs").is_dir()
    assert list(tmp_path.rglob("drill.svg"))
