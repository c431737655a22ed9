"""Outputs too large for a message are found before the state that belongs to them is written."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.runtime.durable.exits import Die
from milepost.runtime.durable.interface import Output, Oversize, record_size_bytes


def fitting(outputs: Sequence[Output], limit_bytes: int, oversize: Oversize | None, die: Die) -> Sequence[Output]:
    """The outputs, an over-large one replaced by what `oversize` makes of it; without that it ends the process."""
    # The exact size only where it could matter: this runs for every output.
    doubtful = [o for o in outputs if o.headers or len(o.key) + len(o.value or b"") > limit_bytes // 2]
    sizes = {id(o): record_size_bytes(o.key, o.value, o.headers) for o in doubtful}
    large = [o for o in doubtful if sizes[id(o)] > limit_bytes]
    if not large:
        return outputs
    if oversize is None:
        die(f"output for {large[0].topic} key {large[0].key!r} is larger than {limit_bytes} bytes")
    replaced = (oversize(o, sizes[id(o)]) if sizes.get(id(o), 0) > limit_bytes else o for o in outputs)
    return [o for o in replaced if o is not None]
