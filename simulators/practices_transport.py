"""What was agreed with customers about the door and about returns, as the partners know it; see ``practices``."""

from __future__ import annotations

from typing import Final, Literal

_REPLACED: Final = range(30, 36)  # these customers keep damaged units billed and get others
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
