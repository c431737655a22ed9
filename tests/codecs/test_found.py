"""What fuzzing found, kept: each file of found/ is read by the harness in its name, which must stand it by now."""

from __future__ import annotations

from pathlib import Path

import pytest
from milepost.tests.codecs.fuzzing.harnesses import named, names, seeds

FOUND = sorted((Path(__file__).parent / "found").glob("*-*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_is_mended(path: Path) -> None:
    """Contracts or the one error, for the very bytes that once gave something else."""
    named(path.name.rpartition("-")[0])(path.read_bytes())


@pytest.mark.parametrize("name", names())
def test_a_harness_stands_what_it_begins_with(name: str) -> None:
    """Every sample, also those of other formats, and each of them cut in the middle."""
    for path in seeds(name, ()):
        value = path.read_bytes()
        named(name)(value)
        named(name)(value[: len(value) // 2])
