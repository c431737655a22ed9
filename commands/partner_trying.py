"""Reading a sample by a dialect, or by the one of ours that understands it best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from milepost.codecs.dialects.gathering import ANY_USAGE, TEST
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.dialects.said import Said
from milepost.codecs.errors import DecodeError
from milepost.codecs.formats import READ, Recognised
from milepost.commands.partner_reading import message_of, refusal, said, summary

X12 = "x12"


@dataclass(frozen=True, slots=True)
class Tried:
    """What ``dialect`` made of a sample; ``error`` where all of it was refused."""

    dialect: Dialect
    said: Said
    error: DecodeError | None = None

    @property
    def is_test(self) -> bool:
        """Say whether the sample is marked as a test: on arrival nothing of it counts."""
        return any(document.fields.get("usage") == TEST for document in self.said.documents)

    @property
    def worth(self) -> tuple[int, ...]:
        """The more is said and the less refused, the better; then the more that could be read at all, the fewer paths
        nobody looked at, and tolerance."""
        one = self.said
        told = len(one.events) + len(one.pointed) + len(one.counted) + len(one.statements) + len(one.instructions)
        unknown = sum(1 for part in one.refused if part.error.reason == "unknown_type") + (self.error is not None)
        tolerant = self.dialect.read.get("policy") != "strict"
        return -unknown, told - len(one.refused), told, len(one.documents), -len(one.unmapped), tolerant


def tried(dialect: Dialect, dialects: Dialects, path: Path) -> Tried:
    """Return what the dialect makes of a sample, with the paths it did not look at.

    Samples are often marked as tests: here they are read as if they were none.
    """
    if dialect.format == X12:
        dialect = replace(dialect, read={**dialect.read, "usage": ANY_USAGE})
    found = said(dialect, dialects, message_of(path, dialect.name), explain=True)
    return Tried(dialect, Said(), found) if isinstance(found, DecodeError) else Tried(dialect, found)


def best(dialects: Dialects, path: Path, recognised: Recognised) -> Tried | None:
    """Return what the dialect makes of it that says the most; None where its format is read by none of them.

    A partner whose shape the sample has is asked first, then all that read its format. Of two that say as much it is
    the one that extends nobody else.
    """
    if recognised.format not in READ:
        return None
    partners = [one for one in dialects.partners.values() if one.format == recognised.format]
    partners.sort(key=lambda one: any(name in dialects.partners for name in _extended(one)))
    named = [one for one in partners if recognised.vendor and one.name == recognised.vendor]
    found = [tried(one, dialects, path) for one in named or partners]
    return max(found, key=lambda one: one.worth, default=None)


def _extended(dialect: Dialect) -> list[str]:
    names = dialect.data.get("extends", [])
    return [names] if isinstance(names, str) else list(names)


def as_data(found: Tried | None) -> dict[str, Any]:
    """Return what was found, as JSON values."""
    if found is None:
        return {"dialect": None}
    said_ = refusal(found.error) if found.error is not None else summary(found.said)
    beside = {"unmapped": list(found.said.unmapped), "silent": list(found.said.silent)}
    return {"dialect": found.dialect.name, **said_, **beside}
