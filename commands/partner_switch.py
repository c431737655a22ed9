"""`milepost partner switch`: another dialect serves a site from a moment on; and back again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from milepost.runtime.settings import Settings

TIME = click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"])

EPILOG = """\b
Examples:
  milepost partner switch wms/DC-NORTH lakeside --from 2099-01-01T00:00Z     read beside the one that counts
  milepost partner switch wms/DC-NORTH lakeside --from 2026-12-01T06:00Z     counts from then on
  milepost partner switch wms/DC-NORTH --back                                as if it never was
  milepost partner switch wms/DC-NORTH --back --dry-run

It changes the list of sites, which processes read when they start: start gateway, intake and dispatch anew."""


@click.command(epilog=EPILOG)
@click.argument("site", metavar="SITE")
@click.argument("name", metavar="[NAME]", required=False)
@click.option(
    "--from", "since", type=TIME, default=None, help="From when on, in UTC; of each fact its own time counts."
)
@click.option("--back", is_flag=True, help="Take the last switch of SITE out of the list.")
@click.option("--dry-run", is_flag=True, help="Show what would change in the list, and leave it.")
def command(site: str, name: str | None, since: datetime | None, back: bool, dry_run: bool) -> None:
    """Have SITE (wms/NODE, wms, tms) served by the dialect NAME from a moment on."""
    import os

    from milepost.commands.partner_switched import switched, taken_back
    from milepost.runtime.settings import from_environment

    if back == (name is not None) or back == (since is not None):
        raise click.UsageError("either NAME and --from, or --back alone")
    settings = from_environment(os.environ)
    path = settings.sites_file or settings.dialect_dir / "sites.yaml"
    try:
        before = path.read_text(encoding="utf-8")
        after = taken_back(before, site) if name is None or since is None else switched(before, site, name, since)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
    except ValueError as error:  # what is no UTF-8, too
        raise click.UsageError(str(error)) from None
    _must_be_sites(settings, path, after)
    _show(path, before, after, since)
    if not dry_run:
        _write(path, after)
        click.echo("start gateway, intake and dispatch anew; `milepost partner list` shows who serves what")


def _must_be_sites(settings: Settings, path: Path, text: str) -> None:
    """Refuse a list that no process would start with."""
    from milepost.codecs.dialects.load import read_dialects
    from milepost.codecs.dialects.model import DialectErrors
    from milepost.runtime.dialect_files import dialect_files

    try:
        read_dialects(dialect_files(settings.dialect_dir), text.encode())
    except DialectErrors as errors:
        raise click.UsageError(f"{path}: {errors.problems[0].text}") from None


def _show(path: Path, before: str, after: str, since: datetime | None) -> None:
    from datetime import UTC, datetime
    from difflib import unified_diff

    lines = unified_diff(before.splitlines(), after.splitlines(), f"{path} now", f"{path} then", n=2, lineterm="")
    click.echo("\n".join(lines))
    if since is not None and since.replace(tzinfo=UTC) <= datetime.now(UTC):
        click.echo("that moment is over: until all are started anew, some count by the old list", err=True)


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a process that starts meanwhile reads the one list or the other."""
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
