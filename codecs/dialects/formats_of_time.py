"""Formats of times, read and written by their directives alone: no locale, no guess, every failure is None."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from milepost.codecs.dialects.zones import zone_of

FORMAT_MAX_CHARS = 80
EPOCHS: Mapping[str, int] = {"epoch_s": 1, "epoch_ms": 1000}
"""Numbers since 1970 in UTC, as some systems send them: how many make a second."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_CENTURY_TURNS = 70  # two-digit years from here on are of the 1900s
_EPOCH = datetime(1970, 1, 1)
_DIGITS: Mapping[str, tuple[str, int]] = {
    "Y": ("year", 4), "y": ("short_year", 2), "m": ("month", 2), "d": ("day", 2), "H": ("hour", 2), "I": ("hour12", 2),
    "M": ("minute", 2), "S": ("second", 2), "j": ("yearday", 3),
}  # fmt: skip
_OTHERS: Mapping[str, str] = {
    "f": r"(?P<fraction>\d{1,9})", "b": r"(?P<month_name>[A-Za-z]{3,9})", "B": r"(?P<month_name>[A-Za-z]{3,9})",
    "p": r"(?P<half>[AaPp])\.?[Mm]\.?", "z": r"(?P<zone>Z|[+-]\d{2}:?(?:\d{2})?)",
    "Z": r"(?P<zone>[A-Za-z][A-Za-z0-9_/+-]*)", "%": "%",
}  # fmt: skip


class FormatError(ValueError):
    """A format that cannot be read with; one sentence."""


class Moment(NamedTuple):
    """A time without a zone, and the zone that was written with it, if one was."""

    at: datetime
    zone: tzinfo | None


Reader = Callable[[str], Moment | None]


def iso(text: str) -> Moment | None:
    """Read ISO 8601; a date alone is the beginning of that day."""
    day_later = timedelta(0)
    if "T24:00" in text:  # the end of a day
        text, day_later = text.replace("T24:00", "T00:00", 1), timedelta(days=1)
    try:
        at = datetime.fromisoformat(text)
        if day_later and (at.second or at.microsecond):
            return None
        at += day_later
    except (ValueError, OverflowError):
        return None
    return Moment(at.replace(tzinfo=None), at.tzinfo)


def reader_of(format: str) -> Reader:
    """Return what reads ``format``; FormatError where it is none."""
    if format in EPOCHS:
        return _epoch(EPOCHS[format])
    pattern = re.compile(_pattern(format))
    needed = set(pattern.groupindex)
    if not needed & {"year", "short_year"} or not (
        ({"month", "month_name"} & needed and "day" in needed) or "yearday" in needed
    ):
        raise FormatError(f"{format:.40} says no year, month and day")

    def read(text: str) -> Moment | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        try:
            return _moment(found.groupdict())
        except (ValueError, OverflowError, TypeError):
            return None

    return read


def _epoch(per_second: int) -> Reader:
    def read(text: str) -> Moment | None:
        if not re.fullmatch(r"\d{1,14}(?:\.\d{1,6})?", text):
            return None
        whole, _, fraction = text.partition(".")
        micros = int(whole) * 1_000_000 // per_second + int((fraction + "000000")[:6]) // per_second
        try:
            return Moment(_EPOCH + timedelta(microseconds=micros), UTC)
        except OverflowError:
            return None

    return read


def _pattern(format: str) -> str:
    if not format or len(format) > FORMAT_MAX_CHARS:
        raise FormatError("a format such as %Y-%m-%d is expected")
    parts = re.findall(r"%.?|[^%]+", format, re.DOTALL)
    found = []
    for number, part in enumerate(parts):
        letter = part[1:] if part[0] == "%" else ""
        if part[0] != "%":
            found.append(re.escape(part).replace(r"\ ", r"\s+"))
        elif letter in _DIGITS:
            beside = parts[max(0, number - 1) : number] + parts[number + 1 : number + 2]
            found.append(_digits(letter, any(one[0] == "%" and one[1:] in _DIGITS for one in beside)))
        elif letter in _OTHERS:
            found.append(_OTHERS[letter])
        else:
            raise FormatError(
                f"{part!r:.10} is not known; known: {' '.join('%' + one for one in (*_DIGITS, *_OTHERS))}"
            )
    try:
        re.compile("".join(found))
    except re.error:
        raise FormatError(f"{format:.40} says something twice") from None
    return "".join(found)


def _digits(letter: str, beside: bool) -> str:
    """Digits that touch other digits have their full width; others may lack a leading zero, except the year."""
    name, width = _DIGITS[letter]
    return rf"(?P<{name}>\d{{{width}}})" if beside or letter in "Yy" else rf"(?P<{name}>\d{{1,{width}}})"


def _moment(found: dict[str, str | None]) -> Moment | None:
    number = {name: int(text) for name, text in found.items() if text and text.isdigit()}
    hour = number.get("hour", 0)
    if "hour12" in number:
        hour = number["hour12"] % 12 + (12 if (found.get("half") or "a").lower() == "p" else 0)
    later = timedelta(0)
    if hour == 24 and not number.get("minute") and not number.get("second") and not number.get("fraction"):  # its end
        hour, later = 0, timedelta(days=1)
    day = _day(found, number).replace(
        hour=hour, minute=number.get("minute", 0), second=number.get("second", 0),
        microsecond=int(((found.get("fraction") or "") + "000000")[:6]),
    )  # fmt: skip
    named = found.get("zone")
    zone = zone_of(named) if named else None
    return None if named and zone is None else Moment(day + later, zone)


def _day(found: dict[str, str | None], number: dict[str, int]) -> datetime:
    year = number["year"] if "year" in number else _full(number["short_year"])
    if "yearday" in number:
        at = datetime(year, 1, 1) + timedelta(days=number["yearday"] - 1)
        if at.year != year:
            raise ValueError("no day of that year")
        return at
    name = found.get("month_name")
    return datetime(year, _MONTHS.index(name[:3].lower()) + 1 if name else number["month"], number["day"])


def _full(short_year: int) -> int:
    return short_year + (1900 if short_year >= _CENTURY_TURNS else 2000)


def writer_of(format: str) -> Callable[[datetime], str]:
    """Return what writes ``format`` (ISO 8601 for none); FormatError where it is none."""
    if not format:
        return lambda at: at.isoformat(timespec="seconds").replace("+00:00", "Z")
    if format in EPOCHS:
        per_second = EPOCHS[format]
        return lambda at: str(round(at.timestamp() * per_second))
    _pattern(format)
    parts = re.findall(r"%.?|[^%]+", format, re.DOTALL)
    return lambda at: "".join(_written(part, at) for part in parts)


def _written(part: str, at: datetime) -> str:
    if part[0] != "%":
        return part
    match part[1:]:
        case "b":
            return _MONTHS[at.month - 1].title()
        case "B":
            return _MONTH_NAMES[at.month - 1]
        case "p":
            return "AM" if at.hour < 12 else "PM"
        case "Y":
            return f"{at.year:04d}"
        case "f":
            return f"{at.microsecond:06d}"
        case "Z":
            return str(at.tzname() or "")
        case letter:
            return at.strftime("%" + letter)
