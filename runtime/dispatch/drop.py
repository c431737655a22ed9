"""Gateway to a partner that takes files: DROP/NAME/out, each file whole or not there."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path

from milepost.contracts.identifiers import digest
from milepost.runtime.dispatch.parcel import Parcel
from milepost.runtime.erp.protocol import Accepted, Answer, Busy, Known

OUT = "out"
NAME_MAX_CHARS = 150
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")


def file_name(wanted: str) -> str:
    """Return ``wanted`` as the name of a file in one folder: a name that had to be changed gets a digest of its own."""
    name = _NOT_IN_A_NAME.sub("_", wanted).lstrip(".")
    if name and name == wanted and len(name) <= NAME_MAX_CHARS:
        return name
    stem, dot, end = name[:NAME_MAX_CHARS].rpartition(".")
    return f"{stem}-{digest(wanted)[:8]}.{end}" if stem and dot else f"{end or 'file'}-{digest(wanted)[:8]}"


class DropPartner:
    """Writes one partner's files. The name is derived from what is sent: writing it again changes nothing."""

    longest_processing_s = 0.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def post(self, command: Parcel) -> Answer:
        name = file_name(command.way.name or command.id)
        try:
            await asyncio.to_thread(written, self.folder, name, command.value)
        except OSError as error:
            return Busy(f"file {name} cannot be written: {error.strerror or type(error).__name__}")
        return Accepted(f"file {name}")

    async def find(self, reference: str) -> Sequence[Known]:
        return ()  # the partner may have taken it away: it is written again, under the same name

    async def close(self) -> None:
        """Nothing is open."""


def written(folder: Path, name: str, value: bytes) -> None:
    """Put ``value`` into ``folder`` under ``name``: durable before it can be seen. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("wb") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)
    at = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
