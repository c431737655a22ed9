"""bench/results.json: the last figures of each benchmark, for the pages that quote them."""

from __future__ import annotations

import json
from typing import Any

from milepost.bench.places import RESULTS


def keep(part: str, figures: dict[str, Any]) -> None:
    """Replace one part of the file, leave the others."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept[part] = rounded(figures)
    RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def rounded(value: Any) -> Any:
    """Four digits are more than any of these figures holds."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list | tuple) else value
