"""All formats by their names: which one bytes are in, reading and writing by name. The one place that knows them all.

``recognise`` never raises; ``read_as`` gives a Reading or a DecodeError for any bytes whatever; ``write_as`` a
ValueError where a document cannot be written as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from milepost.codecs.documents import Plain, Reading
from milepost.codecs.errors import DecodeError

Options = Mapping[str, Any]
Headers = tuple[tuple[str, bytes], ...]

READ: tuple[str, ...] = ("x12", "json", "epcis", "cloudevents", "csv", "fixed", "canonical")
"""What ``read_as`` takes."""
WRITTEN: tuple[str, ...] = ("x12", "json", "cloudevents", "csv", "fixed")
"""What ``write_as`` takes."""
REFUSED_BY_NAME: tuple[str, ...] = ("edifact", "xml", "zip", "gzip", "pdf", "empty", "unknown")
"""What ``recognise`` may also say: known for what it is, and read by nothing here."""


class Recognised(NamedTuple):
    """What bytes seem to be: ``format`` of READ or REFUSED_BY_NAME, ``options`` to read it with, ``why`` for people.

    ``vendor``: whose shape it has, where one is known (``easypost``, ``shiphero`` ...); empty otherwise.
    """

    format: str
    options: dict[str, Plain]
    why: str
    vendor: str = ""


def recognise(value: bytes, content_type: str = "", name: str = "") -> Recognised:
    """Say which format ``value`` is in, by its content first, then its content type, then its name. Never an error."""
    return Recognised("unknown", {}, "nothing is known of it")


def read_as(format: str, options: Options, value: bytes, content_type: str = "", headers: Headers = ()) -> Reading:
    """Return what ``value`` says as ``format``; DecodeError where nothing of it can be used.

    ``options`` are those of the dialect (docs/dialects.md, "Reading"): texts, or values of their proper type.
    ``schema`` among them is a Schema of codecs/schemas.py (or a schema as plain data), not a file's name.
    """
    raise DecodeError("unknown_format", f"{format!r:.40} is read by nothing here")


def write_as(format: str, options: Options, kind: str, document: dict[str, Plain], envelope: Any = None) -> bytes:
    """Return ``document`` in ``format``; ValueError where it cannot be. ``envelope``: that of codecs/x12/writing.py."""
    raise ValueError(f"{format!r:.40} is written by nothing here")


def problems(format: str, options: Options) -> list[str]:
    """Return what is wrong with ``options`` for ``format``, one sentence each: for the checking of dialect files."""
    return []
