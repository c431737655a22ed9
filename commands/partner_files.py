"""Dialects and their samples from the directory, for the verbs of `milepost partner`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import Dialect, DialectErrors, Dialects
from milepost.runtime.dialect_files import dialect_files
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import from_environment

EXPECTED = ".expected.json"
OUTBOUND = ".out.json"
SAMPLES = "samples"
SAMPLE_MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One message kept beside a dialect, and what it means. ``outbound``: it is one of our own instructions."""

    path: Path
    version: str  # of the contract it was written under

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def outbound(self) -> bool:
        return self.path.name.endswith(OUTBOUND)

    @property
    def expected(self) -> Path:
        return self.path.with_name(self.path.name.removesuffix(".json") + EXPECTED if self.outbound else self._stem())

    def _stem(self) -> str:
        return self.path.name.removesuffix(self.path.suffix) + EXPECTED


def dialect_dir() -> Path:
    """Return the directory of the dialects by the settings."""
    return from_environment(os.environ).dialect_dir


def dialects_with(file: Path | None = None) -> tuple[Dialects, str]:
    """Return all dialects, with ``file`` in the place of the one of its name; and that name, empty without a file.

    ConfigurationError has every problem, a line each.
    """
    files: Mapping[str, bytes] = dialect_files(dialect_dir())
    if file is not None:
        files = {**files, file.name: file.read_bytes()}
    try:
        return read_dialects(files, None), file.stem if file else ""
    except DialectErrors as errors:
        raise ConfigurationError(str(errors)) from None


def dialect_named(name: str) -> tuple[Dialect, Dialects]:
    """Return a dialect by its name or its file, and all of them; click.UsageError where there is none."""
    file = Path(name)
    if file.suffix == ".yaml" and file.is_file():
        dialects, name = dialects_with(file)
    else:
        dialects, _ = dialects_with()
    if name not in dialects.partners:
        known = ", ".join(sorted(dialects.partners)) or "none"
        raise click.UsageError(f"there is no partner {name!r} in {dialect_dir()}; there are: {known}")
    return dialects.partners[name], dialects


def samples_of(name: str, version: str, directory: Path | None = None) -> list[Sample]:
    """Return a partner's samples: those of its contract's version, and those of others in folders ``vVERSION``."""
    root = (directory or dialect_dir()) / SAMPLES / name
    found = [Sample(path, version) for path in _messages(root)]
    for folder in sorted(root.glob("v*")) if root.is_dir() else ():
        if folder.is_dir():
            found += [Sample(path, folder.name[1:]) for path in _messages(folder)]
    return found


def _messages(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.endswith(EXPECTED)]
