"""The dialects that are shipped, with sites of a test's own."""

from __future__ import annotations

from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import Dialects
from milepost.runtime.settings import ROOT


def shipped(sites: bytes | None = None) -> Dialects:
    root = ROOT / "dialects"
    kept = [path for path in root.rglob("*") if path.is_file() and "samples" not in path.parts]
    return read_dialects({path.relative_to(root).as_posix(): path.read_bytes() for path in kept}, sites)
