"""What a supervised process says: kept in its log, repeated to ourselves where asked, read for why it ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from milepost.runtime.durable.exits import LAST_WORDS

LOG_MOST_BYTES = 32 * 1024 * 1024
TAIL_BYTES = 16 * 1024
TAIL_LINES = 8
LINE_CHARS = 300
_PIECE_BYTES = 64 * 1024


def open_log(path: Path) -> BinaryIO:
    """The log, to be written at its end."""
    # A child that crashes all night must not fill the disk: of a log beyond the limit only one old part is kept.
    with contextlib.suppress(OSError):
        if path.stat().st_size > LOG_MOST_BYTES:
            path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def tail(path: Path, start: int = 0) -> list[str]:
    """The last lines of a log that are not blank, of those written after byte `start`."""
    return [line[:LINE_CHARS] for line in _last_lines(path, start)]


def _last_lines(path: Path, start: int) -> list[str]:
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(size - TAIL_BYTES, start if start <= size else 0))  # beyond the end: a new log was begun
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()][-TAIL_LINES:]


def last_words(path: Path, start: int, code: int) -> str:
    """The line that says why a process ended with `code`; empty when it was ended from outside or as it was asked."""
    if code <= 0:
        return ""
    lines = [_message(line)[:LINE_CHARS] for line in _last_lines(path, start)]
    said = [line.removeprefix(LAST_WORDS) for line in lines if line.startswith(LAST_WORDS)]
    return said[-1] if said else "".join(lines[-1:])


def _message(line: str) -> str:
    """What a line says, also where it is a JSON object."""
    if not line.startswith("{"):
        return line
    try:
        return str(json.loads(line)["message"])
    except (ValueError, KeyError):  # cut off, or not of a log
        return line


async def repeat(source: asyncio.StreamReader, path: Path) -> None:
    """Copy what a child says to its log and to our own stderr, until it says no more."""
    while piece := await source.read(_PIECE_BYTES):
        with open_log(path) as log:
            log.write(piece)
        with contextlib.suppress(OSError):  # nobody reads us any more, which is no reason to lose the child
            sys.stderr.buffer.write(piece)
            sys.stderr.buffer.flush()
