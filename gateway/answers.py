"""What a sender is told: a status and a word, the same whoever asks. Nothing of a message or a secret is in it."""

from __future__ import annotations

from typing import NamedTuple

import orjson


class Answer(NamedTuple):
    """``why``: the refusal that is counted, or ``accepted`` | ``duplicate`` | ``empty``."""

    status: int
    why: str
    text: str = ""
    retry_after_s: int = 0

    def body(self) -> bytes:
        return orjson.dumps({"status": self.why} | ({"detail": self.text} if self.text else {}))

    def headers(self) -> dict[str, str]:
        """Headers beside the content's own. ``Server`` tells no version."""
        headers = {"Server": "milepost"}
        match self.status:
            case 401:
                headers["WWW-Authenticate"] = "Signature"  # RFC 9110, 11.6.1: one is due, the same for every partner
            case 405:
                headers["Allow"] = "POST"
            case 429 | 503:
                headers["Retry-After"] = str(self.retry_after_s)
        return headers


ACCEPTED = Answer(200, "accepted")
DUPLICATE = Answer(200, "duplicate")
EMPTY = Answer(200, "empty")
FORGED = Answer(401, "forged", "the signature is missing or not valid for this body")
STALE = Answer(401, "stale", "signed too long ago, or in the future: look at the clock, and sign anew at each try")
NOT_FOUND = Answer(404, "not_found")
NOT_ALLOWED = Answer(405, "not_allowed")
SLOW = Answer(408, "slow", "the body did not come in time")
CUT_OFF = Answer(400, "broken", "the body ended early")
NO_HTTP = Answer(400, "broken", "no HTTP, or more of a head than is read")
FAILED = Answer(500, "failed")
REFUSALS = (
    "forged", "stale", "too_large", "inflated", "encoding", "broken", "slow", "rate", "pressure", "broker", "fetch",
    "not_found", "not_allowed", "failed",
)  # fmt: skip
"""Why a request was not taken in: the closed set of the metric's label."""
