"""Time zones as partners write them: X12's time codes (DE 623), names of the zone database, offsets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONES_KEPT = 256
LOCAL = "LT"
OFFSET_MAX_HOURS = 14  # Kiribati's; no clock is further from UTC
NAME_MAX_CHARS = 60
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")

_PLACES: Mapping[str, str] = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AT": "America/Anchorage", "HT": "Pacific/Honolulu", "NT": "America/St_Johns", "TT": "America/Halifax",
}  # fmt: skip
_HOURS: Mapping[str, float] = {
    "ES": -5, "ED": -4, "CS": -6, "CD": -5, "MS": -7, "MD": -6, "PS": -8, "PD": -7, "AS": -9, "AD": -8, "HS": -10,
    "HD": -9, "NS": -3.5, "ND": -2.5, "TS": -4, "TD": -3, "GM": 0, "UT": 0, "Z": 0, "UTC": 0, "GMT": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "CET": 1, "CEST": 2, "BST": 1, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1,
    **{f"{hours:02d}": hours for hours in range(1, 13)},  # 01 to 12: that many hours east
    **{f"{code}": code - 25 for code in range(13, 25)},  # 13 to 24: twelve to one hours west
}  # fmt: skip


@lru_cache(ZONES_KEPT)
def zone_of(name: str) -> tzinfo | None:
    """Return the zone that ``name`` means, None for none at all. ``LT`` (local time) is none: the rule says which."""
    if name in _HOURS:
        return UTC if _HOURS[name] == 0 else timezone(timedelta(hours=_HOURS[name]))
    found = _OFFSET.fullmatch(name)
    if found:
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > OFFSET_MAX_HOURS or minutes > 59:
            return None
        return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if found[1] == "-" else 1))
    return _database(_PLACES.get(name, name))


def _database(name: str) -> tzinfo | None:
    if not _NAME.fullmatch(name) or len(name) > NAME_MAX_CHARS:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # not found, a directory, a file that is no zone
        return None
