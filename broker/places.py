"""Where the local brokers keep what outlives a run: under the user's cache directory."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """`$XDG_CACHE_HOME/milepost`, by default `~/.cache/milepost` (XDG base directory specification)."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    # The specification tells programs to ignore a relative path.
    root = Path(configured) if os.path.isabs(configured) else Path.home() / ".cache"
    return root / "milepost"


def kafka_data_dir() -> Path:
    """The data directory of the broker that is shared by all commands of one user."""
    return cache_dir() / "kafka"


def kafka_jars_dir(version: str) -> Path:
    """The jars of one Kafka version."""
    return cache_dir() / "jars" / f"kafka-{version}"
