"""`milepost partner settle`: a person's word on what is open of a partner, where nothing closes it by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.exceptions import columns, concerns, latest_exceptions, shows
from milepost.commands.lines import printable
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.commands.verbs import unprintable
from milepost.contracts.identifiers import ID_MAX_CHARS

if TYPE_CHECKING:
    from milepost.contracts.reports import ExceptionRaised

SETTLED = ("DATA_QUALITY", "OWNERSHIP_VIOLATION", "UNMAPPED_STATUS", "WEBHOOK_GAP")
"""Types of a partner that a person may close. All others close with what they are about."""
TEXT_MAX_CHARS = 1000
REASON_MAX_CHARS = 300
TIME = click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"])

EPILOG = """\b
Examples:
  milepost exceptions --partner acme
  milepost partner settle acme --type UNMAPPED_STATUS --actor ann --reason "X9 is mapped, letters sent again"
  milepost partner settle acme --id 77aa... --until 2026-04-01T08:00Z --actor ann --reason "they mend it by then"
  milepost partner settle acme --acknowledge --actor ann --reason "asked them"
NAME is a partner's, or of an OWNERSHIP_VIOLATION that of the source.
What is settled opens again when a message has it again. With --until it sleeps until then, whatever comes; with
--acknowledge it stays open, and is that person's. Deliveries are settled by `milepost outbox settle`.
Exit 1 when nothing of it is open."""


@click.command(epilog=EPILOG)
@click.argument("name")
@click.option("--type", "type_", type=click.Choice(SETTLED), default=None, help="Only this type.")
@click.option("--id", "id_", default=None, help="Only this exception.")
@click.option("--until", type=TIME, default=None, help="Let it sleep until then. UTC, 2026-03-09T08:00Z.")
@click.option("--acknowledge", is_flag=True, help="Leave it open: it is looked at.")
@click.option("--actor", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why; it stays with the exception.")
@click.option("--dry-run", is_flag=True, help="Only show what would be settled.")
@broker_option
def command(
    name: str, type_: str | None, id_: str | None, until: datetime | None, acknowledge: bool, actor: str, reason: str,
    dry_run: bool, broker: str | None,
) -> None:  # fmt: skip
    """Close what is open of partner NAME and nothing closes by itself: flaws of its messages, words without meaning."""
    _must_be_meant({"NAME": name, "--actor": actor, "--reason": reason})
    if until is not None and acknowledge:
        raise click.UsageError("--until and --acknowledge are two things")
    bootstrap = reachable(settings_for(broker))
    found = chosen(asyncio.run(latest_exceptions(bootstrap)), name, type_, id_)
    if not found:
        raise click.ClickException(f"nothing of that is open of {name}; see `milepost exceptions --partner {name}`")
    said = [settled(one, actor, reason, until and until.replace(tzinfo=UTC), acknowledge=acknowledge) for one in found]
    for one in said:
        click.echo(printable("  ".join(columns(one))))
    if not dry_run:
        asyncio.run(_send(bootstrap, said))
    click.echo(f"{len(said)} {'would be said' if dry_run else 'said'} of partner/{name}")


def chosen(
    found: Iterable[ExceptionRaised], partner: str, type_: str | None = None, id_: str | None = None
) -> list[ExceptionRaised]:  # fmt: skip
    """Return what a person may settle of a partner and is open; what sleeps only by its id."""
    return [
        one for one in found
        if concerns(one, partner) and one.type in SETTLED and one.open and (shows(one) or one.id == id_)
        and type_ in (None, one.type) and id_ in (None, one.id)
    ]  # fmt: skip


def settled(
    one: ExceptionRaised, actor: str, reason: str, until: datetime | None = None, *, acknowledge: bool = False
) -> ExceptionRaised:  # fmt: skip
    """Return the exception with a person's word on it."""
    import msgspec

    text = f"{actor}: {reason[:REASON_MAX_CHARS]}; {one.text}"[:TEXT_MAX_CHARS]
    if acknowledge or until is not None:
        status = "acknowledged" if acknowledge else "snoozed"
        return msgspec.structs.replace(one, text=text, status=status, acknowledged_by=actor, snoozed_until=until)
    return msgspec.structs.replace(
        one, text=text, open=False, status="resolved", resolution="settled", resolved_by=actor, snoozed_until=None
    )


def _must_be_meant(said: dict[str, str]) -> None:
    for name, value in said.items():
        if not value.strip():
            raise click.UsageError(f"{name} is needed")
    if len(said["--actor"]) > ID_MAX_CHARS:
        raise click.UsageError(f"--actor has more than {ID_MAX_CHARS} characters")
    if unclean := unprintable(said):
        raise click.UsageError(f"{unclean} has characters that cannot be printed")


async def _send(bootstrap: str, said: Iterable[ExceptionRaised]) -> None:
    import msgspec
    from milepost.commands.topic_reading import publish
    from milepost.runtime.topic_table import ORDERS_EXCEPTIONS

    await publish(bootstrap, ORDERS_EXCEPTIONS, [(one.owner, msgspec.json.encode(one)) for one in said])
