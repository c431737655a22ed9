"""A dialect drafted from samples: a file that checks, with TODO where only a person knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from milepost.codecs.dialects.paths import parsed
from milepost.codecs.documents import Document
from milepost.commands.draft_guess import ids, kind_of_message, named, role_for, times
from milepost.commands.draft_messages import TODO, Tables, best_of, message
from milepost.commands.draft_seen import Path, seen

SETS: Final = {
    "x12-warehouse": ("wms", {"945", "944", "947", "846", "940", "943"}),
    "x12-carrier": ("carrier", {"214", "990", "210", "204"}),
    "x12-trade": ("supplier", {"856", "850", "855", "810", "820"}),
}
PARENTS: Final = {"x12-trade": "supplier-x12"}
"""A base that is spoken through a partner's whole file."""
VALUES_SHOWN: Final = 12
STRANGE_SHOWN: Final = 5
COLUMN_CHARS: Final = 26
FLAT: Final = ("csv", "fixed")
UNKNOWN_ROLE: Final = f"wms   # {TODO}: what are they: wms, tms, carrier or supplier?"


@dataclass(slots=True)
class Samples:
    """What was read: documents by sample, in which format, with which options, of which vendor's shape.

    ``given``: the options are a person's, not guessed.
    """

    format: str
    options: dict[str, Any]
    vendor: str = ""
    given: bool = False
    documents: list[tuple[str, Document]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def paths(self, wanted: Iterable[tuple[str, Document]] | None = None) -> list[Path]:
        chosen = self.documents if wanted is None else wanted
        return list(seen((name, document.fields) for name, document in chosen).values())


def draft(name: str, samples: Samples, known: Iterable[str]) -> str:
    """Return the text of ``dialects/NAME.yaml``; ``known``: the dialects there are, of which one may be extended."""
    lines = [
        f"# Drafted from {len(samples.documents)} documents.",
        f"# Decide all that is marked, then: milepost partner check {name}",
        "",
    ]
    if samples.format == "x12":
        lines += _x12(name, samples)
    elif samples.vendor in known or samples.format == "epcis":
        lines += _extending(name, samples, samples.vendor if samples.vendor in known else "epcis")
    else:
        lines += _own(name, samples)
    return "\n".join(lines) + "\n"


def _head(name: str, extends: str, role: str, format: str) -> Iterator[str]:
    yield f"partner: {name}"
    if extends:
        yield f"extends: [{extends}]"
    if role:
        yield f"role: {role}"
    yield f"owner: integration desk   # {TODO}: who answers for this file"
    yield f'contract: {{version: "1", until: 2099-12-31}}   # {TODO}: their version, and how long it is agreed'
    if format:
        yield f"format: {format}"


def _x12(name: str, samples: Samples) -> Iterator[str]:
    kinds = {document.kind.partition("/")[2] for _, document in samples.documents}
    base, (role, sets) = max(SETS.items(), key=lambda one: len(one[1][1] & kinds))
    yield from _head(name, PARENTS.get(base, base), role, "")
    yield f"# Sets seen: {', '.join(sorted(kinds))}"
    for other in sorted(kinds - sets - {"997", "999"}):
        yield f"# {TODO}: set {other} is not in {base}"
    fields = [document.fields for _, document in samples.documents]
    sender = next((one.get("sender", "") for one in fields), "")
    receiver = next((one.get("receiver", "") for one in fields), "")
    version = next((one.get("version", "004010") for one in fields), "004010")
    yield f"time: {{zone: UTC}}   # {TODO}: the zone of times without a zone code"
    yield from _units(samples.paths())
    yield from _codes(samples)
    yield from ("", "in:", '  drop: {pattern: "*"}', "out:", "  drop: {}")
    yield f"  # {TODO}: qualifiers and ids as in ISA05 to ISA08 of what they send, the other way round"
    yield "  envelope:"
    yield f'    sender: "ZZ:{receiver[:15] or "MILEPOST"}"'
    yield f'    receiver: "ZZ:{sender[:15] or "PARTNER"}"'
    yield f'    version: "{version[:12]}"'
    yield ""


def _extending(name: str, samples: Samples, parent: str) -> Iterator[str]:
    """A partner that speaks as one we know: only its name, its secret and its codes are its own."""
    yield from _head(name, parent, "", "")
    yield from _codes(samples)
    yield ""
    yield f"# {TODO}: where it differs from {parent}, say it here; the rest is as there, down to how it signs"
    yield "in:"
    yield f'  webhook: {{signature: {{secret: "env:{_secret(name)}"}}}}'


def _own(name: str, samples: Samples) -> Iterator[str]:
    paths = samples.paths()
    kind = kind_of_message(paths, len(samples.documents))
    kinds = sorted(value for value in kind.values if value) if kind else [""]
    if kind and kind.count < len(samples.documents):
        kinds.append("")  # those that do not say it
    role = role_for(kinds, [path.last for path in paths])
    yield from _head(name, "", role or UNKNOWN_ROLE, samples.format)
    role = role or "wms"
    yield from _read(samples)
    yield from _zone(paths)
    yield from _units(paths)
    yield from _codes(samples)
    tables = Tables()
    document = "csv" if samples.format in FLAT else samples.format
    messages: list[str] = []
    for value in kinds:
        chosen = [one for one in samples.documents if not kind or _at(one[1].fields, kind.name) == value]
        messages += [*message(value, kind.name if kind else "", samples.paths(chosen), role, tables, document), ""]
    yield from _tables(tables)
    yield from _webhook(name, samples)
    needed = [line for line in _let(paths) if any(f"~{line.split(':')[0].strip()}" in one for one in messages)]
    yield from ("", "let:", *needed, "", "messages:", *messages)


def _let(paths: list[Path]) -> Iterator[str]:
    node = best_of(paths, "node")
    yield f"  order: {_first(best_of(paths, 'order'))}"
    yield f"  load: {_first(best_of(paths, 'load'))}"
    yield f"  node: {{as: code, table: sites, of: {_first(node)}}}"


def _first(found: list[str]) -> str:
    if not found:
        return f"={TODO}"
    return found[0] if len(found) == 1 else f"{{as: first, of: [{', '.join(found)}]}}"


def _read(samples: Samples) -> Iterator[str]:
    guessed = samples.format in FLAT and "encoding" in samples.options and not samples.given
    note = f"   # {TODO}: the encoding is guessed: are these words right? {_strange_words(samples)}" if guessed else ""
    if samples.format == "fixed":
        yield f"read:{note}"
        yield from (f"  {name}: {_flow(value)}" for name, value in samples.options.items() if name != "columns")
        yield from _columns(samples)
    elif samples.options:
        yield f"read: {_flow(samples.options)}{note}"


def _columns(samples: Samples) -> Iterator[str]:
    note = f"   # {TODO}: guessed: name them, set their places by the partner's description, draft again with --read"
    yield f"  columns:{'' if samples.given else note}"
    values = {path.last: path.shown() for path in samples.paths()}
    for name, place in samples.options["columns"].items():
        yield f"    {name}: {_flow(place)}".ljust(COLUMN_CHARS) + f"   # {values.get(name, '')}".rstrip(" #")


def _strange_words(samples: Samples) -> str:
    words = (value for path in samples.paths() for text in (path.name, *path.values) for value in text.split())
    found = dict.fromkeys(word for word in words if not word.isascii() and word.isprintable())
    return ", ".join(list(found)[:STRANGE_SHOWN]) or "none is there"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    plain = text and text.replace("_", "").replace("-", "").replace(".", "").replace("$", "").isalnum()
    return text if plain and not text.startswith("-") else "'" + text.replace("'", "''") + "'"


def _zone(paths: list[Path]) -> Iterator[str]:
    values = [value for path in times(paths) for value in path.values if value]
    offsets = [value for value in values if value.endswith("Z") or "+" in value[10:] or "-" in value[10:]]
    if not values:
        yield f"time: {{zone: UTC}}   # {TODO}: nothing looks like a time: in which zone is the partner's clock?"
    elif len(offsets) == len(values):
        yield "time: {zone: UTC}   # every time seen says its own offset"
    else:
        without = f"{len(values) - len(offsets)} of {len(values)} times seen say no offset"
        yield f"time: {{zone: UTC}}   # {TODO}: {without}: in which zone is the partner's clock?"


def _units(paths: list[Path]) -> Iterator[str]:
    found = sorted({value for path in named(paths, "unit") for value in path.values if value})
    if found:
        yield f"units: {{{', '.join(f'{_flow(value)}: 1' for value in found)}}}   # {TODO}: base units of one of each"


def _codes(samples: Samples) -> Iterator[str]:
    paths = samples.paths()
    yield "codes:"
    for table, means in (("sites", "node"), ("items", "item"), ("carriers", "carrier")):
        found = sorted({value for path in named(paths, means) for value in path.values if value})
        shown = ", ".join(found[:VALUES_SHOWN]) + (
            f" and {len(found) - VALUES_SHOWN} more" if len(found) > VALUES_SHOWN else ""
        )
        note = f"   # {TODO}: theirs -> ours; seen: {shown}" if found else ""
        yield f'  {table}: {{version: "1", missing: keep, map: {{}}}}{note}'


def _tables(tables: Tables) -> Iterator[str]:
    if tables.asked:
        yield "statuses:"
    for name, values in tables.asked.items():
        shown = ", ".join(values[:VALUES_SHOWN]) or "nothing"
        yield f"  {name}: {{map: {{}}}}   # {TODO}: each of theirs -> our word, or ignore: [...]; seen: {shown}"


def _secret(name: str) -> str:
    return name.upper().replace("-", "_") + "_KEY"


def _webhook(name: str, samples: Samples) -> Iterator[str]:
    yield from ("", "in:")
    if samples.format in FLAT:
        yield '  drop: {pattern: "*"}'
        return
    yield "  webhook:"
    yield f"    # {TODO}: their scheme and header; the secret stays in the environment"
    yield f'    signature: {{scheme: hmac-sha256, encoding: hex, header: X-Signature, secret: "env:{_secret(name)}"}}'
    yield f"    silence_s: 86400   # {TODO}: how long they may be silent"


def _at(fields: dict[str, Any], path: str) -> str:
    value = parsed(path).of(fields)
    return "" if value is None else str(value)


def candidates(samples: Samples) -> Iterator[str]:
    """Yield a line for each path that may be an id: what of, how often it comes again, what it looks like."""
    for one in ids(samples.paths()):
        again = f"{one.path.shared} of {len(one.path.values)} values come again in another sample"
        yield f"{one.means:<9} {one.path.name}: {one.path.shown()} ({again})"
