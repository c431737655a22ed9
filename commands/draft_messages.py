"""Messages of a draft: one for each kind of document seen, with what its fields may be; TODO where a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, get_origin

from milepost.codecs.dialects.ownership import OF_A_LOAD
from milepost.codecs.dialects.sayings import EVENTS
from milepost.codecs.dialects.shapes import bare, element, fields_of, required_of
from milepost.commands.draft_guess import meaning, named, statuses, tag_for, times
from milepost.commands.draft_seen import ISO, Path, time_format

TODO: Final = "TODO"
PATHS_LOOKED_AT: Final = 20  # whose names say what a message is, where nothing else does
_BY_NAME: Final = {"instruction": "order", "reverses": "receipt"}
_PER_LINE: Final = ("wms.pick_confirmed", "wms.pick_short", "wms.allocated")


class Tables:
    """Status tables that the messages ask for, by name, with the values seen."""

    def __init__(self) -> None:
        self.asked: dict[str, list[str]] = {}

    def ask(self, name: str, path: Path | None) -> None:
        known = self.asked.setdefault(name, [])
        known += [value for value in sorted(path.values) if value and value not in known] if path else []


def path_text(path: Path, base: str = "") -> str:
    """Return a path as expressions write it: from ``base`` (a list's item), else from the document, first items."""
    of_item = bool(base) and path.name.startswith((base + "[*].", base + "[*]["))
    text = "." + path.name.removeprefix(base + "[*]").removeprefix(".") if of_item else path.name
    return _in_quotes(text.replace("[*]", "[0]"))


def _in_quotes(text: str) -> str:
    """Return a path such that it is one text within braces of YAML, too."""
    if '"' in text or any(sign in text for sign in ",{}&*!|>%`: #"):
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"' if "[" in text else text


def message(kind: str, where: str, paths: list[Path], role: str, tables: Tables, document: str) -> Iterator[str]:
    """Yield the lines of the message for documents whose ``where`` is ``kind`` (empty: is not there; both: for all)."""
    tag = tag_for(kind or " ".join(path.last for path in paths[:PATHS_LOOKED_AT]), role)
    rows = _rows(paths)
    yield f"  - name: {_name(kind) if kind or not where else 'the others'}"
    condition = f", {_in_quotes(where)}: {_quoted(kind) if kind else '{present: false}'}" if where else ""
    yield f"    when: {{kind: {document}{condition}}}"
    yield "    say:"
    yield f"      - emit: {tag}   # {TODO}: is this what it means? docs/events.md has all"
    if rows and tag in _PER_LINE:
        yield f"        each: {rows}"
    load = tag in OF_A_LOAD
    yield f"        owner: {{{'load: ~load' if load else 'order: ~order'}}}"
    yield f"        at: {_moment(paths, rows if tag in _PER_LINE else '')}"
    yield "        body:"
    for name, hint in fields_of(EVENTS[tag]).items():
        line = _field(name, hint, tag, paths, rows, tables)
        if line:
            yield f"          {name}: {line}"


def _field(name: str, hint: Any, tag: str, paths: list[Path], rows: str, tables: Tables) -> str:
    """Return the expression of a field, empty where it may be missing and nothing looks like it."""
    required = name in required_of(EVENTS[tag])
    shape = bare(hint)
    per_line = rows if tag in _PER_LINE else ""
    if name == "lines" and element(shape) is not None:
        return _lines(paths, rows)
    if get_origin(shape) is Literal:
        found = statuses(paths)
        if not found and not required:
            return ""
        tables.ask(name, found[0] if found else None)
        return f"{{as: status, table: {name}, of: {path_text(found[0], per_line) if found else f'={TODO}'}}}"
    if name == "node":
        return "~node"
    if name == "load":
        return "~load"
    means = _BY_NAME.get(name, name)
    best = next((path for path in named(paths, means) if not per_line or path.name.startswith(per_line)), None)
    best = best or next(iter(named(paths, means)), None)
    if best is None:
        return "" if not required else ("=0" if shape is int else f"={TODO}   # {TODO}: nothing looks like it")
    text = path_text(best, per_line)
    return _quantity(paths, best, per_line) if name in ("quantity", "delta") else text


def _lines(paths: list[Path], rows: str) -> str:
    quantity = next((one for one in named(paths, "quantity") if rows and one.name.startswith(rows + "[*]")), None)
    if quantity is None:
        return ""
    line = _line(paths, rows)
    return f"{{as: list, of: {rows}, each: {{line: {line}, quantity: {_quantity(paths, quantity, rows)}}}}}"


def _line(paths: list[Path], rows: str) -> str:
    found = [one for means in ("line", "item") for one in named(paths, means) if one.name.startswith(rows + "[*]")]
    return path_text(found[0], rows) if found else f"={TODO}"


def _quantity(paths: list[Path], path: Path, rows: str) -> str:
    beside = path.name.rpartition(".")[0] + "."
    unit = next((one for one in named(paths, "unit") if one.name.startswith(beside)), None)
    item = next((one for one in named(paths, "item") if one.name.startswith(beside)), None)
    more = (f", unit: {path_text(unit, rows)}" if unit else "") + (f", item: {path_text(item, rows)}" if item else "")
    return f"{{as: quantity, of: {path_text(path, rows)}{more}}}"


def _rows(paths: list[Path]) -> str:
    """Return the list whose items have a quantity, the least deep one; empty where there is none."""
    found = [path.name for path in named(paths, "quantity") if path.name.count("[*]") == 1]
    return found[0].partition("[*]")[0] if found else ""


def _moment(paths: list[Path], rows: str) -> str:
    found = [path for path in times(paths) if "[*]" not in path.name or not rows or path.name.startswith(rows)]
    if not found:
        return f'"@received"   # {TODO}: nothing looks like a time'
    format = time_format(found[0].values)
    shown = "" if format in ISO or format is None else f', format: "{format}"'
    return f"{{as: time, of: {path_text(found[0], rows)}{shown}}}"


def _name(kind: str) -> str:
    name = "".join(letter if letter.isalnum() else " " for letter in kind).strip().lower()
    return name or "all"


def _quoted(text: str) -> str:
    return text if text.replace("_", "").replace(".", "").isalpha() else f'"{text}"'


def best_of(paths: list[Path], means: str) -> list[str]:
    """Return the paths that may be ``means``, as expressions write them."""
    return [path_text(path) for path in named(paths, means) if meaning(path) == means]
