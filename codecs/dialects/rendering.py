"""Our instructions and notices in a partner's own form, by its dialect: only what the dialect names goes out."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from milepost.codecs.dialects.model import Acknowledgement, Dialect
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.references import Reference


class Rendered(NamedTuple):
    """What is to be sent: bytes, and the way. ``name``: of a file. ``path`` is put behind the partner's address.

    ``references``: the control numbers by which an acknowledgement will name it (X12: GROUP/SET).
    """

    value: bytes
    content_type: str
    name: str
    method: str = "POST"
    path: str = ""
    acknowledge: Acknowledgement | None = None
    references: tuple[Reference, ...] = ()


def rendered(dialect: Dialect, instruction: Instruction | CustomerNotice, *, at: datetime) -> Rendered | None:
    """Return ``instruction`` as ``dialect`` writes it; None where it has no word for it.

    DecodeError where it cannot be written: a field that must be there is not, a code has no counterpart.
    """
    raise NotImplementedError
