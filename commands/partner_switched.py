"""A list of sites with one more switch in it, or one less. Its other lines, comments among them, stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from milepost.codecs.dialects.load import SITES
from milepost.codecs.dialects.yaml_lines import Node, Problems, plain, read
from milepost.codecs.documents import Plain

_FROM = re.compile(r"""\bfrom:\s*(?:"[^"]*"|'[^']*'|[^\s,}]+)""")
_DASH = re.compile(r"(\s*)- ")
_COMMENT = re.compile(r"\s#.*")


class CannotEdit(ValueError):
    """One sentence: what of the list has to be changed by hand."""


def switched(text: str, site: str, name: str, since: datetime) -> str:
    """Return the list with ``site`` served by ``name`` from ``since`` on.

    Where the last line of the site is ``name``'s already, as while it is shadowed, its moment is put there instead.
    """
    last = _shifts(text, site)[-1]
    lines = text.splitlines(keepends=True)
    first, end = _lines_of(last, lines)
    moment = f'from: "{since:%Y-%m-%dT%H:%M:%SZ}"'
    if _text(last, "dialect") == name:
        whole = "".join(lines[first:end])
        if not _FROM.search(whole):
            raise CannotEdit(f"{site} is served by {name} already, and always was")
        return _as_meant("".join([*lines[:first], _FROM.sub(moment, whole, count=1), *lines[end:]]), text, site, 0)
    indent = _DASH.match(lines[first])
    if indent is None:
        raise CannotEdit(f"{SITES}:{last.line}: each shift stands on a line of its own, after a dash")
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    return _as_meant(
        "".join([*lines[:end], f"{indent[1]}- {{{moment}, dialect: {name}}}\n", *lines[end:]]), text, site, 1
    )


def taken_back(text: str, site: str) -> str:
    """Return the list without the site's last switch: as if it never was, whoever served before serves on."""
    shifts = _shifts(text, site)
    if len(shifts) < 2:
        raise CannotEdit(f"{site} was served by nobody else before: there is no switch to take back")
    lines = text.splitlines(keepends=True)
    first, end = _lines_of(shifts[-1], lines)
    if not _DASH.match(lines[first]):
        raise CannotEdit(f"{SITES}:{shifts[-1].line}: each shift stands on a line of its own, after a dash")
    return _as_meant("".join([*lines[:first], *lines[end:]]), text, site, -1)


def _as_meant(after: str, before: str, site: str, more: int) -> str:
    """Return the list if nothing but the site's last shifts differs; else lines were put where they do not belong."""
    was, now = _served(before), _served(after)
    shifts = was.pop(site, []), now.pop(site, [])
    kept = min(map(len, shifts)) - (not more)
    if was != now or len(shifts[1]) != len(shifts[0]) + more or shifts[0][:kept] != shifts[1][:kept]:
        raise CannotEdit(f"{SITES} is written in a way that cannot be edited here: change the lines of {site} by hand")
    return after


def _served(text: str) -> dict[str, list[Plain]]:
    root = read(SITES, text.encode(), Problems())
    sites = (root.entries or {}).get("sites") if root is not None else None
    found: dict[str, list[Plain]] = {}
    for one in (sites.items or ()) if sites is not None else ():
        by = (one.entries or {}).get("by")
        found[_text(one, "site")] = [plain(shift) for shift in (by.items or ())] if by is not None else []
    return found


def _shifts(text: str, site: str) -> list[Node]:
    root = read(SITES, text.encode(), Problems())
    for one in (root.entries or {}).get("sites", Node([], SITES, 1)).items or () if root else ():
        by = (one.entries or {}).get("by")
        if _text(one, "site") == site and by is not None and by.items:
            return list(by.items)
    raise CannotEdit(f"no line of {SITES} names {site}: say who serves it now, then who is to")


def _text(node: Node, key: str) -> str:
    found = (node.entries or {}).get(key)
    return (found.text or "") if found is not None else ""


def _lines_of(node: Node, lines: list[str]) -> tuple[int, int]:
    """Return where the lines of an entry begin and end, counted from 0; one in braces ends with its last brace."""
    first, end = node.line - 1, max(_numbers(node))
    while _open("".join(lines[first:end])) and end < len(lines):
        end += 1
    return first, end


def _open(written: str) -> bool:
    bare = _COMMENT.sub("", written)
    return bare.count("{") > bare.count("}")


def _numbers(node: Node) -> Iterator[int]:
    yield node.line
    for one in (*(node.items or ()), *(node.entries or {}).values()):
        yield from _numbers(one)
