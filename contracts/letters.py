"""What a person did with a dead letter: mended it, sent it again, gave it up. Kept beside the letters themselves."""

from __future__ import annotations

import base64
from typing import Literal

from milepost.contracts.base import Contract, Id, Moment, OptionalId, Text

Act = Literal["edited", "redriven", "discarded"]


class LetterAct(Contract, frozen=True, kw_only=True):
    """One act on the dead letter ``letter``; ``actor`` and ``reason`` say whose and why.

    ``edited``: ``value_base64`` takes the place of its bytes, ``key`` (where it is given) that of its record's key.
    ``redriven``: it was sent again and lies at ``place``, TOPIC/PARTITION/OFFSET. ``discarded``: nobody will send it.
    """

    letter: Id
    act: Act
    actor: Id
    reason: Text
    at: Moment
    value_base64: str = ""
    key: OptionalId = ""
    place: OptionalId = ""

    def value(self) -> bytes:
        """Return the mended bytes."""
        return base64.b64decode(self.value_base64)
