"""Dialects from their directory, as every process reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import Settings
from milepost.tests.codecs.dialects.partners import saying

GOOD = saying("- {emit: wms.wave_planned, owner: {order: $.o}, at: '@received', body: {node: =N, wave: =W}}")


def _directory(tmp_path: Path, **files: str) -> Path:
    for name, text in {"acme.yaml": GOOD, **{f"{name}.yaml": text for name, text in files.items()}}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "no-dialect.yaml").write_text("- 1\n")
    return tmp_path


def test_a_directory_is_its_partners_and_their_sites(tmp_path: Path) -> None:
    """Samples are no dialects; sites are those of the directory unless a setting names another file."""
    directory = _directory(tmp_path, sites="sites: [{site: wms, by: [{dialect: acme}]}]\n")
    assert list(load_dialects(Settings(dialect_dir=directory)).sites) == ["wms"]
    elsewhere = tmp_path / "samples" / "others.yaml"
    elsewhere.write_text("sites: [{site: wms/DC-NORTH, by: [{dialect: acme}]}]\n")
    found = load_dialects(Settings(dialect_dir=directory, sites_file=elsewhere))
    assert (list(found.partners), list(found.sites)) == (["acme"], ["wms/DC-NORTH"])


def test_every_problem_is_a_line_with_its_file(tmp_path: Path) -> None:
    """All that is wrong with all files comes at once, each with the path and the line to go to."""
    directory = _directory(
        tmp_path, beta=GOOD.replace("acme", "beta").replace("role: wms", "role: wsm"), sites="sites: x\n"
    )
    with pytest.raises(ConfigurationError) as raised:
        load_dialects(Settings(dialect_dir=directory))
    lines = str(raised.value).splitlines()
    assert lines[0].startswith(f"{directory / 'beta.yaml'}:3: role: wsm is not allowed")
    assert lines[-1].startswith(f"{directory / 'sites.yaml'}:1: sites: a list is expected")


def test_the_dialects_that_are_shipped_are_sound() -> None:
    """What we ship is read without a problem, and each file says who answers for it and until when it is good."""
    for dialect in load_dialects(Settings()).partners.values():
        assert dialect.owner, dialect.name
        assert dialect.messages or dialect.instructions, dialect.name
