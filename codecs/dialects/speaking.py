"""What a partner's message says in our words, by its dialect."""

from __future__ import annotations

from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.dialects.said import Message, Said


def said_by(dialect: Dialect, message: Message, dialects: Dialects, *, explain: bool = False) -> Said:
    """Return all that ``message`` says; DecodeError only where nothing of it can be used.

    ``explain``: name also the paths of its documents that nothing in the dialect looked at.
    """
    raise NotImplementedError
