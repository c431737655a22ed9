"""Dialect files to Dialects: all problems of all files at once, each with file and line."""

from __future__ import annotations

from collections.abc import Mapping

from milepost.codecs.dialects.model import Dialects


def read_dialects(files: Mapping[str, bytes], sites: bytes | None = None) -> Dialects:
    """Return the dialects in ``files`` (by their path below the dialects' directory); DialectErrors for any problem.

    ``base/...`` are files to extend, and no partners; other files than ``*.yaml`` are schemas that a dialect names.
    """
    raise NotImplementedError
