"""What one check of `milepost doctor` found."""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["ok", "mend", "unknown"]


class Finding(NamedTuple):
    """``said``: what is, in one line; ``mend``: what to do about it, only where something is to be done."""

    check: str
    state: State
    said: str
    mend: str = ""

    @property
    def line(self) -> str:
        """The line for people."""
        word = "MEND" if self.state == "mend" else self.state
        return f"{word:<8} {self.check:<9} {self.said}" + (f"; {self.mend}" if self.mend else "")


def ok(check: str, said: str) -> Finding:
    return Finding(check, "ok", said)


def to_mend(check: str, said: str, mend: str) -> Finding:
    return Finding(check, "mend", said, mend)


def unknown(check: str, said: str) -> Finding:
    """Nothing is known to be wrong, and nobody can say that it is right."""
    return Finding(check, "unknown", said)
