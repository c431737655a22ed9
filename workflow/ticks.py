"""The time as a message: one tick per partition, so that a deadline fires as an ordinary, replayable event."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec


class Tick(msgspec.Struct, frozen=True):
    """The clock reads ``now``, and everything the partition's sources held before it has been consumed."""

    now: Annotated[datetime, msgspec.Meta(tz=True)]
