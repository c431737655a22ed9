"""Is a message the partner's? One table: scheme -> check. Everything is compared in constant time, and to the end.

HMAC: RFC 2104, over the bytes of the body. A compressed body may be signed before or after it was compressed: either
proves who wrote it. Basic: RFC 7617. Bearer: RFC 6750.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hmac import compare_digest
from hmac import digest as mac_of
from typing import Literal, NamedTuple

from milepost.codecs.dialects.model import Scheme
from milepost.gateway.partners import Signature, Timestamp
from milepost.runtime.setting_kinds import Network

Verdict = Literal["genuine", "forged", "stale"]
AUTHORIZATION = "Authorization"
MILLISECONDS_FROM = 1e11  # as seconds this would be the year 5138
STAMP_CHARS = 40
SIGNATURES_MAX = 10  # in one header
STANDARD = Timestamp(header="webhook-timestamp")


class Presented(NamedTuple):
    """What a check may look at. ``header`` gives a header's value, empty where it is not there."""

    header: Callable[[str], str]
    bodies: Sequence[bytes]
    peer: str = ""
    now_s: float = 0.0
    proxies: Sequence[Network] = ()


def verdict(signature: Signature, presented: Presented) -> Verdict:
    """Say whether what was presented proves its sender. Never raises, whatever stands in a header."""
    return CHECKS[signature.scheme](signature, presented)


def _hmac(signature: Signature, presented: Presented) -> Verdict:
    given = presented.header(signature.header)
    stamp = presented.header(signature.timestamp.header) if signature.timestamp else ""
    before = _bytes(stamp + signature.timestamp.join) if signature.timestamp else b""
    shown = _decoded(given.removeprefix(signature.prefix).strip(), signature.encoding)
    genuine = False
    for key in signature.keys:
        for body in presented.bodies:
            genuine |= compare_digest(mac_of(key, before + body, "sha256"), shown)
    if not genuine or not given.startswith(signature.prefix):
        return "forged"
    return _in_time(signature.timestamp, stamp, presented.now_s)


def _in_time(timestamp: Timestamp | None, stamp: str, now_s: float) -> Verdict:
    if timestamp is None:
        return "genuine"
    said_s = seconds_of(stamp)
    return "genuine" if said_s is not None and abs(now_s - said_s) <= timestamp.tolerance_s else "stale"


def seconds_of(stamp: str) -> float | None:
    """Return the moment a timestamp header means, in seconds since 1970; None for what is none."""
    if len(stamp) > STAMP_CHARS:
        return None
    try:
        number = float(stamp)
    except ValueError:
        return _iso(stamp)
    return number / 1000 if abs(number) >= MILLISECONDS_FROM else number


def _iso(stamp: str) -> float | None:
    try:
        moment = datetime.fromisoformat(stamp)
        return moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _decoded(text: str, encoding: str) -> bytes:
    try:
        return bytes.fromhex(text) if encoding == "hex" else base64.b64decode(_bytes(text), validate=True)
    except (ValueError, binascii.Error):
        return b""


def _standard(signature: Signature, presented: Presented) -> Verdict:
    """Standard Webhooks 1.0: over id, time and body; the header has a signature for each key that is good just now."""
    stamp = presented.header("webhook-timestamp")
    before = _bytes(f"{presented.header('webhook-id')}.{stamp}.")
    given = presented.header("webhook-signature").split(" ")[:SIGNATURES_MAX]
    shown = [_decoded(one.removeprefix("v1,"), "base64") for one in given if one.startswith("v1,")]
    genuine = False
    for key in signature.keys:
        for body in presented.bodies:
            made = mac_of(key, before + body, "sha256")
            for one in shown:
                genuine |= compare_digest(made, one)
    return _in_time(signature.timestamp or STANDARD, stamp, presented.now_s) if genuine else "forged"


def _basic(signature: Signature, presented: Presented) -> Verdict:
    return _token(signature, presented, "basic", [base64.b64encode(key) for key in signature.keys])


def _bearer(signature: Signature, presented: Presented) -> Verdict:
    return _token(signature, presented, "bearer", signature.keys)


def _token(signature: Signature, presented: Presented, word: str, wanted: Sequence[bytes]) -> Verdict:
    given = presented.header(signature.header or AUTHORIZATION)
    if signature.header and signature.header.lower() != AUTHORIZATION.lower():  # a header of their own has no word
        return _any_of(wanted, given.removeprefix(signature.prefix).strip())
    scheme, _, token = given.partition(" ")
    return _any_of(wanted, token.strip() if scheme.lower() == word else "")


def _mtls(signature: Signature, presented: Presented) -> Verdict:
    """Whom the proxy saw. From anybody but the proxy the header is what a stranger wrote."""
    seen = _any_of(signature.keys, presented.header(signature.header).removeprefix(signature.prefix).strip())
    return seen if within(presented.peer, presented.proxies) else "forged"


def _any_of(wanted: Sequence[bytes], given: str) -> Verdict:
    shown, found = _bytes(given), False
    for one in wanted:
        found |= compare_digest(one, shown)
    return "genuine" if found else "forged"


def within(peer: str, networks: Sequence[Network]) -> bool:
    """Say whether an address is of one of the networks."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _none(_signature: Signature, _presented: Presented) -> Verdict:
    return "genuine"


CHECKS: Mapping[Scheme, Callable[[Signature, Presented], Verdict]] = {
    "hmac-sha256": _hmac,
    "standard-webhooks": _standard,
    "basic": _basic,
    "bearer": _bearer,
    "mtls": _mtls,
    "none": _none,
}
