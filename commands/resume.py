"""`milepost resume`: a person lets a paused source go on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, reachable, settings_for

if TYPE_CHECKING:
    from milepost.contracts.events import Event

SENDER = "operator"

EPILOG = """\b
Example:
  milepost resume wms-north --actor ann --reason "their release of yesterday was rolled back"
A source is paused after too many dead letters within an hour (MILEPOST_DEAD_LETTER_LIMIT_PER_HOUR). Its later
messages wait in partner.parked."""


@click.command(epilog=EPILOG)
@click.argument("source")
@click.option("--actor", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why it may go on.")
@broker_option
def command(source: str, actor: str, reason: str, broker: str | None) -> None:
    """Resume SOURCE, a reporting system that was paused for sending bad input."""
    from milepost.codecs.canonical import encode
    from milepost.commands.topic_reading import publish_everywhere
    from milepost.runtime.topic_table import PARTNER_EVENTS, TOPICS

    owner, value = f"source/{source}", encode(_event(source, actor, reason))
    bootstrap = reachable(settings_for(broker))
    # Each partition keeps its own pause, so each is told.
    asyncio.run(publish_everywhere(bootstrap, PARTNER_EVENTS, owner, value, TOPICS[PARTNER_EVENTS].partitions))
    click.echo(f"resume {source}: sent to every partition")


def _event(source: str, actor: str, reason: str) -> Event:
    from milepost.contracts.controls import SourceResumed
    from milepost.contracts.events import Event
    from milepost.contracts.identifiers import digest

    now = datetime.now(UTC).replace(microsecond=0)
    named = digest(SENDER, source, actor, reason, now)
    body = SourceResumed(source_resumed=source, actor=actor, reason=reason)
    return Event(event_id=f"{SENDER}/{named}", business_key=f"resume/{named}", owner=f"source/{source}",
                 occurred_at=now, source=SENDER, body=body)  # fmt: skip
