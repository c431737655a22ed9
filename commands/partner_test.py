"""`milepost partner test`: the contract tests of partners, green or red per partner and version."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from milepost.codecs.dialects.model import Dialect, Dialects
    from milepost.commands.partner_files import Sample

EPILOG = """\b
Examples:
  milepost partner test                 all partners
  milepost partner test acme            one; what differs is shown
  milepost partner test acme --accept   show it, then keep it as what is expected"""
DIFFERENCE_LINES = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """``difference``: lines of a diff; empty where the sample says what is expected."""

    partner: str
    sample: Sample
    difference: tuple[str, ...]


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@click.option("--accept", is_flag=True, help="After showing what differs, write it down as expected.")
def command(name: str | None, accept: bool) -> None:
    """Compare what each sample says with what is kept beside it. Exit 1 where one differs."""
    from milepost.commands.partner_files import dialect_named, dialects_with

    if name is None:
        dialects, _ = dialects_with()
        chosen = sorted(dialects.partners)
    else:
        dialect, dialects = dialect_named(name)
        chosen = [dialect.name]
    red = 0
    for partner in chosen:
        verdicts = list(verdicts_of(dialects.partners[partner], dialects))
        red += _say(partner, dialects.partners[partner].terms.version, verdicts)
        if accept:
            _accept(dialects, [one for one in verdicts if one.difference])
    if red and not accept:
        sys.exit(1)


def verdicts_of(dialect: Dialect, dialects: Dialects, directory: Path | None = None) -> Iterator[Verdict]:
    """Yield how each sample of a partner stands, in the order of versions and names."""
    from milepost.commands.partner_files import samples_of

    for sample in samples_of(dialect.name, dialect.terms.version, directory):
        yield Verdict(dialect.name, sample, tuple(_difference(dialect, dialects, sample)))


def _difference(dialect: Dialect, dialects: Dialects, sample: Sample) -> list[str]:
    found = _text(_outcome(dialect, dialects, sample))
    kept = sample.expected.read_text(encoding="utf-8") if sample.expected.is_file() else ""
    if kept and _text(json.loads(kept)) == found:
        return []
    kept = _text(json.loads(kept)) if kept else ""
    names = (f"expected of {sample.name}", "what it says now")
    lines = difflib.unified_diff(kept.splitlines(), found.splitlines(), *names, lineterm="", n=2)
    return list(lines) or [f"{sample.expected.name} is not there"]


def _outcome(dialect: Dialect, dialects: Dialects, sample: Sample) -> dict[str, Any]:
    from milepost.commands.partner_reading import outcome

    return outcome(dialect, dialects, sample)


def _text(found: Any) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def _say(partner: str, current: str, verdicts: list[Verdict]) -> int:
    """Say how a partner stands, one line for each version of its contract; return how many samples are red."""
    if not verdicts:
        click.echo(f"{click.style('none ', fg='yellow')} {partner} {current}: there are no samples")
    for version in dict.fromkeys(one.sample.version for one in verdicts):
        of_version = [one for one in verdicts if one.sample.version == version]
        red = [one for one in of_version if one.difference]
        word = click.style("red  ", fg="red") if red else click.style("green", fg="green")
        told = f"{len(of_version) - len(red)} of {len(of_version)} samples say what is expected"
        click.echo(f"{word} {partner} {version}: {told}")
        for one in red:
            shown = one.difference[:DIFFERENCE_LINES]
            click.echo("\n".join(f"      {line}" for line in shown))
            if len(one.difference) > len(shown):
                click.echo(f"      ... {len(one.difference) - len(shown)} lines more")
    return sum(1 for one in verdicts if one.difference)


def _accept(dialects: Dialects, verdicts: list[Verdict]) -> None:
    for one in verdicts:
        found = _outcome(dialects.partners[one.partner], dialects, one.sample)
        one.sample.expected.write_text(_text(found), encoding="utf-8")
        click.echo(f"      kept as expected: {one.sample.expected.name}")
