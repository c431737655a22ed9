"""The cyclic collector looks seldom: records are trees without cycles, and it would walk all of them each time.

It took a third of the fulfilment lane's CPU, and a fifth of the bare shell's, before.
"""

from __future__ import annotations

import gc

_YOUNG, _OLDER = 50_000, 50


def collect_rarely() -> None:
    """Set what is there now aside for good, and let the collector look at what comes, seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)
