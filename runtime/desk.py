"""The desk's proof on what people say: whoever may write to ``partner.events`` is not therefore an operator (S82).

Kafka's rights are by topic, and partners who speak our JSON write to the topic on which the desk speaks. With a key
(``MILEPOST_OPERATOR_KEY``) every client of the desk signs what it sends there, and lane intake takes people's words
from nobody else. The proof has no time in it: a record that is sent once more is the same fact, and says nothing new.
Dead letters are sent again unsigned: whoever redrives a thousand of them has not looked at what they say.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from milepost.runtime.setting_kinds import Secret

PROOF = "desk-proof"  # header: HMAC-SHA256 of key and value, in hex
PEOPLES = ("control.", "source.")
"""How the tags of people's words begin."""

_key = Secret("")


def introduce(key: Secret) -> None:
    """From now on this process signs by ``key``; by none where it is empty."""
    global _key
    _key = key


def proof(key: bytes, value: bytes) -> list[tuple[str, bytes]]:
    """Return the headers by which a record is known as the desk's; none without a key."""
    return [(PROOF, _signature(_key, key, value))] if _key else []


def proven(desk: Secret, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> bool:
    """Say whether a record was signed by who has the key ``desk``."""
    shown = next((text for name, text in headers if name == PROOF), b"")
    return hmac.compare_digest(shown, _signature(desk, key or b"", value or b""))


def _signature(desk: Secret, key: bytes, value: bytes) -> bytes:
    signed = b"%d:%s%s" % (len(key), key, value)  # the length, or one pair could be read as another
    return hmac.new(desk.reveal().encode(), signed, "sha256").hexdigest().encode()
