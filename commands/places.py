"""Where runs are noted, so that another command finds them: one directory each, with its supervisor's state."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from milepost.runtime.errors import ConfigurationError

RUNS_KEPT = 5
STATE = "supervisor.json"


def runs_dir(data_dir: Path) -> Path:
    return data_dir / "runs"


def new_run(data_dir: Path, kind: str) -> Path:
    """Make the directory of a new run; of ended runs only the last few are kept. Raises ConfigurationError."""
    parent = runs_dir(data_dir)
    path = parent / f"{kind}-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"
    make_below(data_dir, path)
    ended = [run for run in sorted(parent.iterdir(), key=_modified) if run != path and not _goes_on(run)]
    for old in ended[:-RUNS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def _goes_on(run: Path) -> bool:
    """Whether somebody still works in a run's directory; a run of several drills has a supervisor's state in each."""
    return any(is_running(read_state(state.parent)) for state in run.rglob(STATE))


def make_below(data_dir: Path, path: Path) -> None:
    """Make a directory that belongs to the data directory. ConfigurationError, one line, when it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot write to MILEPOST_DATA_DIR={data_dir}: {error.strerror}") from None


def running(data_dir: Path) -> list[dict[str, Any]]:
    """The states of the runs whose supervisor lives, the newest first."""
    try:
        found = [read_state(run) for run in sorted(runs_dir(data_dir).iterdir(), key=_modified, reverse=True)]
    except OSError:
        return []
    return [state for state in found if is_running(state)]


def read_state(run: Path) -> dict[str, Any]:
    """The state file of a run; empty when there is none."""
    try:
        state = json.loads((run / STATE).read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def is_running(state: dict[str, Any]) -> bool:
    """Whether the supervisor of a run still lives."""
    try:
        os.kill(int(state["pid"]), 0)
    except (KeyError, TypeError, ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def snapshot_file(data_dir: Path) -> Path:
    """What the last demo left to look at when its broker is gone."""
    return data_dir / "last-demo.snapshot"


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
