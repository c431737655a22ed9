"""`milepost partner spec`: what a partner's programmers need to know, as Markdown, without any secret."""

from __future__ import annotations

import click

EPILOG = """\b
Examples:
  milepost partner spec acme > acme.md
  milepost partner spec new/acme.yaml"""


@click.command(epilog=EPILOG)
@click.argument("name")
def command(name: str) -> None:
    """Print the specification of partner NAME (or of a file) for the partner."""
    from datetime import UTC, datetime

    from milepost.commands.partner_files import dialect_named, samples_of
    from milepost.commands.partner_standing import warning_of
    from milepost.commands.spec_page import page

    dialect, _ = dialect_named(name)
    warning = warning_of(dialect, datetime.now(UTC).date())
    click.echo(page(dialect, samples_of(dialect.name, dialect.terms.version), warning), nl=False)
