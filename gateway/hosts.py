"""Which hosts may be asked for a document: those that the dialect names, and never an address of our own network.

A name is looked up by whoever sent us the pointer to it, so its addresses are looked at when the connection is made:
private, loopback and link-local ones are refused unless the dialect lists their network.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from milepost.gateway.signatures import within
from milepost.runtime.setting_kinds import Network

PORT_HTTPS = 443
ANYWHERE = ("0.0.0.0/0", "::/0")
LEADING_ELSEWHERE = tuple(
    ipaddress.ip_network(one) for one in ("2002::/16", "192.88.99.0/24", "192.0.0.0/24", "fec0::/10")
)
"""No addresses of hosts: 6to4 (an IPv4 address of any kind is within), its relays, IETF's own, and old private ones."""


class Allowed(NamedTuple):
    """Names with their ports, and networks whose private addresses may be asked."""

    hosts: frozenset[tuple[str, int]]
    networks: tuple[Network, ...]

    def problem(self, url: str, *, plain_loopback: bool = False) -> str:
        """Return why an address may not be asked, in words without the address; empty where it may."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return "no address"
        if "@" in parts.netloc:
            return "an address with a login"
        if parts.scheme != "https" and not (parts.scheme == "http" and plain_loopback and _loopback(host)):
            return "not https"
        if (host, port or PORT_HTTPS) not in self.hosts:
            return "a host that is not listed"
        return "" if not _literal(host) or self.reachable(host) else "a private address"

    def reachable(self, address: str) -> bool:
        """Say whether an address, found for a listed name, may be asked."""
        found = ipaddress.ip_address(address.partition("%")[0])
        plain = getattr(found, "ipv4_mapped", None) or found
        # Reserved are the prefixes of NAT64, behind which stands an IPv4 address of any kind, too.
        public = plain.is_global and not plain.is_multicast and not plain.is_reserved
        return (public and not within(str(plain), LEADING_ELSEWHERE)) or within(str(plain), self.networks)


def allowed(entries: Sequence[str]) -> Allowed:
    """Read the list of a dialect: HOST, HOST:PORT, [IPv6]:PORT, or a network such as 10.0.0.0/8. Raises ValueError."""
    hosts, networks = set[tuple[str, int]](), list[Network]()
    for entry in entries:
        if "/" in entry:
            networks.append(ipaddress.ip_network(entry))
            continue
        parts = urlsplit(f"//{entry}")
        if not parts.hostname or parts.path or "@" in entry:
            raise ValueError(f"{entry!r} is no host")
        hosts.add((parts.hostname.lower(), parts.port or PORT_HTTPS))
        if _literal(parts.hostname):
            networks.append(ipaddress.ip_network(parts.hostname))
    return Allowed(frozenset(hosts), tuple(networks))


class CheckedResolver(AbstractResolver):
    """Looks a name up and gives only what may be asked: the address that is checked is the one that is used."""

    def __init__(self, allowed: Allowed, inner: AbstractResolver | None = None) -> None:
        self._allowed, self._inner = allowed, inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        kept = [one for one in found if self._allowed.reachable(one["host"])]
        if not kept:
            raise OSError("the name stands for a private address")
        return kept

    async def close(self) -> None:
        await self._inner.close()


def _literal(host: str) -> Any:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _loopback(host: str) -> bool:
    found = _literal(host)
    return bool(found and found.is_loopback)
