"""`milepost partner try`: samples before and after, side by side, with what was not mapped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from milepost.codecs.dialects.model import Dialect, Dialects
    from milepost.codecs.formats import Recognised
    from milepost.commands.partner_trying import Tried

EPILOG = """\b
Examples:
  milepost partner try acme samples/*.edi
  milepost partner try new/acme.yaml samples/one.json    a file that is not in the directory yet
  milepost partner try --any strange.edi                 the format, and which of our dialects understands it
  milepost partner try acme --json samples/one.json"""


@click.command(epilog=EPILOG)
@click.argument("names", nargs=-1, required=True, metavar="[FILE|NAME] SAMPLE...")
@click.option("--any", "anyone", is_flag=True, help="Recognise the format, and take the dialect that says the most.")
@click.option("--json", "as_json", is_flag=True, help="What they say, as JSON.")
def command(names: tuple[str, ...], anyone: bool, as_json: bool) -> None:
    """Show what samples say, without anything being sent. Exit 1 where a sample, or a part of one, is refused."""
    from milepost.commands.partner_files import dialect_named, dialects_with

    dialect: Dialect | None = None
    samples = names
    if anyone:
        dialects, _ = dialects_with()
    else:
        dialect, dialects = dialect_named(names[0])
        samples = names[1:]
    paths = _paths(samples)
    good = [_tried(path, dialect, dialects, as_json) for path in paths]
    sys.exit(0 if all(good) else 1)


def _paths(samples: tuple[str, ...]) -> list[Path]:
    from milepost.commands.partner_files import EXPECTED, OUTBOUND, SAMPLE_MAX_BYTES

    paths = [Path(sample) for sample in samples]
    found = [path for path in paths if not path.name.endswith((EXPECTED, OUTBOUND))]
    for path in found:
        if path.is_dir():
            raise click.UsageError(f"{str(path)!r} is a folder: name its files, such as {path}/*")
        if not path.is_file():
            raise click.UsageError(f"there is no file {str(path)!r}")
        if path.stat().st_size > SAMPLE_MAX_BYTES:
            raise click.UsageError(f"{path} has {path.stat().st_size} bytes; at most {SAMPLE_MAX_BYTES} are tried")
    if not found:
        raise click.UsageError("no sample is named")
    return found


def _tried(path: Path, dialect: Dialect | None, dialects: Dialects, as_json: bool) -> bool:
    """Show one sample; returns whether all of it was understood."""
    from milepost.codecs import formats
    from milepost.commands.partner_shown import print_sample
    from milepost.commands.partner_trying import best, tried

    value = path.read_bytes()
    recognised = formats.recognise(value, "", path.name)
    found = best(dialects, path, recognised) if dialect is None else tried(dialect, dialects, path)
    if as_json:
        _print_json(path, recognised, found)
    else:
        print_sample(path, value, recognised, found)
    return found is not None and found.error is None and not found.said.refused


def _print_json(path: Path, recognised: Recognised, found: Tried | None) -> None:
    import json

    from milepost.commands.partner_trying import as_data

    click.echo(json.dumps({"sample": path.name, "format": recognised.format, **as_data(found)}, indent=2))
