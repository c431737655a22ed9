"""GS1 keys in both their spellings, EPC URNs and Digital Links, to one: the kind of key, its digits, its serial or lot.

``urn:epc:id:sgtin:0614141.107346.2017`` and ``https://shop.example/01/10614141073464/21/2017?x=1`` are the same thing.
Sources: GS1 EPC Tag Data Standard 2.0 (section 6, URNs), GS1 Digital Link URI Syntax 1.2 (4.11, canonical links), GS1
General Specifications (7.9.1, check digits).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

LINK = "https://id.gs1.org"
URI_MAX_CHARS = 2000
KEPT = 4096

_SAFE = "'-.;=_"  # beside letters and digits: what a canonical link carries bare


class Key(NamedTuple):
    """One GS1 key. ``kind`` is the scheme's name: sgtin, lgtin, gtin, sscc, sgln, pgln, grai, giai, gdti, gsrn ...

    ``key``: GTIN-14, SSCC-18, GLN-13 ... with its check digit; ``serial`` and ``lot`` as a person reads them; ``link``:
    the canonical Digital Link, the same for every spelling. ``valid``: whether a check digit that was sent is right.
    """

    kind: str
    key: str
    link: str
    serial: str = ""
    lot: str = ""
    valid: bool = True


class _Scheme(NamedTuple):
    """How a URN's parts become a key: so many ``digits`` before the check digit (0: none, any characters)."""

    ai: str
    digits: int = 0
    leading: str = ""
    first: bool = False  # the second part's first digit goes before the company prefix (GTIN, SSCC)
    rest: str = ""  # how what follows is written: "/21/", joined on, or "none" where nothing may follow
    checked: bool = True


_SCHEMES: dict[str, _Scheme] = {
    "id:sgtin": _Scheme("01", 13, first=True, rest="/21/"),
    "id:upui": _Scheme("01", 13, first=True, rest="/235/"),
    "id:itip": _Scheme("8006", 13, first=True, rest="itip"),
    "id:sscc": _Scheme("00", 17, first=True, rest="none"),
    "id:sgln": _Scheme("414", 12, rest="/254/"),
    "id:pgln": _Scheme("417", 12, rest="none"),
    "id:grai": _Scheme("8003", 12, leading="0", rest="joined"),
    "id:gdti": _Scheme("253", 12, rest="joined"),
    "id:sgcn": _Scheme("255", 12, rest="joined"),
    "id:gsrn": _Scheme("8018", 17, rest="none"),
    "id:gsrnp": _Scheme("8017", 17, rest="none"),
    "id:gsin": _Scheme("402", 16, rest="none"),
    "id:giai": _Scheme("8004", checked=False),
    "id:ginc": _Scheme("401", checked=False),
    "id:cpi": _Scheme("8010", checked=False, rest="/8011/"),
    "class:lgtin": _Scheme("01", 13, first=True, rest="/10/"),
}
# idpat: all of a class. The pattern's star is no serial, so the class itself is what is left.
_SCHEMES |= {name.replace("id:", "idpat:"): scheme for name, scheme in _SCHEMES.items() if name.startswith("id:")}

_URN = re.compile(r"urn:epc:((?:id|class|idpat):[a-z]+):(\d{6,12})\.([^.]*)(?:\.(.*))?", re.DOTALL)
_NAMES = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21", "tpx": "235", "glnx": "254", "cpsn": "8011",
}  # fmt: skip
_SHAPES = {
    ai: re.compile(shape)
    for ai, shape in {
        "00": r"\d{18}", "01": r"\d{8}|\d{12,14}", "253": r"\d{13}.{0,17}", "255": r"\d{13,25}", "401": r"\d{4}.{1,26}",
        "402": r"\d{17}", "414": r"\d{13}", "417": r"\d{13}", "8003": r"\d{14}.{0,16}", "8004": r"\d{4}.{1,26}",
        "8006": r"\d{18}", "8010": r"\d{4}.{1,26}", "8017": r"\d{18}", "8018": r"\d{18}",
    }.items()
}  # fmt: skip
_KINDS = {
    "00": "sscc", "253": "gdti", "255": "sgcn", "401": "ginc", "402": "gsin", "414": "sgln", "417": "pgln",
    "8003": "grai", "8004": "giai", "8006": "itip", "8010": "cpi", "8017": "gsrnp", "8018": "gsrn",
}  # fmt: skip
# Which qualifiers a key may have, the finest first: only that one is part of what it is.
_QUALIFIERS = {"01": ("21", "235", "10"), "8006": ("21", "10"), "414": ("254",), "8010": ("8011",)}
_DIGITS_CHECKED = {"00": 18, "01": 14, "253": 13, "255": 13, "402": 17, "414": 13, "417": 13, "8017": 18, "8018": 18}


