"""JSON bytes to plain data within limits: no float is made, and whatever is wrong is one DecodeError.

A number with a fraction or an exponent stays the text that was sent, so that ``1.10`` is still ``1.10`` and no amount
was ever binary. A whole number beyond 64 bits stays text too: nothing else here could carry it on.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, get_args

import msgspec
from milepost.codecs import refusals
from milepost.codecs.documents import DEPTH_MAX, DOCUMENT_MAX_BYTES, FIELDS_MAX, Plain
from milepost.codecs.errors import DecodeError

STRING_MAX_CHARS = 64 * 1024
DIGITS_MAX = 1000  # of one whole number
INT_MIN, INT_MAX = -(2**63), 2**64 - 1

Duplicates = Literal["last", "refuse"]
"""What becomes of a name that an object has twice: the last one counts (as nearly every reader has it), or refused."""
DUPLICATES: tuple[str, ...] = get_args(Duplicates)

BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32"), (b"\x00\x00\xfe\xff", "UTF-32"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"),
)  # fmt: skip
_SIGNATURES = ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "a zip archive"), (b"%PDF-", "a PDF"))
_LONG_NUMBER = re.compile(rb"\d{19}")
_LONGER_NUMBER = re.compile(rb"\d{%d}" % (DIGITS_MAX + 1))

_decode = msgspec.json.Decoder(float_hook=str).decode
# For bytes that can be sent again: every number stands in them as it did, without being read.
_decode_verbatim = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode = msgspec.json.Encoder().encode


def parse(value: bytes, *, duplicates: Duplicates = "last", max_bytes: int = DOCUMENT_MAX_BYTES) -> Plain:
    """Return the plain data in ``value``; DecodeError for bytes that are no JSON in UTF-8, or beyond a limit."""
    value = text_of(value, max_bytes)
    if _LONGER_NUMBER.search(value) and _has_longer_number(value):
        raise DecodeError("too_large", f"a whole number of more than {DIGITS_MAX} digits")
    try:
        plain = json.loads(value, **_STRICT) if duplicates == "refuse" else _decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise error if isinstance(error, DecodeError) else _refusal(value, error) from None
    if _may_exceed(value):
        return _checked(plain)
    return plain


def text_of(value: bytes, max_bytes: int = DOCUMENT_MAX_BYTES) -> bytes:
    """Return ``value`` without a byte order mark; DecodeError where it is too large, empty or by its looks no UTF-8."""
    if len(value) > max_bytes:
        raise DecodeError("too_large", f"{len(value)} bytes; at most {max_bytes} are read")
    if not value.strip():
        raise DecodeError("not_json", "nothing in it")
    for mark, encoding in _OTHER_ENCODINGS:
        if value.startswith(mark):
            raise DecodeError("not_utf8", f"{encoding} by its byte order mark; UTF-8 is read", "byte 0")
    if value[1:2] == b"\x00" or value[:1] == b"\x00":
        raise DecodeError("not_utf8", "UTF-16 or UTF-32 by its zero bytes; UTF-8 is read", "byte 0")
    for mark, what in _SIGNATURES:
        if value.startswith(mark):
            raise DecodeError("unknown_format", f"{what}; it has to be unpacked before it comes here", "byte 0")
    return value.removeprefix(BOM)


def encode(plain: Plain) -> bytes:
    """Return the JSON of ``plain``; ValueError for what is no plain data (a float, a key that is no text)."""
    if problem := next(_not_plain(plain, "$", 0), ""):
        raise ValueError(problem)
    return _encode(plain)


def verbatim(value: bytes) -> Any:
    """Return the data in ``value`` with all fractions as raw JSON: for writing a part of a message again as it was."""
    return _decode_verbatim(value.removeprefix(BOM))


def written_again(data: Any) -> bytes:
    """Return the JSON of what ``verbatim`` gave, or of a part of it."""
    return _encode(data)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise DecodeError("invalid_value", f"the name {twice!r:.80} stands twice in one object")
    return found


def _constant(text: str) -> Any:
    raise DecodeError("not_json", f"{text} is no JSON")


_STRICT: dict[str, Any] = {"object_pairs_hook": _pairs, "parse_float": str, "parse_constant": _constant}


def _refusal(value: bytes, error: Exception) -> DecodeError:
    if "out of range" in str(error) or "digits" in str(error):
        return DecodeError("too_large", f"a whole number of more than {DIGITS_MAX} digits")
    if isinstance(error, RecursionError):
        return DecodeError("too_large", f"nested deeper than {DEPTH_MAX}")
    return refusals.of(value, error)


def _has_longer_number(value: bytes) -> bool:
    """Say whether a long run of digits stands outside of any text: a text may well have one."""
    bare = re.sub(rb'"(?:[^"\\]|\\.)*+"', b"", value)
    return _LONGER_NUMBER.search(bare) is not None


def _may_exceed(value: bytes) -> bool:
    """Say whether limits could be broken at all: by counting bytes, so that most messages need no walk."""
    nested = value.count(b"{") + value.count(b"[")
    values = nested + value.count(b",") + 1
    big = _LONG_NUMBER.search(value) is not None
    return nested > DEPTH_MAX or values > FIELDS_MAX or len(value) > STRING_MAX_CHARS or big


def _checked(plain: Plain) -> Plain:
    """Return ``plain`` with over-long whole numbers as text; DecodeError beyond a limit. Level by level."""
    root = [plain]
    level: list[Any] = [root]
    count = 0
    for _ in range(DEPTH_MAX + 1):
        below: list[Any] = []
        for holder in level:
            count += len(holder)
            if count > FIELDS_MAX:
                raise DecodeError("too_large", f"more than {FIELDS_MAX} values")
            for place, item in holder.items() if type(holder) is dict else enumerate(holder):
                if type(item) is str and len(item) > STRING_MAX_CHARS:
                    raise DecodeError("too_large", f"a text of {len(item)} characters; at most {STRING_MAX_CHARS}")
                if type(item) is int and not INT_MIN <= item <= INT_MAX:
                    holder[place] = str(item)
                elif type(item) in (dict, list):
                    below.append(item)
        if not below:
            return root[0]
        level = below
    raise DecodeError("too_large", f"nested deeper than {DEPTH_MAX}")


def _not_plain(plain: Plain, path: str, depth: int) -> Iterator[str]:
    if depth > DEPTH_MAX:
        yield f"{path:.200} is nested deeper than {DEPTH_MAX}"
    elif isinstance(plain, dict):
        for name, item in plain.items():
            if type(name) is not str:
                yield f"{path:.200} has a key that is no text: {name!r:.40}"
            yield from _not_plain(item, f"{path}.{name}", depth + 1)
    elif isinstance(plain, list):
        for number, item in enumerate(plain):
            yield from _not_plain(item, f"{path}[{number}]", depth + 1)
    elif type(plain) is int and not INT_MIN <= plain <= INT_MAX:
        yield f"{path:.200} is beyond 64 bits: {plain!r:.40}"
    elif plain is not None and type(plain) not in (str, int, bool):
        yield f"{path:.200} is a {type(plain).__name__}, which is no plain data"
