"""Keeps what a release wrote, so that every later one is tested with it. Run with the release's own code:

    milepost demo --orders 60 --seed 3 --keep          (MILEPOST_CLOSED_KEPT_S=864000, so that some orders shrink)
    python -m milepost.tests.kept.keep BOOTSTRAP tests/kept/RELEASE.jsonl.xz

One line per row: table, key, value in base 85. The last record of each key, as after compaction. Of every table but
`sources`, which counts an hour and names who is paused.
"""

from __future__ import annotations

import asyncio
import lzma
import sys
from base64 import b85encode
from pathlib import Path

import orjson
from milepost.commands.topic_reading import latest
from milepost.runtime.topic_table import COMMANDS_CHANGELOG, LEDGERS_CHANGELOG, LOADS_CHANGELOG, ORDERS_CHANGELOG

CHANGELOGS = {
    "orders": ORDERS_CHANGELOG,
    "loads": LOADS_CHANGELOG,
    "commands": COMMANDS_CHANGELOG,
    "ledgers": LEDGERS_CHANGELOG,
}


async def rows(bootstrap: str) -> list[bytes]:
    """Return the lines of all tables."""
    found = []
    for table, topic in CHANGELOGS.items():
        for key, value in sorted((await latest(bootstrap, topic)).items()):
            found.append(orjson.dumps({"table": table, "key": key, "value": b85encode(value).decode()}))
    return found


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(lzma.compress(b"\n".join(asyncio.run(rows(sys.argv[1]))), preset=9))
