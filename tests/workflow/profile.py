"""How often a law is tried. ``LAWS=nightly`` tries 10,000 lives per law, each night other ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

PROFILE = os.environ.get("LAWS", "ci")
EXAMPLES = {"ci": 500, "nightly": 10_000, "mutation": 40}[PROFILE]
HOW = (
    f"{PROFILE}: {EXAMPLES} examples per law, the same ones every time; nightly: LAWS=nightly"
    if PROFILE != "nightly"
    else "nightly: 10,000 examples per law; a failure prints its example, and --hypothesis-seed=N repeats a run"
)

_settings: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "derandomize": PROFILE != "nightly",
    "print_blob": True,
    "suppress_health_check": list(HealthCheck),
}
law = settings(max_examples=EXAMPLES, **_settings)


def counterexample(examples: int) -> settings:
    """Return the settings of a search for one failing life, the same in every run and without shrinking."""
    return settings(max_examples=examples, phases=[Phase.generate], **_settings | {"derandomize": True,
                    "print_blob": False})  # fmt: skip


Law = Callable[..., None]
