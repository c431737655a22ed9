"""`milepost config`: the settings in force here, and where each comes from."""

from __future__ import annotations

import os

import click

VALUE_CHARS = 36

EPILOG = """\b
Examples:
  milepost config                       every setting; what the environment sets is marked
  milepost config --set                 only what the environment sets
  milepost config --json
Exit 2 when a variable is unknown or its value not allowed; secrets are never shown."""


@click.command(epilog=EPILOG)
@click.option("--set", "only_set", is_flag=True, help="Only what the environment sets.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(only_set: bool, as_json: bool) -> None:
    """Print every setting of this environment with its origin: an environment variable, or the default."""
    import msgspec
    from milepost.runtime.errors import ConfigurationError
    from milepost.runtime.settings import effective, from_environment, unknown

    if strangers := unknown(os.environ):
        raise ConfigurationError("\n".join(strangers))
    from_environment(os.environ)  # what does not go together is an error, too
    rows = [row for row in effective(os.environ) if row.origin != "default" or not only_set]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([row._asdict() for row in rows]), indent=2).decode())
        return
    wide = max((len(row.variable) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row.variable:<{wide}}  {row.value or '(empty)':<{VALUE_CHARS}}  {row.origin}")
