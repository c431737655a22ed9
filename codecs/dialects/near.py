"""What may have been meant, and a list of what there is, short enough for one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SHOWN_MAX = 12


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean X?`` or ``; there are: A, B``, ready to follow a sentence; empty where nothing is."""
    names = sorted(set(filter(None, known)))
    near = difflib.get_close_matches(name[:80], names, 1)
    if near:
        return f"; did you mean {near[0]}?"
    more = ", ..." if len(names) > SHOWN_MAX else ""
    return f"; there are: {', '.join(names[:SHOWN_MAX])}{more}" if names else ""
