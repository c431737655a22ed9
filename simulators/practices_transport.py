"""What was agreed with customers about the door and about returns, as the partners know it; see ``practices``."""

from __future__ import annotations

from typing import Final, Literal

Unconfirmed = Literal["allow", "hold", "provisional", "retender"]

_REPLACED: Final = range(30, 36)  # these customers keep damaged units billed and get others
LOAD_LANES: Final[tuple[tuple[str, int], ...]] = (
    ("standard", 8), ("express", 5), ("asked", 3), ("confirmed", 1), ("contract", 3), ("again", 1),
)  # fmt: skip
"""Lanes of loads, each with a practice of its own, and how often."""

CONFIRM_BEFORE_S: Final = 5_400
PROVISIONAL_MINOR: Final = 180_000  # the contract carrier's rate
PROVISIONAL_CURRENCY: Final = "EUR"
TENDERS_MAX: Final = 3  # of one load that we have the transport system offer

_UNCONFIRMED: Final[dict[str, Unconfirmed]] = {"confirmed": "hold", "contract": "provisional", "again": "retender"}
_ASKED: Final = {
    "asked": ("CARR-A", "CARR-B", "CARR-C", "CARR-D"),
    "again": ("CARR-B", "CARR-C", "CARR-F"),
}
_LIMITS: Final = {"freight-1": 10_000_000, "freight-4": 200_000}
_RETURNS_APPROVED: Final = range(34, 43)  # a person approves what these send back


def damage(customer: str) -> Literal["credit", "replace"]:
    """Return what becomes of units that arrive damaged."""
    return "replace" if int(customer[1:]) in _REPLACED else "credit"


def return_needs_approval(customer: str) -> bool:
    """Say whether the credit of a requested return waits for a person."""
    return int(customer[1:]) in _RETURNS_APPROVED


def freight_limit(actor: str) -> int:
    """Return up to which amount somebody agrees freight alone, in minor units of any currency."""
    return _LIMITS.get(actor, 0)


def unconfirmed(lane: str) -> Unconfirmed:
    """Return what a load of the lane does whose carrier has not confirmed."""
    return _UNCONFIRMED.get(lane, "allow")


def asked_carriers(lane: str) -> tuple[str, ...]:
    """Return the carriers that we have the transport system ask, by rank; none where it asks by itself."""
    return _ASKED.get(lane, ())


def late_accept_counts(lane: str) -> bool:
    """Say whether an acceptance after the deadline binds where nobody else was asked."""
    return lane != "again"
