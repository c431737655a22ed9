"""`milepost outbox`: what goes out to partners, how it stands, and what one of them was sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.contracts.identifiers import ID_MAX_CHARS, PARTNER_PREFIX

if TYPE_CHECKING:
    from milepost.tables.delivery import Delivery

STATES = ("open", "unknown", "sent", "acknowledged", "refused", "failed", "overdue", "not_served")
RETRIED = ("unknown", "sent", "refused", "failed", "overdue", "not_served")

EPILOG = """\b
Examples:
  milepost outbox                                    the newest, with how each stands
  milepost outbox --state refused --partner acme-3pl
  milepost outbox --order SO-000017 --json           all of one order or load (load/ID)
  milepost outbox --payload 5f0c...                  the very bytes that went, or go, out
  milepost outbox retry 5f0c... --actor ann --reason "they mended their table"

\b
States: open (to be sent), unknown (sent; nobody can say whether it arrived), sent, acknowledged, refused (by the
partner's system), failed (cannot be written in its form), overdue (not acknowledged in time), not_served (its
dialect is gone). A retry is of what is not open and not acknowledged: it is sent once more under the same id."""


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
        click.get_binary_stream("stdout").write(outbox_shown.payload(_the(rows, payload)))
        return
    fits = [
        row for row in rows
        if partner in (None, row.partner) and state in (None, row.state) and owner in (None, row.owner)
    ]  # fmt: skip
    chosen = sorted(fits, key=lambda row: (row.asked_at, row.owner, row.sequence, row.id))[-limit:]
    outbox_shown.print_all(chosen, len(fits), len(rows), as_json=as_json)


@command.command()
@click.argument("delivery", metavar="ID")
@click.option("--actor", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why; it stays with the delivery.")
@broker_option
@click.pass_context
def retry(context: click.Context, delivery: str, actor: str, reason: str, broker: str | None) -> None:
    """Send one again, under the same id: after its dialect was mended, or a partner asked for it."""
    from datetime import UTC, datetime

    import msgspec
    from milepost.commands.topic_reading import publish
    from milepost.commands.verbs import unprintable
    from milepost.contracts.deliveries import DeliveryRetried
    from milepost.runtime.topic_table import PARTNER_DELIVERIES

    if not actor.strip() or not reason.strip():
        raise click.UsageError("--actor and --reason must say something")
    if unclean := unprintable({"--actor": actor, "--reason": reason}):
        raise click.UsageError(f"{unclean} has characters that cannot be printed")
    bootstrap = reachable(settings_for(broker or context.obj))
    row = _the(asyncio.run(read(bootstrap, None)), delivery)
    if row.state not in RETRIED:
        raise click.ClickException(f"{row.id} is {row.state}: there is nothing to try again")
    word = DeliveryRetried(
        delivery=row.id, owner=row.owner, attempt=row.attempt, actor=actor[:ID_MAX_CHARS], reason=reason[:1000],
        at=datetime.now(UTC),
    )  # fmt: skip
    asyncio.run(publish(bootstrap, PARTNER_DELIVERIES, [(row.key or row.owner, msgspec.json.encode(word))]))
    click.echo(f"retry {row.id}: {row.what} of {row.owner} goes to {row.partner} again (attempt {row.attempt + 1})")


async def read(bootstrap: str, owner: str | None) -> list[Delivery]:
    """Return the rows of the outbox; where an owner is named, only of the partition in which its rows lie."""
    from milepost.commands.topic_reading import latest, partitions_of
    from milepost.runtime.topic_table import DELIVERIES_CHANGELOG
    from milepost.tables.deliveries import decode

    # Answers lie under the partner's own name.
    places = partitions_of([owner.removeprefix(PARTNER_PREFIX)]) if owner is not None else None
    return [decode(value) for value in (await latest(bootstrap, DELIVERIES_CHANGELOG, places)).values()]


def _the(rows: list[Delivery], delivery: str) -> Delivery:
    found = [row for row in rows if row.id == delivery]
    if not found:
        raise click.ClickException(f"nothing under the id {delivery!r} goes to a partner")
    return found[0]
