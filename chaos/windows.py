"""Which crash windows a drill owes: of each lane that writes anything of weight, every one it has."""

from __future__ import annotations

from typing import Final

from milepost.runtime.windows import DURABLE, POSTING, Window

LANES: Final[dict[str, tuple[Window, ...]]] = {"fulfilment": DURABLE, "posting": DURABLE + POSTING}

AT_A_START: Final = frozenset({Window.RECOVERY_BEFORE_READ, Window.RECOVERY_BEFORE_SEEK})
"""Passed only when partitions are taken over: a kill makes them pass."""

AT_AN_END: Final = frozenset({Window.REVOKE_BEFORE_DRAIN})
"""Passed only when partitions are given away: SIGTERM makes it pass."""

SAID_AGAIN: Final = frozenset({Window.OUTPUTS_BEFORE, Window.OUTPUTS_AFTER})
"""In the posting lane only passed for a command that was answered before: saying it again makes them pass."""


def name_of(lane: str, window: str) -> str:
    """A window of a lane, as it is counted and reported: `posting erp.call.after`."""
    return f"{lane} {window}"


REQUIRED: Final = frozenset(name_of(lane, window) for lane, windows in LANES.items() for window in windows)
"""Each must have ended a process at least once, or the drill has shown nothing about it."""
