"""`milepost replay`: records put together again from the topics; what differs is put right through the lane."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.runtime.rights import REBUILT

if TYPE_CHECKING:
    from milepost.commands.replay_scope import Scope

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ"])
RATE_PER_S = 200.0

EPILOG = """\b
Examples:
  milepost replay --order SO-000017 --dry-run            what the topics say of it that its record does not
  milepost replay --partner wms-north --from 2026-03-01  whom a partner's messages since then concern
  milepost replay --all --dry-run                        everybody; ends with 1 when anything differs
  milepost replay --all --again --rate 100               everything once more: duplicates, which say nothing
  milepost replay --rebuild fulfilment                   after its changelog was lost, with the lane stopped
  milepost replay --rebuild posting --from-erp           after commands and receipts were lost as well
\b
What a record lacks is published again to the topic it came on, at --rate, and taken in by lane fulfilment in
its turn: nobody writes behind its back, and nothing that was posted is posted again. --from and --to are
UTC and mean when messages arrived. Exit 1 when something differs (still, after it was put right)."""


@click.command(epilog=EPILOG)
@click.option("--order", metavar="ID", default=None, help="One order or load, by any id; a load's orders, too.")
@click.option("--partner", metavar="P", default=None, help="Whom messages of this reporting system concern.")
@click.option(
    "--from",
    "since",
    type=TIME,
    metavar="T",
    default=None,
    help="Whom messages concern that arrived from then on (2026-03-01T06:00Z).",
)
@click.option("--to", "until", type=TIME, metavar="T", default=None, help="... or before then.")
@click.option("--all", "everybody", is_flag=True, help="Every order and load.")
@click.option("--dry-run", is_flag=True, help="Say what differs and change nothing.")
@click.option(
    "--again",
    is_flag=True,
    help="Publish all that was said once more, not only what is missing; nothing to a record that lost its postings.",
)
@click.option("--rate", type=click.FloatRange(1, 10_000), default=RATE_PER_S, show_default=True,
              help="Most messages per second that are published again.")  # fmt: skip
@click.option("--rebuild", type=click.Choice(REBUILT), default=None, help="Write a lost changelog of this lane anew.")
@click.option("--from-erp", is_flag=True, help="rebuild: believe the ERP's list of documents, too.")
@broker_option
def command(
    order: str | None, partner: str | None, since: datetime | None, until: datetime | None, everybody: bool,
    dry_run: bool, again: bool, rate: float, rebuild: str | None, from_erp: bool, broker: str | None,
) -> int:  # fmt: skip
    """Rebuild records from the retained topics, say what differs, and have the lane put it right."""
    from milepost.commands.replay_run import rebuild_lane, replay

    if rebuild is not None:
        if order or partner or since or until or everybody or dry_run or again:
            raise click.UsageError("--rebuild goes with --from-erp and --broker alone")
        if from_erp and rebuild == "reconciliation":
            raise click.UsageError("--from-erp is for fulfilment and posting; reconciliation reads their topics")
        settings = settings_for(broker)
        asyncio.run(rebuild_lane(settings, reachable(settings), rebuild, from_erp))  # type: ignore[arg-type]
        return 0
    if from_erp:
        raise click.UsageError("--from-erp goes with --rebuild")
    scope = _scope(order, partner, since, until, everybody)
    if dry_run and again:
        raise click.UsageError("--again publishes, --dry-run does not: name one")
    settings = settings_for(broker)
    return asyncio.run(replay(settings, reachable(settings), scope, None if dry_run else rate, again=again))


def _scope(
    order: str | None, partner: str | None, since: datetime | None, until: datetime | None, everybody: bool
) -> Scope:
    from milepost.commands.replay_scope import Scope

    named = [order is not None, partner is not None or since is not None or until is not None, everybody]
    if sum(named) != 1:
        raise click.UsageError("name what is to be replayed: --order, or --partner with --from and --to, or --all")
    since, until = (one.replace(tzinfo=UTC) if one else None for one in (since, until))
    if since and until and since >= until:
        raise click.UsageError(f"--from {since:%Y-%m-%dT%H:%MZ} is not before --to {until:%Y-%m-%dT%H:%MZ}")
    return Scope(order=order, partner=partner, since=since, until=until)
