from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from milepost.tests.durable.kit import World


@pytest.fixture
def world(kafka: str, tmp_path: Path) -> Iterator[World]:
    """The topics of one test, created; its workers are ended with it."""
    world = World(kafka, tmp_path).create()
    yield world
    world.stop_all()
