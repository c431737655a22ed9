"""`milepost resume`: a person lets a paused source go on, and what was parked of it comes back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import click
from milepost.commands.options import broker_option, reachable, settings_for

READ_WITHIN_S = 30.0

EPILOG = """\b
Example:
  milepost resume wms-north --actor ann --reason "their release of yesterday was rolled back"
A source is paused after too many dead letters within an hour (MILEPOST_DEAD_LETTER_LIMIT_PER_HOUR); `milepost status`
names it. Its later messages wait in partner.parked; resumed, they are sent to where they came from, in their order.
Exit 1 when nothing of SOURCE is paused or parked, or when lane intake does not run: say it again then."""


@click.command(epilog=EPILOG)
@click.argument("source")
@click.option("--actor", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why it may go on.")
@broker_option
def command(source: str, actor: str, reason: str, broker: str | None) -> None:
    """Resume SOURCE, a reporting system that was paused for sending bad input."""
    _check(source, actor, reason)
    asyncio.run(_resume(reachable(settings_for(broker)), source, actor, reason))


def _check(source: str, actor: str, reason: str) -> None:
    import msgspec
    from milepost.contracts.controls import SourceResumed

    said = SourceResumed(source_resumed=source, actor=actor, reason=reason)
    try:
        msgspec.convert(msgspec.to_builtins(said), SourceResumed)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from None


async def _resume(bootstrap: str, source: str, actor: str, reason: str) -> None:
    from milepost.commands.paused import paused_sources, read_by_intake
    from milepost.runtime.parked import republish_parked, resume_source

    paused = await paused_sources(bootstrap)
    if source in paused:
        said = await resume_source(bootstrap, source, actor=actor, reason=reason, now=datetime.now(UTC))
        # What intake reads before this word it still parks: only then is the end of partner.parked the end.
        if not await read_by_intake(bootstrap, said, READ_WITHIN_S):
            raise click.ClickException(f"resumed {source}, but lane intake has not read it; say it again when it runs")
    sent = await republish_parked(bootstrap, source)
    if source not in paused and not sent:
        others = f"; paused: {', '.join(paused)}" if paused else "; no source is paused"
        raise click.ClickException(f"nothing of {source!r} is paused or parked{others}")
    click.echo(f"{source} goes on; {sent} parked messages sent again")
