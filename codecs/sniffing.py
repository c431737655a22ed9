"""A table's layout from the table: the delimiter that splits nearly all lines alike, the header, the encoding.

The law: of the delimiters that give nearly every record the same number of cells, two or more, the one with the most
cells wins. A delimiter inside quotes splits nothing. Lines of one length without any such delimiter are fixed width.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from milepost.codecs.documents import Plain
from milepost.codecs.flat_lines import lines_of
from milepost.codecs.sniffing_fixed import guess
from milepost.codecs.sniffing_records import Judged, judged, said

LOOKED_AT = 200  # lines
MARKLESS = 200  # bytes at the beginning that tell UTF-16 without its mark
MARKLESS_ZERO = 8  # one of so many is zero, all of them at one place of each pair
WHOLE = 65_536  # bytes that have a line end in them
JAPANESE = 0.5  # of the bytes that are not ASCII: first ones of kana and usual kanji, which Western text hardly has
CYRILLIC = 0.5  # of them stand three or more in a row: no Western word has so many letters with marks
NAMES = {"\t": "tab", ";": "semicolons", "|": "bars", ",": "commas", "~": "tildes", "^": "carets"}

_LETTERS = re.compile(rb"[\xa8\xb8\xc0-\xff]{3,}")
_VALUE = re.compile(r"[+-]?[\d.,:/\- ]*\d[\d.,:/\- TZ]*")


class Sniffed(NamedTuple):
    """``format`` is csv or fixed; ``options`` those of the reader."""

    format: str
    options: dict[str, Plain]
    why: str


def sniff(value: bytes, *, meant: bool = False) -> Sniffed | None:
    """Return the layout of ``value``; None where it is no table that can be made out.

    One line alone is a table only where somebody says so (``meant``): any sentence with a comma would be one.
    """
    encoding, text = _text(value)
    try:
        every = [line.rstrip("\r\n") for line in lines_of(text)[:LOOKED_AT]]
    except ValueError:
        return None
    lines = [line for line in every if line.strip()]
    if not lines or (len(lines) == 1 and not meant):
        return None
    options: dict[str, Plain] = {"encoding": encoding} if encoding != "utf-8" else {}
    told = said(every)
    every = ["", *every[1:]] if told else every
    best = max((judged(every, delimiter) for delimiter in told or NAMES), key=lambda found: (found.sure, found.cells))
    if best.cells > 1 and best.sure:
        return _csv(best, options)
    return _fixed(lines, encoding, options)


def _fixed(lines: list[str], encoding: str, options: dict[str, Plain]) -> Sniffed | None:
    found = guess(lines, encoding)
    if found is None:
        return None
    if found.in_bytes:
        options["positions"] = "bytes"
    around = {"skip": found.skip, "footer": found.footer}
    options |= {name: count for name, count in around.items() if count}
    options["columns"] = {f"column_{n}": f"{first}-{last}" for n, (first, last) in enumerate(found.columns, 1)}
    unit = "bytes" if found.in_bytes else "characters"
    return Sniffed("fixed", options, f"lines of {found.width} {unit} each; columns are guessed, and must be named")


def _csv(found: Judged, options: dict[str, Plain]) -> Sniffed:
    if found.delimiter != ",":
        options["delimiter"] = "tab" if found.delimiter == "\t" else found.delimiter
    options |= {name: count for name, count in (("skip", found.skip), ("footer", found.footer)) if count}
    if not _is_header(found.first):
        options["header"] = False
        options["columns"] = [f"column_{number}" for number in range(1, found.cells + 1)]
    between = NAMES.get(found.delimiter, repr(found.delimiter))
    return Sniffed("csv", options, f"lines of {found.cells} cells between {between}")


def _is_header(cells: list[str]) -> bool:
    """Say whether the cells can be headings: names, each once, none of them a value."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    named = [name for name in names if name]
    return bool(named) and len(set(names)) == len(names) and not any(_VALUE.fullmatch(name) for name in named)


def _japanese(value: bytes) -> str | None:
    """Return text in Shift-JIS, as Windows writes it; None where it is no such."""
    beyond = [byte for byte in value if byte > 0x7F]
    if not beyond or sum(0x81 <= byte <= 0x9F for byte in beyond) / len(beyond) < JAPANESE / 2:
        return None
    try:
        text = value.decode("cp932")
    except UnicodeDecodeError:
        return None
    wide = [letter for letter in text if ord(letter) > 0x7F]
    usual = sum(0x81 <= letter.encode("cp932")[0] <= 0x9F for letter in wide)
    return text if usual / len(wide) >= JAPANESE and not _is_utf_8(value) else None


def _is_utf_8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def wide(value: bytes) -> str:
    """Return which UTF-16 bytes are in, by their mark, else by their line ends and many a zero; empty for none."""
    if value.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    begin = value[:MARKLESS]
    for encoding, zeros in (("utf-16-le", begin[1::2]), ("utf-16-be", begin[::2])):
        if zeros.count(0) >= len(begin) / MARKLESS_ZERO and "\n" in value[:WHOLE].decode(encoding, "replace"):
            return encoding
    return ""


def _text(value: bytes) -> tuple[str, str]:
    if encoding := wide(value):
        return encoding, value.decode(encoding, "replace")
    if (japanese := _japanese(value)) is not None:
        return "cp932", japanese
    for encoding in ("utf-8", "cp1252"):
        try:
            return encoding, value.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as bad:
            # The last character may have been cut off with the rest.
            if encoding == "utf-8" and bad.start > len(value) - 4:
                return encoding, value[: bad.start].decode(encoding).removeprefix("\ufeff")
            if encoding == "utf-8" and _cyrillic(value):
                return "cp1251", value.decode("cp1251", "replace")
    return "latin-1", value.decode("latin-1")


def _cyrillic(value: bytes) -> bool:
    beyond = sum(byte > 0x7F for byte in value)
    in_rows = sum(len(one) for one in _LETTERS.findall(value))
    return beyond > 0 and in_rows / beyond >= CYRILLIC
