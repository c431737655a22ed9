"""Which partner serves a site at a moment: for what goes out to it, and for whose word on it counts."""

from __future__ import annotations

from datetime import datetime

from milepost.codecs.dialects.model import Dialect, Dialects


def served_by(dialects: Dialects, recipient: str, node: str, at: datetime) -> Dialect | None:
    """Return who gets what we tell ``recipient`` (wms, tms, customers) about ``node``; None: no line names the site."""
    raise NotImplementedError
