"""How the text of one environment variable is read: each kind is a parser and the words that say what it allows."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
HOST = re.compile(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]")
PORT_MAX = 65535
USER_CHARS = 200
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NAMES_MAX = 100


class Kind(NamedTuple):
    """`read` turns text into the value or raises ValueError; `allowed` finishes the sentence "allowed: ..."."""

    read: Callable[[str], Any]
    allowed: str


class Secret:
    """Text that is never shown: neither its repr nor its str tells it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(set)" if self._text else "Secret(empty)"


def setting(default: Any, kind: Kind, about: str) -> Any:
    """Declare a field of the settings with the kind that reads it and one line of what it is for."""
    return field(default=default, metadata={"kind": kind, "about": about})


def whole(least: int, most: int) -> Kind:
    def read(text: str) -> int:
        value = int(text)
        _require(least <= value <= most)
        return value

    return Kind(read, f"a whole number from {least} to {most}")


def number(least: float, most: float) -> Kind:
    def read(text: str) -> float:
        value = float(text)
        _require(least <= value <= most)  # not a number compares false, so it is refused too
        return value

    return Kind(read, f"a number from {least:g} to {most:g}")


def number_of(*numbers: int) -> Kind:
    return Kind({str(one): one for one in numbers}.__getitem__, " | ".join(map(str, numbers)))


def choice(*words: str) -> Kind:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return Kind(read, " | ".join(words))


def _require(allowed: bool) -> None:
    if not allowed:
        raise ValueError


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError
    return text


def _servers(text: str) -> str:
    for server in text.split(","):
        host, colon, port = server.strip().rpartition(":")
        if not (colon and HOST.fullmatch(host) and port.isascii() and port.isdigit() and 1 <= int(port) <= PORT_MAX):
            raise ValueError
    return ",".join(server.strip() for server in text.split(","))


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or set(text) & set("?#"):
        raise ValueError
    _ = parts.port  # raises ValueError when it is no port
    return text.rstrip("/")


def _secret(text: str) -> Secret:
    # A secret made from a file ends with the file's line break as often as not, and is then refused for a wrong one.
    _require(text.isprintable())
    return Secret(text)


def without_login(text: str) -> str:
    """Return text that may be an address, without a login or query in it: an address that is refused is shown, too."""
    return _QUERY.sub(r"\1(not shown)", _LOGIN.sub("(not shown)@", text))


_LOGIN = re.compile(r"(?<=://).*@|^[^/]*@", re.DOTALL)
_QUERY = re.compile(r"(://[^?#]*[?#]).+", re.DOTALL)


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _directory(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_dir():
        raise ValueError
    return path.resolve()


def _file_or_none(text: str) -> Path | None:
    if text == "none":
        return None
    path = Path(text).expanduser().resolve()
    with path.open("rb") as file:  # OSError: a key that another user alone may read is as good as none
        file.read(1)
    return path


def _user(text: str) -> str:
    # SCRAM writes both signs differently, and clients do not agree on doing so.
    if not (1 <= len(text) <= USER_CHARS and text.isascii() and text.isprintable()) or set(text) & set(",="):
        raise ValueError
    return text


def _place(text: str) -> Path:
    path = Path(text).expanduser()
    if not text or (path.exists() and not path.is_dir()):
        raise ValueError
    return path.resolve()


def _names(text: str) -> tuple[str, ...]:
    if text == "none":
        return ()
    names = tuple(_name(name.strip()) for name in text.split(","))
    _require(len(names) <= NAMES_MAX)
    return tuple(dict.fromkeys(names))


def _networks(text: str) -> tuple[Network, ...]:
    if text == "none":
        return ()
    networks = tuple(ipaddress.ip_network(one.strip()) for one in text.split(","))
    _require(len(networks) <= NAMES_MAX)
    return tuple(dict.fromkeys(networks))


def _place_or_none(text: str) -> Path | None:
    return None if text == "none" else _place(text)


def _port_or_none(text: str) -> int | None:
    return None if text == "none" else int(PORT.read(text))


def _url_or_none(text: str) -> str | None:
    return None if text == "none" else _url(text)


def _word_or_none(text: str) -> str | None:
    return None if text == "none" else _name(text)


PORT = whole(1, PORT_MAX)
SERVERS = Kind(_servers, "HOST:PORT, several separated by commas")
WORD = Kind(_name, "1 to 64 letters, digits, '.', '_' or '-', not beginning with a sign")
WORD_OR_NONE = Kind(_word_or_none, f"none, or {WORD.allowed}")
URL = Kind(_url, "http://HOST[:PORT][/PATH] or https://..., without user or query")
URL_OR_NONE = Kind(_url_or_none, f"none, or {URL.allowed}")
DIRECTORY = Kind(_directory, "a directory that exists")
PLACE = Kind(_place, "a directory, made when it is missing")
PLACE_OR_NONE = Kind(_place_or_none, f"none, or {PLACE.allowed}")
FILE = Kind(_file_or_none, "none, or a file that can be read")
USER = Kind(_user, f"1 to {USER_CHARS} printable ASCII characters without ',' and '='")
ADDRESS = Kind(_address, "an IP address, such as 127.0.0.1, 0.0.0.0 or ::")
WEB_PORT = Kind(_port_or_none, f"none, or a port from 1 to {PORT_MAX}")
SWITCH = Kind({"on": True, "off": False}.__getitem__, "on | off")
NAMES = Kind(_names, f"none, or up to {NAMES_MAX} names separated by commas")
NETWORKS = Kind(_networks, f"none, or up to {NAMES_MAX} networks separated by commas, such as 10.0.0.0/8 or ::1/128")
SECRET = Kind(_secret, "any text in one line, without a line break at its end")


def user_cache_dir() -> Path:
    """`$XDG_CACHE_HOME/milepost`, by default `~/.cache/milepost` (XDG base directory specification)."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    # The specification tells programs to ignore a relative path.
    root = Path(configured) if os.path.isabs(configured) else Path.home() / ".cache"
    return root / "milepost"
