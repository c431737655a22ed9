"""`milepost outbox`: what goes out to partners, how it stands, and what one of them was sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands import outbox_said
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.contracts.identifiers import PARTNER_PREFIX

if TYPE_CHECKING:
    from milepost.contracts.deliveries import SettledAs
    from milepost.tables.delivery import Delivery

STATES = ("open", "unknown", "sent", "acknowledged", "refused", "failed", "overdue", "not_served", "given_up")
RETRIED = ("unknown", "sent", "refused", "failed", "overdue", "not_served", "given_up")
CLOSED = ("open", "unknown", "sent", "refused", "failed", "overdue", "not_served")

EPILOG = """\b
Examples:
  milepost outbox                                    the newest, with how each stands
  milepost outbox --state refused --partner acme-3pl
  milepost outbox --order SO-000017 --json           all of one order or load (load/ID)
  milepost outbox --payload 5f0c...                  the very bytes that went, or go, out
  milepost outbox retry 5f0c --actor ann --reason "they mended their table"
  milepost outbox retry --state refused --partner acme-3pl --actor ann --reason "table mended" --dry-run
  milepost outbox settle 5f0c --as acknowledged --actor ann --reason "phoned: they have it"
  milepost outbox settle 5f0c --as given-up --actor ann --reason "told them by mail"

\b
States: open (to be sent), unknown (sent; nobody can say whether it arrived), sent, acknowledged, refused (by the
partner's system), failed (cannot be written in its form), overdue (not acknowledged in time), not_served (its
dialect is gone), given_up (by a person). A retry is of what is not open and not acknowledged: it is sent once more
under the same id. An id may be shortened to its first characters."""


@click.group(epilog=EPILOG, invoke_without_command=True)
@click.option("--partner", default=None, help="Only what goes to this partner.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only what stands so.")
@click.option("--order", "owner", default=None, help="Only of this order, load/ID, or partner/NAME for answers.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many.")
@click.option("--payload", "payload", metavar="ID", default=None, help="Print the bytes of one, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@broker_option
@click.pass_context
def command(
    context: click.Context, partner: str | None, state: str | None, owner: str | None, limit: int,
    payload: str | None, as_json: bool, broker: str | None,
) -> None:  # fmt: skip
    """Show what is sent to partners."""
    if context.invoked_subcommand is not None:
        context.obj = broker
        return
    from milepost.commands import outbox_shown

    rows = asyncio.run(read(reachable(settings_for(broker)), owner))
    if payload is not None:
        click.get_binary_stream("stdout").write(outbox_shown.payload(outbox_said.the(rows, payload)))
        return
    fits = [
        row for row in rows
        if partner in (None, row.partner) and state in (None, row.state) and owner in (None, row.owner)
    ]  # fmt: skip
    chosen = sorted(fits, key=lambda row: (row.asked_at, row.owner, row.sequence, row.id))[-limit:]
    outbox_shown.print_all(chosen, len(fits), len(rows), as_json=as_json)


@command.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--state", type=click.Choice(RETRIED), default=None, help="All that stand so.")
@outbox_said.who_and_which
@broker_option
@click.pass_context
def retry(
    context: click.Context, ids: tuple[str, ...], state: str | None, partner: str | None, owner: str | None, actor: str,
    reason: str, rate: float, broker: str | None, *, dry_run: bool,
) -> None:  # fmt: skip
    """Send some again, under the same id: after a dialect was mended, or a partner asked for it.

    By ID, or all of a --state. Of what nobody knows whether it arrived (unknown) it may be the second time.
    """
    filters = {"state": state, "partner": partner, "owner": owner}
    outbox_said.must_be_meant(ids, filters, actor, reason)
    bootstrap = reachable(settings_for(broker or context.obj))
    who = outbox_said.Person(actor, reason, datetime.now(UTC))
    rows = outbox_said.chosen(asyncio.run(read(bootstrap, owner)), ids, filters)
    said = [outbox_said.retried(row, who) for row in rows]
    outbox_said.say(bootstrap, said, rate, dry_run=dry_run, verb="retry")


@command.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--as", "outcome", type=click.Choice(("acknowledged", "given-up")), required=True,
              help="The partner has it, as you know from elsewhere; or nobody will send it again.")  # fmt: skip
@click.option("--state", type=click.Choice(CLOSED), default=None, help="All that stand so.")
@outbox_said.who_and_which
@broker_option
@click.pass_context
def settle(
    context: click.Context, ids: tuple[str, ...], outcome: str, state: str | None, partner: str | None,
    owner: str | None, actor: str, reason: str, rate: float, broker: str | None, *, dry_run: bool,
) -> None:  # fmt: skip
    """Close some by your word: their exceptions end, and nothing is sent any more.

    It counts for exactly the attempt that was seen. What the partner says later, and otherwise, counts all the same: an
    acknowledgement always, a refusal of what was settled as acknowledged, an acceptance of what was given up unsent.
    """
    as_: SettledAs = "acknowledged" if outcome == "acknowledged" else "given_up"
    filters = {"state": state, "partner": partner, "owner": owner}
    outbox_said.must_be_meant(ids, filters, actor, reason)
    bootstrap = reachable(settings_for(broker or context.obj))
    who = outbox_said.Person(actor, reason, datetime.now(UTC))
    rows = outbox_said.chosen(asyncio.run(read(bootstrap, owner)), ids, filters)
    said = [outbox_said.settled(row, as_, who) for row in rows]
    outbox_said.say(bootstrap, said, rate, dry_run=dry_run, verb="settle")


async def read(bootstrap: str, owner: str | None) -> list[Delivery]:
    """Return the rows of the outbox; where an owner is named, only of the partition in which its rows lie."""
    from milepost.commands.topic_reading import latest, partitions_of
    from milepost.runtime.topic_table import DELIVERIES_CHANGELOG
    from milepost.tables.deliveries import decode

    # Answers lie under the partner's own name.
    places = partitions_of([owner.removeprefix(PARTNER_PREFIX)]) if owner is not None else None
    return [decode(value) for value in (await latest(bootstrap, DELIVERIES_CHANGELOG, places)).values()]
