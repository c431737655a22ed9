"""The cyclic collector looks seldom: records are trees without cycles, and it would walk all of them each time.

It took a third of the fulfilment lane's CPU, and a fifth of the bare shell's, before.
"""

from __future__ import annotations

import gc

_YOUNG, _OLDER = 50_000, 50


def collect_rarely() -> None:
    """Set what is there now aside for good, and let the collector look at what comes, seldom."""
    set_aside()
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)


def set_aside() -> None:
    """Keep what is there now from the collector: else each full look walks all of it, a pause that grows with it."""
    gc.collect()
    gc.freeze()
