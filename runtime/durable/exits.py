"""How the process ends when going on could lose or double something, and what its exit code says.

A graceful stop would commit, so there is none: the offset stays where it is, and the next owner replays.

| code | meaning | what a supervisor does |
| --- | --- | --- |
| 0 | asked to stop; everything done is committed | nothing |
| 2 | wrong settings, topics, policies or changelog record, or another process has this name | gives up: it stays so |
| 69 | no broker answered at start | tries again for ever: the process is not to blame |
| 70 | a defect, a refused write, or a watch of the watchdog; also: the supervisor is gone | restarts with backoff |
| 75 | the lease of the ERP account went to another process | restarts: it then stands by |
| below 0 | ended by that signal | restarts with backoff |

The names are those of sysexits.h.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from typing import NoReturn

EXIT_CONFIG = 2

EXIT_NO_BROKER = 69
"""EX_UNAVAILABLE."""

EXIT_DEFECT = 70
"""EX_SOFTWARE."""

EXIT_LEASE_LOST = 75
"""EX_TEMPFAIL."""

LAST_WORDS = "milepost: "
"""What every line begins with that says why a process ends."""

Die = Callable[[str], NoReturn]


def plain_last_line(reason: str) -> str:
    """Return the line as people read it."""
    return f"{LAST_WORDS}process ends: {' '.join(reason.split())}"


last_line: Callable[[str], str] = plain_last_line
"""Reason -> what is written; replaced where logs are for machines."""


def die(reason: str, code: int = EXIT_DEFECT) -> NoReturn:
    """End the process at once with one line on stderr."""
    with contextlib.suppress(Exception):
        logging.shutdown()
    with contextlib.suppress(Exception):
        # Not sys.stderr: Faust turns that into a logger, and the line must not wait in one.
        os.write(2, f"{last_line(reason)}\n".encode(errors="backslashreplace"))
    os._exit(code)
