"""Where a partner is: only over TLS, unless it is on this machine, and never anywhere else than its dialect says."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from milepost.runtime.errors import ConfigurationError
from milepost.runtime.secrets import is_reference, resolved
from milepost.runtime.setting_kinds import Secret
from yarl import URL

Resolve = Callable[[str], Secret]


def told(text: str, resolve: Resolve = resolved) -> str:
    """Return ``text``, or what it refers to. ConfigurationError where that is not there."""
    return resolve(text).reveal() if is_reference(text) else text


def address(base: str, path: str, resolve: Resolve = resolved) -> URL:
    """Return the address of ``path`` at a partner. ConfigurationError, without the address: it may be a secret."""
    try:
        root = URL(told(base, resolve))
        whole = _joined(root, path) if path else root
        elsewhere = whole.origin() != root.origin() or whole.user is not None
    except ValueError:
        raise ConfigurationError("the partner's address is none") from None
    if elsewhere:
        raise ConfigurationError("the path of an instruction leads to another host than the partner's")
    if root.scheme != "https" and not (root.scheme == "http" and _is_here(root.host or "")):
        raise ConfigurationError("a partner that is not on this machine is only spoken to over https")
    return whole


def _joined(root: URL, path: str) -> URL:
    """What the partner's address asks by its query, as a signature, stays behind the path."""
    plain = URL(f"{str(root.with_query(None)).rstrip('/')}/{path.lstrip('/')}")
    if not root.raw_query_string:
        return plain
    sign = "&" if plain.raw_query_string else "?"
    return URL(f"{plain}{sign}{root.raw_query_string}", encoded=True)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
