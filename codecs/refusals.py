"""From a decoder's complaint to a closed reason and a place. Runs for bad messages only, so it may look twice."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from milepost.codecs.errors import DecodeError, Reason
from milepost.contracts.events import SCHEMA_VERSION

YEAR_FIRST = 1970
YEAR_LAST = 2200

_AT = re.compile(r" - at `(\$.*)`$", re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)")
_FIELD = re.compile(r"(?:required|unknown) field `(.*?)`", re.DOTALL)
_YEAR = re.compile(r"^\s*[+-]?(\d{4,})-")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def of(value: bytes, error: Exception) -> DecodeError:
    """Return the refusal that ``error``, met while decoding ``value``, stands for."""
    if isinstance(error, RecursionError):
        return DecodeError("too_large", "nested deeper than any event can be")
    if isinstance(error, msgspec.ValidationError):
        return _invalid(value, str(error))
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as bad:
        return DecodeError("not_utf8", bad.reason, f"byte {bad.start}")
    found = _BYTE.search(str(error))
    return DecodeError("not_json", str(error), f"byte {found[1]}" if found else "")


def unknown_version(version: object) -> DecodeError:
    """Return the refusal of a schema version this code does not know."""
    text = f"schema version {version!r:.40}; {SCHEMA_VERSION} is known"
    return DecodeError("unknown_version", text, "$.schema_version")


def absurd_time(place: str) -> DecodeError:
    """Return the refusal of a time outside the years that can be meant."""
    return DecodeError("absurd_time", f"outside the years {YEAR_FIRST} to {YEAR_LAST} in UTC", place)


def _invalid(value: bytes, message: str) -> DecodeError:
    document = _loosely(value)
    # Another version may well have other fields: its number explains the complaint better than the complaint does.
    version = document.get("schema_version", SCHEMA_VERSION) if isinstance(document, dict) else SCHEMA_VERSION
    if type(version) is int and version != SCHEMA_VERSION:
        return unknown_version(version)
    found = _AT.search(message)
    path = found[1] if found else "$"
    text = message[: found.start()] if found else message
    field = _FIELD.search(text)
    if field:
        reason: Reason = "missing_field" if "required" in text else "unknown_field"
        return DecodeError(reason, text, f"{path}.{field[1]}")
    if "RFC3339" in text and _beyond(_at(document, path)):
        return absurd_time(path)
    return DecodeError(_reason(text, path), text, path)


def _reason(text: str, path: str) -> Reason:
    if path == "$.body.type":
        return "unknown_type"
    # "Expected `int`, got `str`" is about the JSON type; "Expected `int` >= 0" is about the value.
    return "wrong_type" if ", got `" in text else "invalid_value"


def _beyond(written: object) -> bool:
    found = _YEAR.match(written) if isinstance(written, str) else None
    # Compared as text first: a year of a million digits is not worth an integer.
    return found is not None and (len(found[1].lstrip("0")) != 4 or not YEAR_FIRST <= int(found[1][-4:]) <= YEAR_LAST)


def _loosely(value: bytes) -> Any:
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _at(document: Any, path: str) -> Any:
    for name, index in _STEP.findall(path):
        try:
            document = document[name] if name else document[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return document
