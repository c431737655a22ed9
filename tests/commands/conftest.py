"""Every test here starts from an environment without settings: what the tester's shell has set must not leak in."""

from __future__ import annotations

import os

import pytest
from milepost.runtime.settings import PREFIX


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
