"""What the gateway knows of one partner: how it is recognised, which id a message has, what is watched and fetched.

Made from the dialects once, at start (from_dialects.py), with every secret resolved. No secret is in a ``repr``.
"""

from __future__ import annotations

import unicodedata
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from milepost.codecs.dialects.model import Kept, Place, Scheme
from milepost.codecs.documents import Plain
from milepost.runtime.setting_kinds import Secret

TOLERANCE_S = 300.0
WHSEC = "whsec_"
NOWHERE = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """A time that is signed with the body: ``header`` carries it, in seconds or milliseconds since 1970 or as ISO 8601.

    What is signed is its text, ``join``, and the body. Older or newer than ``tolerance_s`` is a message played again.
    """

    header: str
    tolerance_s: float = TOLERANCE_S
    join: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How a message proves whose it is. Several ``secrets``: any of them, while one takes over from the other."""

    scheme: Scheme
    secrets: tuple[Secret, ...] = ()
    encoding: Literal["hex", "base64"] = "hex"
    header: str = ""
    prefix: str = ""
    normalize: str = ""  # NFKD and its kin: what the vendor does to the secret before it signs
    timestamp: Timestamp | None = None
    keys: tuple[bytes, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        keys = (_key(one.reveal(), self.normalize) for one in self.secrets)
        if self.scheme == "standard-webhooks":
            keys = (_decoded(one.reveal()) for one in self.secrets)
        object.__setattr__(self, "keys", tuple(keys))


def _decoded(secret: str) -> bytes:
    """Return the key in ``whsec_BASE64``; ValueError, which shows nothing of it, where it is none."""
    try:
        key = b64decode(secret.removeprefix(WHSEC), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("the secret is no key of Standard Webhooks: whsec_ and Base64")
    return key


def _key(secret: str, form: str) -> bytes:
    text = unicodedata.normalize(form, secret) if form else secret  # type: ignore[arg-type]
    return text.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What we show to a partner's own server: headers with their values."""

    headers: tuple[tuple[str, Secret], ...] = ()

    def shown(self) -> dict[str, str]:
        """The headers, for the one place that sends them."""
        return {name: value.reveal() for name, value in self.headers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """The message only points at the document; ``url`` reads where, None where this one points at nothing.

    ``hosts``: HOST, HOST:PORT, or networks (10.0.0.0/8) whose private addresses may be asked. ``pointer``: the field of
    the document that the message itself is put into.
    """

    url: Callable[[Plain], str | None]
    hosts: tuple[str, ...]
    login: Login = Login()
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Asked while something is missing, every ``every_s``."""

    url: str
    every_s: float
    login: Login = Login()


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One partner. ``signature`` None: nothing comes by HTTP; ``pattern`` None: no files; ``topic`` None: no record."""

    name: str
    format: str = "json"
    source: str = ""
    signature: Signature | None = None
    message_id: Place = NOWHERE
    sequence: Place = NOWHERE
    silence_s: float | None = None
    fetch: Fetch | None = None
    poll: Poll | None = None
    rate_per_s: float | None = None
    pattern: str | None = None
    topic: str | None = None
    headers: Kept | None = None

    def counts(self) -> bool:
        """Whether it numbers its messages."""
        return bool(self.sequence.header or self.sequence.path is not None)
