"""Ports that stay ours while nobody listens on them."""

from __future__ import annotations

import os
from itertools import islice

from milepost.broker.readiness import port_is_free

FIRST, COUNT = 18_000, 10_000
"""Below the range from which systems take the ports of outgoing connections (Linux: from 32768). A client that tries
again and again to reach a dead server there can otherwise meet itself, and the server finds its port taken."""


def steady_ports(host: str, count: int) -> list[int]:
    """Distinct ports nobody listens on now; another process may still be quicker."""
    start = os.getpid() * 7  # processes that start together look in different places
    candidates = (FIRST + (start + n) % COUNT for n in range(COUNT))
    return list(islice((port for port in candidates if port_is_free(host, port)), count))
