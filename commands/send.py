"""`milepost send`: one event in, checked before it goes."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

import click
from milepost.commands.options import broker_option, reachable, settings_for

EPILOG = """\b
Examples:
  milepost send event.json
  echo '{"event_id":"e-1","business_key":"hold/1","owner":"SO-0001",
         "occurred_at":"2026-01-05T10:00:00Z","source":"desk",
         "body":{"type":"control.hold","actor":"ann","reason":"credit"}}' | milepost send -
  milepost send --unchecked broken.json      # see what becomes of bad input"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.File("rb"))
@click.option("--unchecked", is_flag=True, help="Send the bytes as they are; what is wrong becomes a dead letter.")
@click.option("--key", default=None, help="Kafka key; default: the event's owner.")
@broker_option
def command(file: BinaryIO, unchecked: bool, key: str | None, broker: str | None) -> None:
    """Send the event in FILE (canonical JSON; - reads standard input) to the partners' topic."""
    from milepost.codecs.canonical import SIZE_MAX_BYTES, decode
    from milepost.codecs.errors import DecodeError
    from milepost.commands.topic_reading import publish
    from milepost.runtime.topic_table import PARTNER_EVENTS

    value = file.read(SIZE_MAX_BYTES + 1).strip()
    owner = key or ""
    if not unchecked:
        try:
            owner = key or decode(value).owner
        except DecodeError as error:
            raise click.UsageError(f"{file.name}: {error}") from None
    bootstrap = reachable(settings_for(broker))
    asyncio.run(publish(bootstrap, PARTNER_EVENTS, [(owner, value)]))
    click.echo(f"sent to {PARTNER_EVENTS} under key {owner or '(none)'}")
