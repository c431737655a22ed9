"""`make fuzz [ARGS="--seconds 60 x12 say-wms-x12"]`: each harness in a process of its own; a find ends with 1.

What is found stays as `tests/codecs/found/HARNESS-DIGEST`, and tests/codecs/test_found.py reads it from then on.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from milepost.runtime.settings import ROOT
from milepost.tests.codecs.corpus import CORPUS
from milepost.tests.codecs.fuzzing.harnesses import names, seeds

FOUND = ROOT / "tests" / "codecs" / "found"
LENGTH_MAX = 6_000  # of what is tried: short enough for thousands a second
TIMEOUT_S = 10  # one input that takes longer is a find
MEMORY_MAX_MB = 2_000
STATISTICS = ("number_of_executed_units", "slowest_unit_time_sec", "peak_rss_mb")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("harnesses", nargs="*", metavar="HARNESS", help="all of them unless named")
    parser.add_argument("--seconds", type=int, default=60, help="for each harness")
    given = parser.parse_args()
    wrong = [name for name in given.harnesses if name not in names()]
    if wrong:
        parser.error(f"there is no harness {wrong[0]!r}; there are: {', '.join(names())}")
    bad = [name for name in given.harnesses or names() if not _run(name, given.seconds)]
    print("nothing found" if not bad else f"found: {', '.join(bad)}; see {FOUND}")
    return 1 if bad else 0


def _run(name: str, seconds: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="milepost-fuzz-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for path in seeds(name, [CORPUS, FOUND]):
            value = path.read_bytes()
            (corpus / hashlib.sha256(value).hexdigest()[:16]).write_bytes(value)
        command = [
            sys.executable, "-m", "milepost.tests.codecs.fuzzing.one", name, str(corpus), f"-max_total_time={seconds}",
            f"-max_len={LENGTH_MAX}", f"-timeout={TIMEOUT_S}", f"-rss_limit_mb={MEMORY_MAX_MB}", "-seed=7",
            f"-artifact_prefix={folder}/", "-print_final_stats=1", "-verbosity=0",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(f"{name}: {_rate(done.stderr)}", flush=True)
        if done.returncode:
            print(done.stdout[-4000:] + done.stderr[-4000:])
            FOUND.mkdir(exist_ok=True)
            for path in Path(folder).glob("*-*"):
                value = path.read_bytes()
                (FOUND / f"{name}-{hashlib.sha256(value).hexdigest()[:12]}").write_bytes(value)
    return done.returncode == 0


def _rate(said: str) -> str:
    stats = dict(line.removeprefix("stat::").split(":", 1) for line in said.splitlines() if line.startswith("stat::"))
    count, slowest, memory = (stats.get(name, "?").strip() for name in STATISTICS)
    return f"{count} executions, the slowest {slowest} s, at most {memory} MB"


if __name__ == "__main__":
    sys.exit(main())
