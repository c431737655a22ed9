"""`milepost partner check`: every problem of dialect files with file and line, and the gaps of their tables."""

from __future__ import annotations

from pathlib import Path

import click

EPILOG = """\b
Examples:
  milepost partner check                       all files of MILEPOST_DIALECT_DIR, and who serves which site
  milepost partner check acme                  one partner
  milepost partner check new/acme.yaml         a file before it is put there"""


@click.command(epilog=EPILOG)
@click.argument("file", required=False)
def command(file: str | None) -> None:
    """Say whether dialects are right. Exit 2 with a line for each problem; gaps that samples show are listed.

    Exit 1 while a drafted file still has something to decide.
    """
    import os

    from milepost.commands.partner_files import dialect_named, samples_of
    from milepost.commands.partner_gaps import gaps_in
    from milepost.runtime.dialect_files import load_dialects
    from milepost.runtime.settings import from_environment

    if file is None:
        dialects = load_dialects(from_environment(os.environ))
        names = sorted(dialects.partners)
    else:
        _exists(file)
        dialect, dialects = dialect_named(file)
        names = [dialect.name]
    left = 0
    for name in names:
        dialect = dialects.partners[name]
        samples = samples_of(name, dialect.terms.version)
        click.echo(f"{name}: {dialect.role} by {dialect.format}, contract {dialect.terms.version}, {_extent(dialect)}")
        after = dialect.terms.replaced_by
        if after and after not in dialects.partners:
            click.echo(f"  contract.replaced_by: there is no {after} yet")
        for gap in gaps_in(dialect, dialects, samples):
            click.echo(f"  {gap}")
        for todo in undecided(file, name):
            click.echo(f"  {todo}")
            left += 1
    if left:
        raise click.ClickException(f"{left} TODO left to decide")
    sites = len(dialects.sites)
    click.echo(f"{len(names)} dialect{'s are' if len(names) != 1 else ' is'} sound; {sites} sites are served by one")


def undecided(file: str | None, name: str) -> list[str]:
    """Return the lines of a partner's file in which something is still to be decided."""
    from milepost.commands.draft_messages import TODO
    from milepost.commands.partner_files import dialect_dir

    path = Path(file) if file and Path(file).suffix else dialect_dir() / f"{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [f"{path.name}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if TODO in line]


def _exists(file: str) -> None:
    if file.endswith((".yaml", ".yml")) and not Path(file).is_file():
        raise click.UsageError(f"there is no file {file!r}")


def _extent(dialect: object) -> str:
    messages, instructions = len(dialect.messages), len(dialect.instructions)  # type: ignore[attr-defined]
    return f"{messages} messages in, {instructions} instructions out"
