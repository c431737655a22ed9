"""What a partner's HTTP answers mean for what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from milepost.runtime.erp.protocol import Accepted, Answer, Busy, Rejected, Unknown

RETRY_AFTER_MAX_S = 3600.0
# Ours to repair, like a wrong password: the instruction is not to blame and must not count as refused for it.
NOT_THE_INSTRUCTION = frozenset({401, 403, 407})
TOO_EARLY = 425  # RFC 8470: not processed, try again
SHOWN_CHARS = 500


def sent(status: int, headers: Mapping[str, str], text: str, *, repeatable: bool, now: datetime) -> Answer:
    """Read the answer to what was sent (RFC 9110, 15). ``text``: the beginning of its body."""
    if 200 <= status < 300:
        return Accepted(f"HTTP {status}")
    if status in (429, 503):
        return Busy(f"HTTP {status}", retry_after_s(headers, now), status == 429)
    if status == TOO_EARLY:
        return Busy(f"HTTP {status}", retry_after_s(headers, now))
    if status in NOT_THE_INSTRUCTION:
        return Busy(f"HTTP {status}: the partner does not let us in")
    if 300 <= status < 400:
        return Busy(f"HTTP {status}: a redirect is not followed")
    if status == 408 or status >= 500 or status < 200:
        return Unknown(f"HTTP {status}")  # a front end gave up; what stands behind it may not have
    if status == 409 and repeatable:
        return Accepted("HTTP 409: it was there already")
    return Rejected(f"HTTP_{status}", text[:SHOWN_CHARS])


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3); None where it is not there or is neither."""
    said = headers.get("Retry-After", "").strip()
    try:
        wait_s = float(said)
    except ValueError:
        try:
            at = parsedate_to_datetime(said)
        except (ValueError, OverflowError):  # a zone of any number of digits is read by nobody
            return None
        wait_s = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    if wait_s != wait_s:  # "nan" is a number to Python
        return None
    return min(max(wait_s, 0.0), RETRY_AFTER_MAX_S)
