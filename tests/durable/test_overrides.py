"""What is overridden in other people's code is still the code it was when the override was written."""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from milepost.runtime.durable.overrides import OVERRIDDEN, RELIED_ON, Relied, fingerprint
from packaging.requirements import Requirement

KNOWN = Path(__file__).with_name("fingerprints.json")
PINNED = ("faust-streaming", "mode-streaming", "aiokafka")


@pytest.mark.parametrize("relied", OVERRIDDEN + RELIED_ON, ids=lambda relied: relied.path)
def test_source_is_as_it_was_read(relied: Relied) -> None:
    """A changed source of anything overridden or relied on fails here before it can lose an event."""
    known = json.loads(KNOWN.read_text())
    assert fingerprint(relied) == known[relied.path], (
        f"{relied.path} changed ({relied.why}): read its new source, then repeat "
        "`python -m milepost.tests.durable.test_overrides` to accept it"
    )


@pytest.mark.parametrize("name", PINNED)
def test_the_range_is_pinned_to_one_minor_version(name: str) -> None:
    """Only the minor version whose source was read may be installed."""
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())["project"]
    required = next(r for r in map(Requirement, project["dependencies"]) if r.name == name)
    major, minor = version(name).split(".")[:2]
    assert required.specifier.contains(version(name))
    assert not required.specifier.contains(f"{major}.{int(minor) + 1}.0")
    assert not required.specifier.contains(f"{int(major) + 1}.0")


if __name__ == "__main__":
    found = {relied.path: fingerprint(relied) for relied in OVERRIDDEN + RELIED_ON}
    KNOWN.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
