"""The dialects from their directory. An error names file and line; all of them are named at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from milepost.codecs.dialects.load import SITES, read_dialects
from milepost.codecs.dialects.model import DialectErrors, Dialects, Problem
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import ROOT, Settings

SHIPPED = ROOT / "dialects"
BASES = "base"
SAMPLES = "samples"
FILES_MAX = 5000
_ENDINGS = (".yaml", ".json")


def load_dialects(settings: Settings) -> Dialects:
    """Return the dialects of ``settings.dialect_dir`` and the sites they serve; ConfigurationError otherwise.

    Sites are those of ``settings.sites_file``, else of ``sites.yaml`` among the dialects, if there is one.
    """
    directory = settings.dialect_dir
    files = dialect_files(directory)
    sites = None if settings.sites_file is None else _read(settings.sites_file)
    try:
        return read_dialects(files, sites)
    except DialectErrors as errors:
        raise ConfigurationError("\n".join(_line(settings, one) for one in errors.problems)) from None


def dialect_files(directory: Path) -> dict[str, bytes]:
    """Return the files of a directory of dialects by their path below it, without the samples.

    Bases that it does not have itself are those of this release: a directory of one's own needs no copy of them.
    """
    found = {f"{BASES}/{path.name}": path for path in sorted((SHIPPED / BASES).glob("*.yaml"))}
    found |= {path.relative_to(directory).as_posix(): path for path in sorted(_files(directory))}
    if len(found) > FILES_MAX:
        raise ConfigurationError(f"{directory}: {len(found)} files; at most {FILES_MAX}")
    return {name: _read(path) for name, path in sorted(found.items())}


def _files(directory: Path) -> Iterator[Path]:
    """Links are followed: the files of a mounted ConfigMap are links into a hidden folder of it."""
    for folder, below, names in os.walk(directory, followlinks=True):
        top = folder == str(directory)
        below[:] = [one for one in below if not one.startswith(".") and not (top and one == SAMPLES)]
        paths = (Path(folder, name) for name in names if not name.startswith("."))
        # A link that leads nowhere is a partner that would be missing without a word: reading it says so.
        yield from (path for path in paths if path.suffix in _ENDINGS and (path.is_file() or path.is_symlink()))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None


def _line(settings: Settings, problem: Problem) -> str:
    apart = problem.file == SITES and settings.sites_file is not None
    path = settings.sites_file if apart else settings.dialect_dir / problem.file
    if path is not None and not path.exists() and (SHIPPED / problem.file).exists():
        path = SHIPPED / problem.file  # a base of the release
    return f"{path}:{problem.line}: {problem.text}"
