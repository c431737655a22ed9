"""What we send, signed as a partner's dialect says: HMAC-SHA-256 (RFC 2104) over a timestamp, if any, and the body."""

from __future__ import annotations

import base64
import unicodedata
from datetime import datetime
from hmac import digest as mac_of

from milepost.codecs.dialects.model import Signature
from milepost.runtime.dispatch.addresses import Resolve


def signed(signature: Signature, body: bytes, now: datetime, resolve: Resolve) -> dict[str, str]:
    """Return the headers that prove the body ours. ConfigurationError where the secret is not there.

    The timestamp is in whole seconds since 1970, and is signed with the body, so that nobody can send it again later.
    """
    key = resolve(signature.secrets[0]).reveal()
    if signature.normalize:
        key = unicodedata.normalize(signature.normalize, key)
    stamp, before = str(int(now.timestamp())), b""
    headers: dict[str, str] = {}
    if signature.timestamp_header:
        headers[signature.timestamp_header] = stamp
        before = (stamp + signature.timestamp_join).encode()
    mac = mac_of(key.encode(), before + body, "sha256")
    shown = mac.hex() if signature.encoding == "hex" else base64.b64encode(mac).decode()
    headers[signature.header] = signature.prefix + shown
    return headers
