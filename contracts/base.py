"""The base of every contract: frozen, closed to unknown fields, defaults left out on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
OptionalId = Annotated[str, msgspec.Meta(max_length=200)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Text = Annotated[str, msgspec.Meta(max_length=1000)]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
QUANTITY_MAX = 10**9
Quantity = Annotated[int, msgspec.Meta(ge=0, le=QUANTITY_MAX)]
AmountMinor = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Version = Annotated[int, msgspec.Meta(ge=1, le=10**6)]
IsoDate = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
OptionalDate = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

LINES_MAX = 1000
LINES_AFTER_MAX = 2 * LINES_MAX  # of what follows from an order: its lines, and those of substitutions
MEMBERS_MAX = 2000


class Contract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What every contract shares. Unknown fields are refused: a vendor's new field is met in its codec, not here."""
