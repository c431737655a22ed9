"""The bytes of a body: decompressed with a hard limit on what comes out, so that a small bomb stays small."""

from __future__ import annotations

import zlib

MEMBERS_MAX = 100  # of one gzip body
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class Refusal(Exception):
    """A body that is not taken. ``status`` is the HTTP answer, ``why`` one of the refusals that are counted."""

    def __init__(self, status: int, why: str, text: str) -> None:
        super().__init__(text)
        self.status, self.why, self.text = status, why, text


def too_large(limit: int) -> Refusal:
    return Refusal(413, "too_large", f"more than {limit} bytes")


def plain(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the body without its content-encoding (RFC 9110, 8.4). Raises Refusal: 413 too much, 415, 400 broken."""
    word = encoding.strip().lower()
    if word in ("", "identity"):
        return body
    if word in ("gzip", "x-gzip"):
        return _gunzip(body, limit)
    if word == "deflate":
        # By the standard a zlib stream; some send it without its head.
        return _inflated(body, _ZLIB if body[:1] and body[0] & 0x0F == 8 else _RAW, limit)[0]
    raise Refusal(415, "encoding", "only gzip and deflate are read")


def _gunzip(body: bytes, limit: int) -> bytes:
    parts, left = list[bytes](), limit
    for _ in range(MEMBERS_MAX):
        part, body = _inflated(body, _GZIP, left)
        parts.append(part)
        left -= len(part)
        if not body:
            return b"".join(parts)
    raise Refusal(400, "broken", "more gzip members than any message has")


def _inflated(body: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    """Return what comes out and what was left over."""
    inflater = zlib.decompressobj(window)
    try:
        found = inflater.decompress(body, limit + 1)
    except zlib.error:
        raise Refusal(400, "broken", "the compressed body cannot be read") from None
    if len(found) > limit:
        raise Refusal(413, "inflated", f"more than {limit} bytes when decompressed")
    if not inflater.eof or (inflater.unused_data and window != _GZIP):
        raise Refusal(400, "broken", "the compressed body is cut off or has something behind it")
    return found, inflater.unused_data
