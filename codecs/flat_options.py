"""How a flat file is laid out, as options: checked once, from the texts of a dialect or from values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

Type = Literal["text", "integer", "decimal"]
TYPES: tuple[str, ...] = get_args(Type)
Whole = Literal["tell", "refuse", "any"]
"""A file whose last line has no end, or whose trailer counts other rows: told, refused, or (the first) as it is."""
ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "ascii", "latin-1", "iso-8859-1", "iso-8859-2",
    "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257",
    "cp437", "cp850", "cp852", "cp866", "koi8-r", "cp932", "euc-jp", "gb18030", "big5", "cp949",
)  # fmt: skip
_ALSO_KNOWN_AS = {
    "utf8": "utf-8", "latin1": "latin-1", "shift-jis": "cp932", "sjis": "cp932", "windows-31j": "cp932",
    "gbk": "gb18030", "gb2312": "gb18030", "euc-kr": "cp949",
}  # fmt: skip
"""Vendors' supersets are read under the standard's name: a file that says Shift-JIS nearly always has theirs in it."""
POSITIONS = ("characters", "bytes")
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
OPTIONS = (
    "columns", "decimal", "delimiter", "encoding", "footer", "group_by", "header", "line_end", "positions", "quote",
    "skip", "strip", "trailer", "unique", "whole",
)  # fmt: skip
"""All that may be said. ``decimal`` means nothing here: cells are text, and numbers are read by the dialect."""
COLUMNS_MAX = 1000
WIDTH_MAX = 10_000


class Column(NamedTuple):
    """A field: ``name`` in the document, ``heading`` in the file; in fixed width ``start`` (from 1) and ``length``.

    ``integer`` and ``decimal`` are checked (an integer becomes one); dates, units, a decimal comma are the dialect's.
    """

    name: str
    heading: str = ""
    start: int = 0
    length: int = 0
    type: Type = "text"


class Trailer(NamedTuple):
    """The last line counts the rows: it starts with ``starts``, the count is its field ``field`` (from 1).

    In fixed width the count may stand by its place instead: from character ``start`` (from 1), ``length`` long.
    """

    starts: str
    field: int = 2
    start: int = 0
    length: int = 0


class Layout(NamedTuple):
    """A file's layout. ``skip`` and ``footer``: lines before and behind that are none of it.

    ``in_bytes``: columns of fixed width are counted in bytes of the encoding, where a character may have two or more.
    ``unique``: columns that together name a row. ``whole``: what becomes of a file that may have been cut off.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    columns: tuple[Column, ...] = ()
    skip: int = 0
    footer: int = 0
    trailer: Trailer | None = None
    group_by: tuple[str, ...] = ()
    strip: bool = True
    line_end: str = "\r\n"
    fixed: bool = False
    in_bytes: bool = False
    unique: tuple[str, ...] = ()
    whole: Whole = "tell"


def layout(options: Mapping[str, Any], *, fixed: bool = False) -> Layout:
    """Return the layout that ``options`` say; ValueError with one sentence where they say none."""
    for name in options:
        if name not in OPTIONS:
            raise ValueError(f"{name!r:.40} is no option of a flat file; known are {', '.join(OPTIONS)}")
    made = Layout(
        delimiter=_delimiter(options.get("delimiter", ",")),
        quote=_quote(options.get("quote", '"')),
        encoding=encoding_of(options.get("encoding", "utf-8")),
        header=not fixed and _flag("header", options.get("header", True)),
        columns=_columns(options.get("columns", ()), fixed),
        skip=_count("skip", options.get("skip", 0)),
        footer=_count("footer", options.get("footer", 0)),
        trailer=_trailer(options.get("trailer"), fixed),
        group_by=_names(options.get("group_by", ())),
        strip=_flag("strip", options.get("strip", True)),
        line_end=_line_end(options.get("line_end", "crlf")),
        fixed=fixed,
        in_bytes=_in_bytes(options.get("positions", "characters"), fixed),
        unique=_names(options.get("unique", ())),
        whole=_whole(options.get("whole", "tell")),
    )
    if made.in_bytes and made.encoding.startswith("utf-16"):
        raise ValueError("positions: in UTF-16 all characters are alike: characters")
    if not made.header and not made.columns:
        raise ValueError("columns are needed where the file has no header")
    names = {column.name for column in made.columns}
    for option, wanted in (("group_by", made.group_by), ("unique", made.unique)):
        missing = [name for name in wanted if not made.header and name not in names]
        if missing:
            raise ValueError(f"{option} names {missing[0]!r:.60}, which is no column")
    return made


def _delimiter(value: Any) -> str:
    text = _DELIMITERS.get(str(value).lower(), str(value))
    if len(text) != 1 or text in "\r\n\0" or text == '"':
        raise ValueError(f"{value!r:.40} is no delimiter: one character, or tab")
    return text


def _quote(value: Any) -> str:
    text = "" if value in (None, "none", "") else str(value)
    if len(text) > 1 or text in ("\r", "\n"):
        raise ValueError(f"{value!r:.40} is no quote: one character, or none")
    return text


