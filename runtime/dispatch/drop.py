"""Gateway to a partner that takes files: DROP/NAME/out, each file whole or not there."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from milepost.contracts.identifiers import digest
from milepost.runtime.dispatch.parcel import Parcel
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, Known

OUT = "out"
NAME_MAX_CHARS = 150
MODE = 0o644
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")


def file_name(wanted: str) -> str:
    """Return ``wanted`` as the name of a file in one folder: a name that had to be changed gets a digest of its own."""
    name = _NOT_IN_A_NAME.sub("_", wanted).lstrip(".")
    if name and name == wanted and len(name) <= NAME_MAX_CHARS:
        return name
    return _with_digest(name[:NAME_MAX_CHARS], wanted)


def _with_digest(name: str, of: str) -> str:
    stem, dot, end = name.rpartition(".")
    return f"{stem}-{digest(of)[:8]}.{end}" if stem and dot else f"{end or 'file'}-{digest(of)[:8]}"


def _is_another(path: Path, value: bytes) -> bool:
    """Whether something else stands there: left by the partner for later, or put there by somebody."""
    try:
        found = path.lstat()
        return not stat.S_ISREG(found.st_mode) or found.st_size != len(value) or path.read_bytes() != value
    except FileNotFoundError:
        return False


class DropPartner:
    """Writes one partner's files. The name is derived from what is sent: writing it again changes nothing, and nothing
    else that still lies there is lost."""

    longest_processing_s = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def post(self, command: Parcel) -> Answer:
        name = file_name(command.way.name or command.id)
        try:
            name = await asyncio.to_thread(self._put, name, command)
        except OSError as error:
            return Busy(f"file {name} cannot be written: {error.strerror or type(error).__name__}")
        return Accepted(f"file {name}")

    def _put(self, name: str, command: Parcel) -> str:
        """Partners call each day's file the same: an answer to today's is not written over yesterday's."""
        if _is_another(self.folder / name, command.value):
            name = _with_digest(name, command.id)
        written(self.folder, name, command.value)
        return name

    async def find(self, reference: str) -> Sequence[Known]:
        return ()  # the partner may have taken it away: it is written again, under the same name

    async def close(self) -> None:
        """Nothing is open."""


def written(folder: Path, name: str, value: bytes) -> None:
    """Put ``value`` into ``folder`` under ``name``: durable before it can be seen. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    part.unlink(missing_ok=True)  # whatever it is, and wherever it leads
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE), "wb") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / name)
    except OSError:
        part.unlink(missing_ok=True)  # of a disk that is full it would keep what little is left
        raise
    at = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