@lru_cache(maxsize=KEPT)  # an event's keys are looked at for its fields and for its hash, and come again in the next
def parse(text: str) -> Key | None:
    """Return the key in an EPC URN or a GS1 Digital Link; None where ``text`` is neither, or not a right one."""
    if len(text) > URI_MAX_CHARS:
        return None
    if text.startswith("urn:epc:"):
        return _of_urn(text)
    return _of_link(text) if text.startswith(("http://", "https://")) else None


def check_digit(digits: str) -> str:
    """Return the check digit that belongs behind ``digits``: weights 3 and 1 from the right, up to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _of_urn(text: str) -> Key | None:
    found = _URN.fullmatch(text)
    scheme = _SCHEMES.get(found[1]) if found else None
    if found is None or scheme is None:
        return None
    prefix, second, more = found[2], found[3], found[4]
    pattern = found[1].startswith("idpat:")
    if pattern and more is not None:
        more = more.removesuffix("*").removesuffix(".")
    if not scheme.checked:
        return _unchecked(found[1], scheme, prefix, second, more or "")
    if not (prefix + second).isdecimal() or len(prefix + second) != scheme.digits or not (prefix + second).isascii():
        return None
    digits = scheme.leading + (second[:1] + prefix + second[1:] if scheme.first else prefix + second)
    key = digits + check_digit(digits)
    return _with_rest(found[1].partition(":")[2], scheme, key, more, pattern)


def _with_rest(kind: str, scheme: _Scheme, key: str, more: str | None, pattern: bool) -> Key | None:
    serial = unquote(more or "")
    if scheme.rest == "itip" and more:  # which piece of how many, then the serial
        piece, _, tail = more.partition(".")
        total, _, more = tail.partition(".")
        key, serial = key + piece + total, unquote(more)
    if pattern or not more:
        if scheme.rest not in ("none", "joined", "/254/") and not pattern:
            return None  # a serialised scheme without its serial
        return Key("gtin" if scheme.ai == "01" else kind, key, f"{LINK}/{scheme.ai}/{key}")
    if scheme.rest == "none":
        return None
    if scheme.rest == "joined":
        rest = _written(more)
    elif scheme.rest == "/254/" and more == "0":
        return Key(kind, key, f"{LINK}/{scheme.ai}/{key}")  # extension 0: the location as such
    else:
        rest = ("/21/" if scheme.rest == "itip" else scheme.rest) + _written(more)
    lot = serial if scheme.rest == "/10/" else ""
    return Key(kind, key, f"{LINK}/{scheme.ai}/{key}{rest}", "" if lot else serial, lot)


def _unchecked(name: str, scheme: _Scheme, prefix: str, second: str, more: str) -> Key | None:
    kind = name.partition(":")[2]
    if scheme.rest:  # a component: prefix, reference, serial
        key, serial = prefix + unquote(second), more
        link = f"{LINK}/{scheme.ai}/{_written(prefix + second)}" + (scheme.rest + serial if serial else "")
        return Key(kind, key, link, serial)
    whole = prefix + second + (f".{more}" if more else "")
    return Key(kind, unquote(whole), f"{LINK}/{scheme.ai}/{_written(whole)}")


def _written(serial: str) -> str:
    """Return a serial or lot as a canonical link has it, however it was escaped before."""
    return quote(unquote(serial), safe=_SAFE)


def _of_link(text: str) -> Key | None:
    path = re.split(r"[?#]", text.partition("://")[2], maxsplit=1)[0]
    steps = [_NAMES.get(step, step) for step in path.split("/")[1:]]
    for place in range(len(steps) - 1):
        shape = _SHAPES.get(steps[place])
        if shape is not None and shape.fullmatch(steps[place + 1]) and steps[place + 1].isascii():
            return _with_qualifiers(steps[place], steps[place + 1], steps[place + 2 :])
    return None


def _with_qualifiers(ai: str, key: str, steps: list[str]) -> Key | None:
    key = key.zfill(14) if ai == "01" else key
    length = _DIGITS_CHECKED.get(ai, 0)
    valid = not length or check_digit(key[: length - 1]) == key[length - 1]
    qualifiers = dict(zip(steps[::2], steps[1::2], strict=False))
    link, bare = f"{LINK}/{ai}/{_written(key)}", unquote(key)
    for qualifier in _QUALIFIERS.get(ai, ()):
        value = qualifiers.get(qualifier, "")
        if value and not (qualifier == "254" and value == "0"):
            lot = unquote(value) if qualifier == "10" else unquote(qualifiers.get("10", ""))
            serial = "" if qualifier == "10" else unquote(value)
            kind = {"21": "sgtin", "235": "upui", "10": "lgtin"}[qualifier] if ai == "01" else _KINDS[ai]
            return Key(kind, bare, f"{link}/{qualifier}/{_written(value)}", serial, lot, valid)
    serial = bare[length:] if ai in ("253", "255") else bare[14:] if ai == "8003" else ""
    bare = bare[: len(bare) - len(serial)] if serial else bare
    return Key("gtin" if ai == "01" else _KINDS[ai], bare, link, serial, "", valid)
