"""The directory of dialects: one's own, as people keep it and as Kubernetes mounts it."""

from __future__ import annotations

from pathlib import Path

import pytest
from milepost.runtime.dialect_files import SHIPPED, dialect_files, load_dialects
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import Settings

OWN = b"""partner: acme
extends: [x12-warehouse]
role: wms
issuer: acme
format: x12
time: {zone: America/Chicago}
in: {drop: {}}
out: {drop: {}, envelope: {sender: "ZZ:MILEPOST", receiver: "ZZ:ACME"}}
"""


def mounted(place: Path, files: dict[str, bytes]) -> Path:
    """Lay files out as the kubelet does: a dated folder, a link to it, and a link for each first part of a path."""
    dated = place / "..2026_11_26_05_00_00.1234567890"
    for name, value in files.items():
        (dated / name).parent.mkdir(parents=True, exist_ok=True)
        (dated / name).write_bytes(value)
    (place / "..data").symlink_to(dated.name)
    for first in {name.partition("/")[0] for name in files}:
        (place / first).symlink_to(f"..data/{first}")
    return place


def test_a_mounted_directory_has_each_file_once(tmp_path: Path) -> None:
    """What a ConfigMap keeps in its hidden folders is no dialect of its own, and a linked folder is a folder."""
    files = {"acme.yaml": OWN, "sites.yaml": b"sites: []\n", "base/mine.yaml": b"role: wms\n", "schemas/a.json": b"{}"}
    found = dialect_files(mounted(tmp_path, files))
    assert {name: found[name] for name in files} == files
    assert set(found) - set(files) == {f"base/{path.name}" for path in (SHIPPED / "base").glob("*.yaml")}


def test_bases_are_those_of_the_release(tmp_path: Path) -> None:
    """A directory of one's own extends the bases of this release without a copy of them; a base of its own wins."""
    (tmp_path / "acme.yaml").write_bytes(OWN)
    dialect = load_dialects(Settings(dialect_dir=tmp_path)).partners["acme"]
    assert "x12/945" in {kind for rule in dialect.messages for kind in rule.kinds}
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "x12-warehouse.yaml").write_bytes(b"nothing: of ours\n")
    with pytest.raises(ConfigurationError, match=r"base/x12-warehouse\.yaml:1"):
        load_dialects(Settings(dialect_dir=tmp_path))


def test_samples_are_no_dialects(tmp_path: Path) -> None:
    """Messages kept beside the dialects are not read with them."""
    (tmp_path / "samples" / "acme").mkdir(parents=True)
    (tmp_path / "samples" / "acme" / "one.json").write_bytes(b"{}")
    assert not [name for name in dialect_files(tmp_path) if not name.startswith("base/")]
