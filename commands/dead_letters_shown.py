"""Dead letters as lines, at length, and as JSON."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click
import msgspec
from milepost.commands.dead_letters_folded import Folded, Letter
from milepost.commands.dead_letters_reading import Whole
from milepost.commands.lines import printable
from milepost.tables.waiting import Waiting

TIME = "%Y-%m-%d %H:%M:%S"
TEXT_CHARS = 110
SHOWN_BYTES = 4000
OWNERS_SHOWN = 5


def print_list(letters: Sequence[Letter], found: Folded, limit: int, *, as_json: bool) -> None:
    """Print the newest of what fits, and how much was read for it."""
    newest = letters[-limit:]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([plain(one) for one in newest]), indent=2).decode())
        return
    rows = [columns(one) for one in newest]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo(printable("  ".join([*cells, row[-1]]).rstrip()))
    states = ", ".join(f"{number} {state}" for state, number in Counter(one.state for one in newest).most_common())
    older = f"; {len(letters) - len(newest)} older ones: --limit" if len(letters) > len(newest) else ""
    click.echo(f"{len(newest)} of {len(found.letters)} dead letters{f' ({states})' if states else ''}{older}")
    out = f"; the {found.left_out} oldest letters are left out: name a --key" if found.left_out else ""
    strange = f"; {found.strange} are none of ours" if found.strange else ""
    click.echo(f"{found.read} records read{strange}{out}")


def print_waiting(rows: Mapping[str, Waiting]) -> None:
    """Print who waits behind letters, if anybody does."""
    if not rows:
        return
    open_, closed = [o for o, r in rows.items() if r.letter], [o for o, r in rows.items() if not r.letter]
    for owners, what in ((open_, "wait behind an open letter"), (closed, "wait to be brought back: `redrive`")):
        if owners:
            more = ", ..." if len(owners) > OWNERS_SHOWN else ""
            click.echo(
                printable(f"{len(owners)} orders and loads {what}: {', '.join(sorted(owners)[:OWNERS_SHOWN])}{more}")
            )


def columns(one: Letter) -> tuple[str, ...]:
    """Return what a line shows: last seen, id, state, who, where from, how often, why."""
    within = f" at {one.last.place}" if one.last.place else ""
    text = f"{one.last.reason}{within}: {one.last.text}"
    cut = text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 3] + "..."
    tries = f"{one.tries} tries" if one.tries > 1 else ""
    return (f"{one.last_seen:{TIME}}", one.id[:12], one.state, one.first.partner or one.last.source,
            one.owner or one.last.key, one.origin, tries, cut)  # fmt: skip


def print_one(one: Letter, whole: Whole, *, as_json: bool) -> None:
    """Print one letter with its bytes and its history."""
    if as_json:
        said = plain(one) | {"value_base64": base64.b64encode(whole.value).decode(), "cut": whole.cut}
        click.echo(msgspec.json.format(msgspec.json.encode(said), indent=2).decode())
        return
    click.echo(f"{one.id}  {one.state}, {one.tries} {'try' if one.tries == 1 else 'tries'}")
    for name, text in _lines(one):
        if text:
            click.echo(printable(f"  {name:<12}{text}"))
    click.echo("history:")
    for line in history(one):
        click.echo(printable(f"  {line}"))
    what = "the mended bytes" if whole.edited else "bytes"
    click.echo(f"{what} ({len(whole.value)}{f' of {whole.letter.size_bytes}, cut' if whole.cut else ''}):")
    click.echo(shown(whole.value))


def history(one: Letter) -> list[str]:
    """Return every refusal and every act, in order of time."""
    told = [(ref.seen, f"refused at {ref.at}: {ref.reason}{f' at {ref.within}' if ref.within else ''}: {ref.text}")
            for ref in one.refusals]  # fmt: skip
    told += [(act.at, f"{act.act} by {act.actor}: {act.reason}{f' (now {act.place})' if act.place else ''}")
             for act in one.acts]  # fmt: skip
    return [f"{at:{TIME}}  {text}" for at, text in sorted(told, key=lambda line: line[0])]


def shown(value: bytes) -> str:
    """Return bytes as people read them: as text where they are text, else in hex with their offsets."""
    part = value[:SHOWN_BYTES]
    more = f"\n... {len(value) - len(part)} bytes more: --raw" if len(value) > len(part) else ""
    try:
        text = part.decode("utf-8") if len(part) == len(value) else part.decode("utf-8", "ignore")
        if all(one.isprintable() or one in "\r\n\t" for one in text) and (text or not part):
            return "\n".join(printable(line) for line in text.splitlines()) + more
    except UnicodeDecodeError:
        pass
    rows = [f"{at:08x}  {part[at : at + 16].hex(' ')}" for at in range(0, len(part), 16)]
    return "\n".join(rows) + more


def plain(one: Letter) -> dict[str, Any]:
    """Return a letter as JSON values, without its bytes."""
    last = one.last
    return {
        "id": one.id, "state": one.state, "partner": one.first.partner, "source": last.source, "lane": last.lane,
        "topic": one.first.topic, "key": one.key.decode("utf-8", "backslashreplace"), "owner": one.owner,
        "message": one.first.message, "origin": one.origin, "size_bytes": last.size_bytes, "reason": last.reason,
        "text": last.text, "place": last.place, "first_seen": one.first_seen, "last_seen": one.last_seen,
        "tries": one.tries, "edited": one.edit_at is not None, "sandbox": one.first.sandbox,
        "acts": [msgspec.to_builtins(act) for act in one.acts],
    }  # fmt: skip


def _lines(one: Letter) -> tuple[tuple[str, str], ...]:
    last, first = one.last, one.first
    within = f" at {last.place}" if last.place else ""
    return (
        ("reason", f"{last.reason}{within}: {last.text}"), ("from", f"{one.origin}, lane {last.lane}"),
        ("key", one.key.decode("utf-8", "backslashreplace")), ("new key", one.new_key), ("owner", one.owner),
        ("source", last.source), ("partner", first.partner), ("message", first.message), ("file", first.name),
        ("format", first.content_type), ("sandbox", "yes" if first.sandbox else ""),
        ("first seen", f"{one.first_seen:{TIME}} UTC"), ("last seen", f"{one.last_seen:{TIME}} UTC"),
    )  # fmt: skip
