"""Which runs are kept, and which are cleared away."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from milepost.commands.places import RUNS_KEPT, new_run, runs_dir


@pytest.mark.parametrize(
    "state", ["supervisor.json", "seed-3/supervisor.json", "seed-3/runs/chaos/seed-3/supervisor.json"]
)
def test_what_goes_on_is_kept_however_old(tmp_path: Path, state: str) -> None:
    """Of ended runs the last few are kept; one in which somebody still works is never cleared away, nor is a run of
    several drills of which one goes on."""
    runs = [runs_dir(tmp_path) / f"run-{n}" for n in range(RUNS_KEPT + 3)]
    for age, run in enumerate(reversed(runs)):
        run.mkdir(parents=True)
        os.utime(run, (1000 - age, 1000 - age))
    (runs[0] / state).parent.mkdir(parents=True, exist_ok=True)
    (runs[0] / state).write_text(json.dumps({"pid": os.getpid()}))
    os.utime(runs[0], (1, 1))
    made = new_run(tmp_path, "demo")
    assert {made, runs[0], *runs[-RUNS_KEPT:]} == set(runs_dir(tmp_path).iterdir())
