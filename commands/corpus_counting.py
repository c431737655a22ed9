"""Files by format and kind: how many documents and contracts they give, what was found, what was refused and why.

A file is read by what its bytes look like, then said by the shipped dialect that understands it best. Anything but a
reading or the one error is ours, and is kept by name.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from milepost.codecs import formats
from milepost.codecs.dialects.gathering import ANY_USAGE
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Said
from milepost.codecs.documents import Reading
from milepost.codecs.errors import DecodeError
from milepost.codecs.formats import READ
from milepost.commands.partner_trying import Tried, best

FILE_MAX_BYTES = 64 * 1024 * 1024  # a larger one is counted as such, unread
KINDS_SHOWN = 3
CONTRACTS = ("events", "pointed", "linked", "counted", "statements", "instructions")
AGED = "CLOCK_SUSPECT"  # a corpus is old: of its times that says nothing


@dataclass
class Row:
    """What files of one format and kind came to. ``refused``: by the reader; ``unsaid``: by the dialect."""

    format: str
    kind: str
    files: int = 0
    documents: int = 0
    contracts: int = 0
    size: int = 0
    seconds: float = 0.0
    dialects: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unsaid: Counter[str] = field(default_factory=Counter)

    def add(self, other: Row) -> None:
        """Take in what another row counted."""
        self.files, self.documents = self.files + other.files, self.documents + other.documents
        self.contracts, self.size = self.contracts + other.contracts, self.size + other.size
        self.seconds += other.seconds
        for name in ("dialects", "findings", "refused", "unsaid"):
            getattr(self, name).update(getattr(other, name))


@dataclass
class Count:
    """The rows of a corpus by format and kind, and the files by which our own code failed, with the error."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    failed: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def total(self) -> Row:
        """All rows as one."""
        whole = Row("all", "")
        for row in self.rows.values():
            whole.add(row)
        return whole


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and all that are in the folders named, hidden ones left out."""
    return list(dict.fromkeys(file for path in paths for file in _below(path)))


def count(paths: Iterable[Path], dialects: Dialects) -> Count:
    """Read every file. Never an exception of a codec: what is no DecodeError is kept in ``failed``."""
    found = Count()
    counting = _with_tests(dialects)
    for path in paths:
        try:
            row = row_of(path, counting)
        except Exception as error:
            found.failed.append((path, f"{type(error).__name__}: {error}"[:300]))
            continue
        kept = found.rows.setdefault((row.format, row.kind), Row(row.format, row.kind))
        kept.add(row)
    return found


def row_of(path: Path, dialects: Dialects) -> Row:
    """Return one file as a row of its own."""
    size = path.stat().st_size
    if size > FILE_MAX_BYTES:
        return Row("-", "", files=1, size=size, refused=Counter({"too_large": 1}))
    value = path.read_bytes()
    begun = time.perf_counter()
    recognised = formats.recognise(value, "", path.name)
    if recognised.format not in READ:
        return Row(recognised.format, "", 1, size=size, seconds=time.perf_counter() - begun)
    row = Row(recognised.format, "", 1, size=size)
    try:
        reading = formats.read_as(recognised.format, recognised.options, value)
    except DecodeError as error:
        row.refused[error.reason] += 1
        reading = Reading()
    row.seconds = time.perf_counter() - begun
    row.kind = _kinds(reading)
    row.documents = len(reading.documents)
    row.findings.update(one.code for one in reading.findings)
    row.refused.update(part.error.reason for part in reading.refused)
    if reading.documents:
        _said(row, best(dialects, path, recognised), reading)
    return row


def _with_tests(dialects: Dialects) -> Dialects:
    """Samples mostly say that they are tests: here what they say counts all the same."""
    marked = {
        name: replace(one, read={**one.read, "usage": ANY_USAGE}) if one.format == "x12" else one
        for name, one in dialects.partners.items()
    }
    return replace(dialects, partners=marked)


def _said(row: Row, found: Tried | None, reading: Reading) -> None:
    if found is None:
        return
    row.contracts = sum(_contracts(found.said))
    row.dialects[found.dialect.name] += 1
    row.findings.update(_only_of(found.said, reading))
    unsaid = Counter(part.error.reason for part in found.said.refused)
    unsaid.subtract(part.error.reason for part in reading.refused)
    row.unsaid.update(+unsaid)
    if found.error is not None:
        row.unsaid[found.error.reason] += 1


def _contracts(said: Said) -> Iterator[int]:
    return (len(getattr(said, name)) for name in CONTRACTS)


def _only_of(said: Said, reading: Reading) -> Counter[str]:
    """Count what the dialect found, the reader's own findings left out."""
    found = Counter(one.code for one in said.findings if one.code != AGED)
    found.subtract(one.code for one in reading.findings)
    return +found


def _kinds(reading: Reading) -> str:
    kinds = sorted({document.kind for document in reading.documents})
    more = f" +{len(kinds) - KINDS_SHOWN}" if len(kinds) > KINDS_SHOWN else ""
    return ", ".join(kinds[:KINDS_SHOWN]) + more


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for one in sorted(path.rglob("*")):
        if one.is_file() and not any(part.startswith(".") for part in one.relative_to(path).parts):
            yield one
