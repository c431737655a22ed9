"""Where the benchmark keeps what it fetches and builds: `.bench/` in the project, ignored by git."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".bench"
PEERS = ROOT / "bench" / "peers"
RESULTS = ROOT / "bench" / "results.json"
PICTURE = ROOT / "docs" / "bench.svg"
