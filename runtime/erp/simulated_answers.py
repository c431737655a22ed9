"""What the simulated ERP's HTTP answers mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import orjson
from milepost.contracts.postings import PERIOD_CLOSED
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, ErpUnavailable, Rejected, Unknown

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RETRY_AFTER_MAX_S = 3600.0
# Ours to repair, like a wrong password: the command is not to blame and must not be rejected for it.
NOT_THE_COMMAND = frozenset({401, 403, 407})
# A wrong path answers so, and would reject every posting. An ERP that means the posting names its reason.
NOT_THE_PLACE = frozenset({404, 405})
SESSION_LOST = b"SESSION_LOST"


def posted(status: int, headers: Mapping[str, str], raw: bytes) -> Answer:
    """Read the answer to a posting."""
    if status in (429, 503):
        return Busy(f"HTTP {status}", retry_after_s(headers), status == 429)
    if status in NOT_THE_COMMAND:
        return Busy(f"HTTP {status}: the ERP does not let us in")
    if status == 408 or status >= 500:
        return Unknown(f"HTTP {status}")  # a front end gave up; what stands behind it may not have
    if status in NOT_THE_PLACE and not _names_a_reason(raw):
        return Busy(f"HTTP {status}: nobody takes postings at this address")
    try:
        content = orjson.loads(raw)
        if status in (200, 201, 409) and content.get("number"):  # 409: it exists, which is what was wanted
            return Accepted(content["number"], datetime.fromtimestamp(content["booked_at"], UTC))
        code, text = str(content.get("code", status)), str(content.get("text", ""))
        first_open = str(content.get("first_open", "")) if code == PERIOD_CLOSED else ""
    except (ValueError, TypeError, AttributeError, KeyError):
        code, text, first_open = f"HTTP_{status}", raw[:200].decode("utf-8", "replace"), ""
    first_open = first_open if DAY.fullmatch(first_open) else ""  # anything else would make a receipt nobody can read
    return Rejected(code, text, first_open) if 400 <= status < 500 else Unknown(f"HTTP {status}: {text}")


def _names_a_reason(raw: bytes) -> bool:
    try:
        return bool(orjson.loads(raw).get("code"))
    except (ValueError, AttributeError):
        return False


@contextmanager
def of_this_erp() -> Iterator[None]:
    """What answers in JSON of another shape is a portal or a proxy: it may be the ERP again the next time."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ErpUnavailable(f"an answer that is none of this ERP's: {type(error).__name__} {error}") from error


def session_lost(status: int, raw: bytes) -> bool:
    """Say whether the ERP does not know us any more; then it booked nothing."""
    return status == 401 and SESSION_LOST in raw


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After in its seconds form (RFC 9110, 10.2.3; fractions are this ERP's own); a date is not used."""
    try:
        return min(max(float(headers["Retry-After"]), 0.0), RETRY_AFTER_MAX_S)
    except (KeyError, ValueError):
        return None
