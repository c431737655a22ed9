"""What a drill that was killed leaves in the temporary directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from milepost.broker.state import exclusive
from milepost.chaos.broker_under_test import DATA, PREFIX, remove_left_behind


@pytest.mark.parametrize("held", ["", ".", DATA])
def test_only_what_nobody_holds_is_removed(held: str, tmp_path: Path) -> None:
    """A broker's directory goes when neither its process nor a guard holds it, and stays as long as one of them does,
    also while the broker is down."""
    left = tmp_path / f"{PREFIX}1"
    for directory in (left, left / DATA):
        directory.mkdir()
        (directory / "lock").touch()
    if held:
        with exclusive(left / held):
            remove_left_behind(tmp_path)
            assert left.exists()
    remove_left_behind(tmp_path)
    assert not left.exists()


def test_what_is_no_brokers_stays(tmp_path: Path) -> None:
    """A directory in which no broker has begun to work is not touched, nor anybody else's."""
    others = [tmp_path / f"{PREFIX}begins", tmp_path / "milepost-kafka-1" / DATA, tmp_path / "other" / DATA]
    for directory in others:
        directory.mkdir(parents=True)
    remove_left_behind(tmp_path)
    assert all(directory.exists() for directory in others)