def encoding_of(value: Any) -> str:
    """Return the encoding by the name that Python has for it; ValueError where it is none that is read."""
    text = str(value).lower().replace("_", "-")
    text = _ALSO_KNOWN_AS.get(text, text.replace("windows-", "cp"))
    if text not in ENCODINGS:
        raise ValueError(f"encoding {value!r:.40} is not read; known are {', '.join(ENCODINGS)}")
    return text


def _in_bytes(value: Any, fixed: bool) -> bool:
    if str(value) not in POSITIONS or (not fixed and str(value) == "bytes"):
        raise ValueError(f"positions: {value!r:.40}; characters or bytes, of columns of fixed width")
    return str(value) == "bytes"


def _flag(name: str, value: Any) -> bool:
    found = value if isinstance(value, bool) else _YES.get(str(value).lower())
    if found is None:
        raise ValueError(f"{name}: {value!r:.40} is neither true nor false")
    return found


def _count(name: str, value: Any, most: int = 10_000) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and len(text) < 10) or int(text) > most:
        raise ValueError(f"{name}: {value!r:.40} is no number up to {most}")
    return int(text)


def _line_end(value: Any) -> str:
    ends = {"crlf": "\r\n", "lf": "\n", "cr": "\r"}
    if str(value).lower() not in ends:
        raise ValueError(f"line_end: {value!r:.40} is none of crlf, lf, cr")
    return ends[str(value).lower()]


def _whole(value: Any) -> Whole:
    if value not in get_args(Whole):
        raise ValueError(f"whole: {value!r:.40} is none of {', '.join(get_args(Whole))}")
    return value  # type: ignore[no-any-return]


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    if not isinstance(value, Sequence) or not all(isinstance(name, str) and name for name in value):
        raise ValueError(f"{value!r:.60} is no list of names of columns")
    return tuple(value)


def _trailer(value: Any, fixed: bool) -> Trailer | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return Trailer(value)
    if not isinstance(value, Mapping) or not isinstance(value.get("starts"), str) or not value["starts"]:
        raise ValueError("trailer: {starts: TEXT, field: NUMBER}, in fixed width also {starts: TEXT, at: 2-7}")
    if "at" in value:
        if not fixed:
            raise ValueError("trailer: `at` is for fixed width; here it is the number of a `field`")
        return Trailer(value["starts"], 1, *_place("trailer", value["at"]))
    return Trailer(value["starts"], _count("trailer field", value.get("field", 2), COLUMNS_MAX))


def _place(name: str, value: Any) -> tuple[int, int]:
    first, _, last = str(value).partition("-")
    start = _count(name, first, WIDTH_MAX)
    return start, _count(name, last or first, WIDTH_MAX) - start + 1


def _columns(value: Any, fixed: bool) -> tuple[Column, ...]:
    """Return the columns: a list of names or mappings, or a mapping of headings (fixed: names) to what they are."""
    if isinstance(value, Mapping):
        value = [_column_of_pair(key, inner, fixed) for key, inner in value.items()]
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError("columns: a list of names, or of {name, type, start, length}")
    columns = tuple(_column(item, fixed) for item in value)
    if len(columns) > COLUMNS_MAX:
        raise ValueError(f"columns: {len(columns)}; at most {COLUMNS_MAX}")
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"columns: {name!r:.60} stands twice")
    return columns


def _column_of_pair(key: str, value: Any, fixed: bool) -> Any:
    if isinstance(value, Mapping):
        return {("name" if fixed else "heading"): key, **value}
    return {"name": key, "at": value} if fixed else {"heading": key, "name": value}


def _column(item: Any, fixed: bool) -> Column:
    if isinstance(item, str):
        item = {"name": item}
    if isinstance(item, Column):
        item = item._asdict()
    name = item.get("name", item.get("heading")) if isinstance(item, Mapping) else None
    if not isinstance(name, str) or not name:
        raise ValueError(f"columns: {item!r:.60} has no name")
    if str(item.get("type") or "text") not in TYPES:
        raise ValueError(f"columns: {name:.40} has type {item['type']!r:.20}; known are {', '.join(TYPES)}")
    start, length = _span(item, name, fixed)
    return Column(name, str(item.get("heading") or name), start, length, item.get("type") or "text")


def _span(item: Mapping[str, Any], name: str, fixed: bool) -> tuple[int, int]:
    if not fixed:
        return 0, 0
    if "at" in item:  # 11-20, both of it
        start, length = _place(f"columns: {name:.40}", item["at"])
    else:
        start = _count(f"columns: {name:.40} start", item.get("start", ""), WIDTH_MAX)
        length = _count(f"columns: {name:.40} length", item.get("length", ""), WIDTH_MAX)
    if start < 1 or length < 1:
        raise ValueError(f"columns: {name:.40} needs a start from 1 and a length, or at: 11-20")
    return start, length
