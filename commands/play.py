"""`milepost play`: many events in, from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import BinaryIO

import click
from milepost.commands.options import broker_option, reachable, settings_for

EPILOG = """\b
Examples:
  milepost play events.jsonl                          one canonical event per line, `-` reads standard input
  milepost play --scms scms_delivery_history.tsv      10,324 lines of real history as partner events"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.File("rb"))
@click.option("--scms", is_flag=True, help="FILE is the USAID SCMS delivery history (tab separated).")
@broker_option
def command(file: BinaryIO, scms: bool, broker: str | None) -> None:
    """Send all events in FILE to the partners' topic, in the order of the file; nothing is sent if one is wrong."""
    from milepost.commands.topic_reading import publish
    from milepost.runtime.topic_table import PARTNER_EVENTS

    pairs = list(_checked_lines(file))
    bootstrap = reachable(settings_for(broker))
    sent = asyncio.run(publish(bootstrap, PARTNER_EVENTS, pairs))
    click.echo(f"{sent} events sent to {PARTNER_EVENTS}")


def _checked_lines(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    from milepost.codecs.canonical import decode
    from milepost.codecs.errors import DecodeError

    for number, line in enumerate(file, 1):
        text = line.strip()
        if not text:
            continue
        try:
            yield decode(text).owner, text
        except DecodeError as error:
            raise click.UsageError(f"{file.name} line {number}: {error}") from None
