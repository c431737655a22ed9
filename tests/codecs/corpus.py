"""Strangers' files, where they are: MILEPOST_CORPUS, or ../shared/data beside the project. None is part of this."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from milepost.runtime.settings import ROOT

CORPUS = Path(os.environ.get("MILEPOST_CORPUS", ROOT.parent / "shared" / "data"))


def needs(folder: str) -> pytest.MarkDecorator:
    """Skip, and say so, where the folder of files is not there."""
    where = CORPUS / folder
    return pytest.mark.skipif(not where.is_dir(), reason=f"no files at {where}; set MILEPOST_CORPUS to their folder")


def files(folder: str) -> list[Path]:
    """Return the files of a folder, none where it is not there."""
    return sorted(path for path in (CORPUS / folder).glob("*") if path.is_file())
