"""Ports that stay ours while nobody listens on them."""

from __future__ import annotations

import os
from itertools import count

from milepost.broker.readiness import port_is_free

FIRST, COUNT = 18_000, 10_000
"""Below the range from which systems take the ports of outgoing connections (Linux: from 32768). A client that tries
again and again to reach a dead server there can otherwise meet itself, and the server finds its port taken."""

_places = count(os.getpid() * 7)
"""Processes that start together look in different places. No port is given out twice, since whoever has it may be
down just now, and then it looks free."""


def steady_ports(host: str, number: int) -> list[int]:
    """Distinct ports nobody listens on now; another process may still be quicker."""
    found: list[int] = []
    while len(found) < number:
        port = FIRST + next(_places) % COUNT
        if port_is_free(host, port):
            found.append(port)
    return found
