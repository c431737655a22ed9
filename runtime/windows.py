"""The places where an accident would hurt most: between two writes that belong together.

Each is passed by name. In production nobody listens; the chaos drill ends or stops the process at one of them, the
simulation of the shell at any. A new write of the durable batch or of the pump gets its windows here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Window(StrEnum):
    """A named crash window."""

    RECOVERY_BEFORE_READ = "recovery.before_read"
    RECOVERY_BEFORE_SEEK = "recovery.before_seek"
    CHANGELOG_BEFORE = "changelog.before"
    """Applied in memory only."""
    CHANGELOG_AFTER = "changelog.after"
    """The changelog is acknowledged; outputs of an earlier group may still be under way."""
    OUTPUTS_BEFORE = "outputs.before"
    OUTPUTS_AFTER = "outputs.after"
    """The outputs are acknowledged; the offset is not yet committable."""
    COMMIT_BEFORE = "commit.before"
    COMMIT_AFTER = "commit.after"
    """The broker has the offset; our own book does not know it yet."""
    REVOKE_BEFORE_DRAIN = "revoke.before_drain"
    ERP_CALL_BEFORE = "erp.call.before"
    ERP_CALL_AFTER = "erp.call.after"
    """The ERP has booked or refused; nobody but this process knows."""
    RECEIPT_BEFORE = "receipt.before"
    RECEIPT_AFTER = "receipt.after"
    """The receipt is acknowledged; the command still counts as open here."""


DURABLE = tuple(w for w in Window if not w.startswith(("erp.", "receipt.")))
"""Windows every lane has."""

POSTING = tuple(w for w in Window if w.startswith(("erp.", "receipt.")))
"""Windows of the posting lane alone."""

Passing = Callable[[Window], None]
"""Called at each window, synchronously, in the event loop of the process."""


def unnoticed(window: Window) -> None:
    """Nobody listens."""
