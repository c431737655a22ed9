"""The cancellation matrix: how far the work at a node has come, and what a cancellation still does there.

Rows are in the order of a life. The code runs on this table, and docs/lifecycle.md is made of it.
"""

from __future__ import annotations

from typing import NamedTuple

from milepost.contracts.tms import Delivered
from milepost.contracts.wms import Allocated, Departed, Loaded, Packed, PickConfirmed


class Row(NamedTuple):
    """``attested_by``: the fact that says the node has come so far. ``asked``: the site is asked to let go, where its
    ``cancel_until`` reaches this far. ``put_back``, ``void_labels``, ``unload``: what it is told once it agreed.
    ``result`` and ``compensation`` are for people."""

    stage: str
    attested_by: type | None
    asked: bool
    result: str
    compensation: str
    put_back: bool = False
    void_labels: bool = False
    unload: bool = False


BEFORE_RELEASE = Row("before release", None, False, "cancelled when it is released", "none: nobody was told of it")
_PUT_BACK = "put away what was picked"
MATRIX = (
    Row("released", None, True, "cancelled when the site agrees", "the instruction is withdrawn"),
    Row("allocated", Allocated, True, "cancelled when the site agrees",
        "the instruction is withdrawn, which frees the allocation"),
    Row("picked", PickConfirmed, True, "cancelled when the site agrees", _PUT_BACK, put_back=True),
    Row("packed", Packed, True, "cancelled when the site agrees", f"{_PUT_BACK}, void its labels", put_back=True,
        void_labels=True),
    Row("loaded", Loaded, True, "cancelled when the site agrees",
        f"unload, {_PUT_BACK}, void its labels; the carrier may charge a truck ordered and not used", put_back=True,
        void_labels=True, unload=True),
)  # fmt: skip
DEPARTED = Row("departed", Departed, False, "refused: goods have left", "offer an intercept or a return")
DELIVERED = Row("delivered", Delivered, False, "refused: goods were delivered", "offer a return, which brings a credit")
ALL_ROWS = (BEFORE_RELEASE, *MATRIX, DEPARTED, DELIVERED)

RANK = {row.stage: rank for rank, row in enumerate(MATRIX)}


def asks(row: Row, cancel_until: str) -> bool:
    """Say whether a site that lets go up to ``cancel_until`` is asked at all when its work has come to ``row``."""
    return row.asked and RANK[row.stage] <= RANK[cancel_until]
