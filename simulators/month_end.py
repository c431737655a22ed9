"""Month's end at the ERP: a few days into the next month the last one is closed, whatever is still on its way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

CLOSED_AFTER: Final = timedelta(days=3)

Close = Callable[[str], Awaitable[None]]
"""Closes the ERP's periods up to and with a month (YYYY-MM)."""


def closed_through(now: datetime) -> str:
    """Return the last month (YYYY-MM) that is closed at a time."""
    latest = (now - CLOSED_AFTER).replace(day=1) - timedelta(days=1)
    return f"{latest:%Y-%m}"


class MonthEnd:
    """Closes each month once, when its time has come."""

    def __init__(self, start: datetime, close: Close) -> None:
        self._closed, self._close = closed_through(start), close

    async def __call__(self, now: datetime) -> None:
        through = closed_through(now)
        if through > self._closed:
            await self._close(through)
            self._closed = through
