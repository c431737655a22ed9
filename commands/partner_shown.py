"""A sample for people: what came on the left, what it says on the right, below it what was left aside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from milepost.codecs import flat_options
from milepost.codecs.formats import Recognised
from milepost.commands.demo_report import console
from milepost.commands.lines import printable
from milepost.commands.partner_reading import plain, plain_event
from milepost.commands.partner_trying import Tried
from milepost.contracts.references import Pointed
from rich.table import Table
from rich.text import Text

LINES_MAX = 400
LINE_CHARS = 2000
UNMAPPED_SHOWN = 60
SILENT_SHOWN = 20
FLAT = ("csv", "fixed")
CLOCK_SUSPECT = "CLOCK_SUSPECT"
_ENVELOPE = re.compile(r"^x12/\S+ \$\.(set|usage|version|sender|receiver|(group|interchange)_\w+|control|group_at)$")
_TWICE = re.compile(r"^x12/\S+ .*\b(references|moments)\[\*\]")


def print_sample(path: Path, value: bytes, recognised: Recognised, found: Tried | None) -> None:
    """Print one sample side by side."""
    out = console()
    by = f", read by {found.dialect.name}" if found else ""
    out.print(Text(f"\n{path.name}: {recognised.format} ({recognised.why}){by}", style="bold"), soft_wrap=True)
    if found is None:
        out.print(f"  nothing here reads {recognised.format}", style="red", markup=False)
        return
    table = Table(expand=True, show_lines=False, box=None, padding=(0, 1), header_style="bold")
    table.add_column("as it came", ratio=1, overflow="fold")
    table.add_column("what it says", ratio=1, overflow="fold")
    options = found.dialect.read if found.dialect.format in FLAT else recognised.options
    encoding = str(options.get("encoding", "utf-8"))
    table.add_row(Text("\n".join(before(value, recognised.format, encoding))), Text("\n".join(after(found))))
    out.print(table)
    for style, line in _beside(found):
        out.print(Text(f"  {printable(line)}", style=style), soft_wrap=True)


def before(value: bytes, format: str, encoding: str = "utf-8") -> list[str]:
    """Return a message as lines: X12 by segments, JSON indented, all else as it is."""
    text = value.decode(flat_options.encoding_of(encoding), "replace").removeprefix("\N{BYTE ORDER MARK}")
    if format == "x12":
        lines = _segments(text)
    elif format in ("json", "epcis", "cloudevents", "canonical"):
        lines = _indented(text)
    else:
        lines = text.splitlines()
    shown = [printable(line[:LINE_CHARS]) for line in lines[:LINES_MAX]]
    return shown + ([f"... {len(lines) - LINES_MAX} lines more"] if len(lines) > LINES_MAX else [])


def after(found: Tried) -> list[str]:
    """Return what a sample says, a line for each thing and its content below it."""
    if found.error is not None:
        return [f"refused: {found.error}"]
    lines = [line for one in _told(found) for line in one]
    return lines[:LINES_MAX] or ["nothing"]


def _told(found: Tried) -> Iterator[list[str]]:
    one = found.said
    for event in one.events:
        yield _event(plain_event(event), "")
    for counted in one.counted:
        yield _event(plain_event(counted.event), f" (what came on top in {counted.snapshot})")
    # One milestone may be known by several ids; it is one milestone all the same.
    ways: dict[str, list[Pointed]] = {}
    for pointed in one.pointed:
        ways.setdefault(f"{pointed.ordinal} {pointed.event.business_key}", []).append(pointed)
    for same in ways.values():
        keys = " or ".join(pointed.reference.key for pointed in same)
        yield _event({**plain_event(same[0].event), "owner": "?"}, f", of whatever {keys} means")
    for statement in one.statements:
        yield [f"states {statement.key}", *_fields(plain(statement.body))]
    for instruction in one.instructions:
        yield ["our own words, read back", *_fields(plain(instruction))]
    for linked in one.linked:
        shipment = f", shipment {linked.target.shipment}" if linked.target.shipment else ""
        yield [f"{linked.reference.key} means {linked.target.owner}{shipment}"]


def _event(event: dict[str, Any], of: str) -> list[str]:
    body = dict(event["body"])
    return [f"{body.pop('type')} {event['owner']} at {event['at']}{of}", f"  key {event['key']}", *_fields(body)]


def _fields(body: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in body.items():
        many = isinstance(value, list) and value and isinstance(value[0], dict | list)
        if many:
            lines += [f"  {name}", *(f"    {_short(one)}" for one in value)]
        else:
            lines.append(f"  {name} {_short(value)}")
    return lines


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_short(one) for one in value)
    return str(value)


def _beside(found: Tried) -> Iterator[tuple[str, str]]:
    one = found.said
    if found.is_test:
        yield "yellow", "marked as a test (ISA15 T): on arrival nothing of it counts, unless `read` says usage: any"
    for part in one.refused:
        yield "red", f"refused: {part.error}"
    for finding in one.findings:
        if finding.code == CLOCK_SUSPECT:  # samples are old
            continue
        expected = f", expected {finding.expected}" if finding.expected else ""
        value = f": {finding.value}" if finding.value else ""
        yield "yellow", f"{finding.code} at {finding.place or 'the message'}: {finding.text}{value}{expected}"
    if one.silent:
        more = f" and {len(one.silent) - SILENT_SHOWN} more" if len(one.silent) > SILENT_SHOWN else ""
        yield "yellow", f"nothing is said of: {', '.join(one.silent[:SILENT_SHOWN])}{more}"
    unmapped = not_mapped(one.unmapped)
    if unmapped:
        more = f" and {len(unmapped) - UNMAPPED_SHOWN} more" if len(unmapped) > UNMAPPED_SHOWN else ""
        yield "dim", f"not mapped: {', '.join(unmapped[:UNMAPPED_SHOWN])}{more}"
    if one.answer:
        yield "dim", f"answer: {' '.join(_segments(one.answer.decode('utf-8', 'replace')))}"


def not_mapped(paths: Iterable[str]) -> list[str]:
    """Return paths that a person may want to look at: without the envelope's, and what X12 documents say twice."""
    return [path for path in paths if not _ENVELOPE.search(path) and not _TWICE.search(path)]


def _segments(text: str) -> list[str]:
    from milepost.codecs.errors import DecodeError
    from milepost.codecs.x12.envelope import parts

    try:
        headers = [header for header, _, _ in parts(text)]
        terminators = {one.separators.terminator for one in headers if not isinstance(one, DecodeError)}
    except DecodeError:
        terminators = set()
    for terminator in terminators:
        text = text.replace(terminator, terminator.strip() + "\n")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _indented(text: str) -> list[str]:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    except (ValueError, RecursionError):
        return text.splitlines()
