"""All formats by their names: which one bytes are in, reading and writing by name. The one place that knows them all.

``recognise`` never raises; ``read_as`` gives a Reading or a DecodeError for any bytes whatever; ``write_as`` a
ValueError where a document cannot be written as it is. What is wrong with options is said by ``problems``, for the
checking of dialects; whoever reads with wrong ones gets a DecodeError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from milepost.codecs import canonical_documents, cloudevents, epcis, flat, flat_options, plain, plain_json, plain_paths
from milepost.codecs import schemas as json_schemas
from milepost.codecs.documents import Plain, Reading
from milepost.codecs.errors import DecodeError
from milepost.codecs.recognising import READ, REFUSED_BY_NAME, Recognised, recognise

__all__ = [
    "CONTENT_TYPES", "ENDINGS", "READ", "REFUSED_BY_NAME", "WRITTEN", "Recognised", "problems", "read_as", "recognise",
    "write_as",
]  # fmt: skip

Options = Mapping[str, Any]
Headers = tuple[tuple[str, bytes], ...]

WRITTEN: tuple[str, ...] = ("x12", "json", "cloudevents", "csv", "fixed")
CONTENT_TYPES = {
    "x12": "application/edi-x12", "json": "application/json", "cloudevents": cloudevents.STRUCTURED, "csv": "text/csv",
    "fixed": "text/plain", "epcis": "application/ld+json", "canonical": "application/json",
}  # fmt: skip
ENDINGS = {"x12": "edi", "json": "json", "cloudevents": "json", "csv": "csv", "fixed": "txt"}

_JSON_OPTIONS = {"documents", "id", "schema", "duplicates", "envelope"}
_X12_WORDS = {"policy": ("strict", "tolerant"), "ack": ("997", "999", "none"), "usage": ("own", "any")}
_X12_OPTIONS = {*_X12_WORDS, "sets"}


def read_as(format: str, options: Options, value: bytes, content_type: str = "", headers: Headers = ()) -> Reading:
    """Return what ``value`` says as ``format``; DecodeError where nothing of it can be used.

    ``options`` are those of the dialect (docs/dialects.md, "Reading"): texts, or values of their proper type.
    ``schema`` among them is a Schema of codecs/schemas.py (or a schema as plain data), not a file's name.
    """
    reader = _READERS.get(format)
    if reader is None:
        raise DecodeError("unknown_format", f"{format!r:.40} is read by nothing here")
    try:
        return reader(options, value, content_type, headers)
    except (_Unfit, json_schemas.SchemaError) as error:
        raise DecodeError("unknown_format", f"options of {format}: {error}") from None


def write_as(format: str, options: Options, kind: str, document: dict[str, Plain], envelope: Any = None) -> bytes:
    """Return ``document`` in ``format``; ValueError where it cannot be. ``envelope``: that of codecs/x12/writing.py."""
    if format == "x12":
        return _x12_written(kind, document, envelope)
    if format == "json":
        return plain_json.write(document)
    if format == "cloudevents":
        return cloudevents.write(document)
    if format in ("csv", "fixed"):
        return flat.write(document, flat_options.layout(_for_writing(options, document), fixed=format == "fixed"))
    raise ValueError(f"{format!r:.40} is written by nothing here")


def problems(format: str, options: Options) -> list[str]:
    """Return what is wrong with ``options`` for ``format``, one sentence each: for the checking of dialect files."""
    check = _CHECKS.get(format)
    if check is None:
        return [f"format {format!r:.40} is none of {', '.join(READ)}"]
    try:
        check(options)
    except ValueError as error:
        return [str(error)]
    return []


class _Unfit(ValueError):
    """Options that say nothing a reader can follow."""


def _x12(options: Options, value: bytes, content_type: str, headers: Headers) -> Reading:
    from milepost.codecs.x12 import reading  # its tables are large: loaded only where somebody speaks X12

    return reading.read(value, **_x12_options(options))


def _x12_written(kind: str, document: dict[str, Plain], envelope: Any) -> bytes:
    from milepost.codecs.x12 import writing

    if not isinstance(envelope, writing.Envelope):
        raise ValueError("X12 is written with an envelope")
    return writing.write(kind, document, envelope)


def _json(options: Options, value: bytes, content_type: str, headers: Headers) -> Reading:
    return plain_json.read(value, **_json_options(options))


def _epcis(options: Options, value: bytes, content_type: str, headers: Headers) -> Reading:
    _nothing(options)
    return epcis.read(value)


def _cloudevents(options: Options, value: bytes, content_type: str, headers: Headers) -> Reading:
    _nothing(options)
    return cloudevents.read(value, content_type, headers)


def _canonical(options: Options, value: bytes, content_type: str, headers: Headers) -> Reading:
    _nothing(options)
    return canonical_documents.read(value)


def _csv(options: Options, value: bytes, content_type: str, headers: Headers) -> Reading:
    return flat.read(value, _layout(options, fixed=False))


def _fixed(options: Options, value: bytes, content_type: str, headers: Headers) -> Reading:
    return flat.read(value, _layout(options, fixed=True))


def _layout(options: Options, *, fixed: bool) -> flat_options.Layout:
    try:
        return flat_options.layout(options, fixed=fixed)
    except ValueError as error:
        raise _Unfit(str(error)) from None


def _for_writing(options: Options, document: dict[str, Plain]) -> Options:
    """Return the options without what only a reader needs; a file that is written has no lines to skip."""
    return {name: value for name, value in options.items() if name not in ("skip", "footer", "trailer", "group_by")}


def _x12_options(options: Options) -> dict[str, Any]:
    _only(options, _X12_OPTIONS)
    found: dict[str, Any] = {}
    for name, allowed in _X12_WORDS.items():
        if name in options:
            if str(options[name]) not in allowed:
                raise _Unfit(f"{name}: {options[name]!r:.40} is none of {', '.join(allowed)}")
            if name != "usage":  # what it counts for is no matter of reading
                found[name] = str(options[name])
    if "sets" in options:
        sets = options["sets"]
        found["sets"] = tuple(str(name) for name in ([sets] if isinstance(sets, str) else sets))
    return found


def _json_options(options: Options) -> dict[str, Any]:
    _only(options, _JSON_OPTIONS)
    found = {name: value for name, value in options.items() if value not in (None, "")}
    for name in ("documents", "id"):
        if name in found and (wrong := plain_paths.problem(str(found[name]))):
            raise _Unfit(f"{name}: {wrong}")
    if found.get("duplicates", "last") not in plain.DUPLICATES:
        raise _Unfit(f"duplicates: {found['duplicates']!r:.40} is none of {', '.join(plain.DUPLICATES)}")
    if isinstance(found.get("schema"), str):
        raise _Unfit("schema: the schema itself is needed here, not the name of its file")
    if "schema" in found:
        found["schema"] = json_schemas.compiled(found["schema"])
    return found


def _nothing(options: Options) -> None:
    _only(options, set())


def _only(options: Options, known: set[str]) -> None:
    for name in options:
        if name not in known:
            more = f"; known are {', '.join(sorted(known))}" if known else "; it has none"
            raise _Unfit(f"{name!r:.40} is no option of this format{more}")


_READERS: dict[str, Callable[[Options, bytes, str, Headers], Reading]] = {
    "x12": _x12, "json": _json, "epcis": _epcis, "cloudevents": _cloudevents, "csv": _csv, "fixed": _fixed,
    "canonical": _canonical,
}  # fmt: skip
_CHECKS: dict[str, Callable[[Options], Any]] = {
    "x12": _x12_options, "json": _json_options, "epcis": _nothing, "cloudevents": _nothing, "canonical": _nothing,
    "csv": lambda options: _layout(options, fixed=False), "fixed": lambda options: _layout(options, fixed=True),
}  # fmt: skip
