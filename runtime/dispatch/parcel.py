"""What a partner's gateway may know of a delivery: its id, its bytes, and the way its dialect says it goes."""

from __future__ import annotations

from typing import Protocol

import msgspec
from milepost.runtime.erp.protocol import Command


class Way(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As the dialect rendered it. ``name``: of a file; ``path``: behind the partner's address."""

    content_type: str = ""
    name: str = ""
    method: str = "POST"
    path: str = ""


class Parcel(Command, Protocol):
    """A command of lane dispatch."""

    @property
    def way(self) -> Way: ...
    @property
    def value(self) -> bytes: ...
