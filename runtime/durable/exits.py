"""How the process ends when going on could lose or double something.

A graceful stop would commit, so there is none: the offset stays where it is, and the next owner replays.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from typing import NoReturn

EXIT_DEFECT = 70
"""EX_SOFTWARE of sysexits.h: a supervisor restarts with backoff."""

EXIT_CONFIG = 2

Die = Callable[[str], NoReturn]


def die(reason: str, code: int = EXIT_DEFECT) -> NoReturn:
    """End the process at once with one line on stderr."""
    with contextlib.suppress(Exception):
        logging.shutdown()
    with contextlib.suppress(Exception):
        # Not sys.stderr: Faust turns that into a logger, and the line must not wait in one.
        os.write(2, f"milepost: process ends: {' '.join(reason.split())}\n".encode())
    os._exit(code)
