"""The one error of every codec: bad bytes are the sender's fault and become a dead letter, never a crash."""

from __future__ import annotations

from typing import Literal, get_args

Reason = Literal[
    "absurd_time",  # a time outside the years anyone can mean
    "bad_envelope",  # the frame around a document does not hold together: counts, control numbers, separators
    "expired_contract",  # the partner's contract version is past its end date
    "internal_defect",  # our own code refused to go on; the lane's dead-letter limit decides when it stops
    "invalid_value",  # the right JSON type, but outside what the field allows
    "missing_field",
    "not_a_partner_event",  # a word only Milepost itself, or another party, may say
    "not_json",
    "not_utf8",
    "ownership_violation",  # a partner speaks of what another system owns
    "too_large",  # in bytes or in depth
    "unknown_code",  # a partner's code for an item, site, unit ... that its cross-reference does not have
    "unknown_field",
    "unknown_format",  # no reader takes these bytes
    "unknown_partner",
    "unknown_reference",  # a native id of which nobody ever said what it means
    "unknown_type",
    "unknown_version",
    "unmapped_status",  # a status or reason its dialect has no meaning for: never guessed
    "wrong_key",  # the record's key or partition is not that of the owner
    "wrong_type",
]
REASONS: tuple[str, ...] = get_args(Reason)

TEXT_MAX_CHARS = 1000
PLACE_MAX_CHARS = 200


class DecodeError(ValueError):
    """Bytes that are no contract: a closed ``reason``, a sentence for people, and the ``place`` in the payload.

    ``place`` is a JSON path (``$.body.quantity``), ``byte 17`` where the bytes are not JSON, or empty for the whole.
    """

    def __init__(self, reason: Reason, text: str, place: str = "") -> None:
        super().__init__(reason, text, place)
        self.reason: Reason = reason
        self.text = text[:TEXT_MAX_CHARS]
        self.place = place[:PLACE_MAX_CHARS]

    def __str__(self) -> str:
        at = f" at {self.place}" if self.place else ""
        return f"{self.reason}{at}: {self.text}"
