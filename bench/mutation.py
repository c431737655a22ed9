"""Mutation testing of the pure core: `make mutation [ARGS='--modules settle outbox --sample 200 --seed 1']`.

Cosmic Ray changes one thing at a time in a copy of the tree, and the tests that run on the core alone must notice. The
score is killed / tried. Survivors are listed with their change; those of the posting rules must be killed, or be named
in bench/mutation_survivors.md with the reason why nothing can notice them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POSTING_RULES = (
    "settle", "outbox", "grounds", "compensation", "goods", "amounts", "credits", "deliveries", "inspections",
    "freight", "freight_shares", "order_changes",
)  # fmt: skip
# What is about the posting rules, the quick first: the first test that fails ends a mutant.
TESTS = (
    *(f"tests/workflow/test_{name}.py" for name in (
        "settle", "crowded", "dependents", "ground_replaced", "extras", "rejections", "flapping", "taken_back",
        "quantities", "law_compensation", "law_invariants",
    )),
    "tests/scenarios",
)  # fmt: skip
PER_MUTANT_S = 120
CONFIG = """[cosmic-ray]
module-path = {modules}
timeout = {timeout}.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"

[cosmic-ray.distributor]
name = "local"
"""
# Changes that alter no behaviour: annotations in modules with postponed evaluation, keyword spelling of types.
SKIPPED = ("core/ReplaceBinaryOperator_BitOr_", "core/RemoveDecorator")


def main() -> int:
    """Run and print; exit 1 when a survivor of the posting rules is not named."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="milepost-mutation-") as directory:
        copy = _copied(Path(directory))
        session = copy / "mutation.sqlite"
        _configured(copy, asked.modules, asked.tests)
        _run(copy, "baseline", "mutation.toml")  # the unchanged copy must pass, or every mutant would look killed
        _run(copy, "init", "mutation.toml", session.name)
        total, kept = _thinned(session, asked.sample, asked.seed)
        print(f"{', '.join(asked.modules)}: {kept} of {total} mutants (seed {asked.seed})", flush=True)
        started = time.monotonic()
        _run(copy, "exec", "mutation.toml", session.name)
        return _report(session, time.monotonic() - started)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", nargs="+", default=list(POSTING_RULES), help="modules of workflow/")
    parser.add_argument("--tests", nargs="+", default=list(TESTS))
    parser.add_argument("--sample", type=int, default=0, help="try so many, drawn by the seed; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _copied(directory: Path) -> Path:
    copy = directory / "milepost"
    left = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".hypothesis", "*.sqlite")
    shutil.copytree(ROOT, copy, ignore=left)
    return copy


def _configured(copy: Path, modules: list[str], tests: list[str]) -> None:
    paths = json.dumps([f"workflow/{module}.py" for module in modules])
    text = CONFIG.format(modules=paths, timeout=PER_MUTANT_S, python=sys.executable, tests=" ".join(tests))
    (copy / "mutation.toml").write_text(text)


def _run(copy: Path, *arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(copy.parent), "LAWS": "mutation", "PYTHONDONTWRITEBYTECODE": "1"}
    tool = Path(sys.executable).parent / "cosmic-ray"
    if subprocess.run([str(tool), *arguments], cwd=copy, env=environment).returncode:
        sys.exit(f"cosmic-ray {arguments[0]} failed")


def _thinned(session: Path, sample: int, seed: int) -> tuple[int, int]:
    """Take out of the session what changes nothing and what the sample leaves out; return (all, kept)."""
    with sqlite3.connect(session) as db:
        rows = db.execute("SELECT job_id, operator_name FROM mutation_specs ORDER BY job_id").fetchall()
        place = "SELECT job_id FROM mutation_specs ORDER BY module_path, start_pos_row, start_pos_col, operator_name"
        ordered = [job for (job,) in db.execute(place)]
        idle = {job for job, operator in rows if operator.startswith(SKIPPED)}
        wanted = [job for job in ordered if job not in idle]
        chosen = set(random.Random(seed).sample(wanted, sample)) if 0 < sample < len(wanted) else set(wanted)
        for table in ("mutation_specs", "work_items"):
            db.executemany(f"DELETE FROM {table} WHERE job_id = ?", [(j,) for j in ordered if j not in chosen])
    return len(ordered), len(chosen)


def _report(session: Path, took_s: float) -> int:
    with sqlite3.connect(session) as db:
        found = db.execute(
            "SELECT m.module_path, m.start_pos_row, m.operator_name, r.test_outcome, r.diff FROM mutation_specs m "
            "JOIN work_results r ON r.job_id = m.job_id ORDER BY 1, 2, 3"
        ).fetchall()
    survivors = [row for row in found if "SURVIVED" in str(row[3]).upper()]
    named = (ROOT / "bench" / "mutation_survivors.md").read_text() if survivors else ""
    unnamed = 0
    for module, row, operator, _, diff in survivors:
        changed = " / ".join(
            line for line in str(diff).splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
        )
        known = changed.split(" / ")[0].lstrip("-").strip() in named
        unnamed += not known and Path(module).stem in POSTING_RULES
        print(f"survived{' (named)' if known else ''}: {module}:{row} {operator}: {changed}")
    killed = len(found) - len(survivors)
    print(f"score {100 * killed / max(1, len(found)):.1f} %: {killed} of {len(found)} killed, {took_s:.0f} s")
    return 1 if unnamed else 0


if __name__ == "__main__":
    sys.exit(main())
