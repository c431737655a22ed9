"""A person's words on deliveries: which are meant, what is said of each, and how it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import click
import msgspec
from milepost.commands.lines import printable
from milepost.commands.verbs import unprintable
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled, DeliveryState, SettledAs
from milepost.contracts.identifiers import ID_MAX_CHARS
from milepost.tables.delivery import Delivery

REASON_MAX_CHARS = 1000
ID_MIN_CHARS = 4
Word = DeliveryRetried | DeliverySettled


class Said(NamedTuple):
    """What is said of one row; ``word`` None: nothing, for ``text`` is so already."""

    row: Delivery
    text: str
    word: Word | None


class Person(NamedTuple):
    """Who speaks, why, and when."""

    actor: str
    reason: str
    at: datetime


def must_be_meant(ids: Sequence[str], filters: dict[str, str | None], actor: str, reason: str) -> None:
    """Refuse in one line, and before any broker is asked, what cannot be meant."""
    if ids and any(filters.values()):
        raise click.UsageError("IDs, or --state with --partner and --order: not both")
    if not ids and not filters["state"]:
        raise click.UsageError("which ones? IDs, or --state, with --partner or --order for some of those")
    if not actor.strip() or not reason.strip():
        raise click.UsageError("--actor and --reason must say something")
    if len(actor) > ID_MAX_CHARS or len(reason) > REASON_MAX_CHARS:
        raise click.UsageError(f"--actor has at most {ID_MAX_CHARS} characters, --reason {REASON_MAX_CHARS}")
    if unclean := unprintable({"--actor": actor, "--reason": reason}):
        raise click.UsageError(f"{unclean} has characters that cannot be printed")


def chosen(rows: Sequence[Delivery], ids: Sequence[str], filters: dict[str, str | None]) -> list[Delivery]:
    """Return the rows that are meant, each owner's in its order. ClickException where there are none."""
    if ids:
        found = [the(rows, one) for one in dict.fromkeys(ids)]
    else:
        found = [row for row in rows if all(getattr(row, name) == value for name, value in filters.items() if value)]
    if not found:
        raise click.ClickException(f"none of {len(rows)} deliveries is so; see `milepost outbox`")
    return sorted(found, key=lambda row: (row.asked_at, row.owner, row.sequence, row.id))


def the(rows: Sequence[Delivery], name: str) -> Delivery:
    """Return the one row whose id is, or begins with, ``name``; ClickException, one line, otherwise."""
    like = [row for row in rows if row.id == name] or [
        row for row in rows if len(name) >= ID_MIN_CHARS and row.id.startswith(name)
    ]
    if len(like) != 1:
        several = f"{len(like)} deliveries begin with {name!r}" if like else f"nothing under the id {name!r} goes"
        raise click.ClickException(several if like else f"{several} to a partner")
    return like[0]


def retried(row: Delivery, who: Person) -> Said:
    """Return the word that sends ``row`` once more. ClickException where there is nothing to try again."""
    if row.state in ("open", "acknowledged"):
        hint = "; first `outbox settle --as given-up`" if row.state == "acknowledged" and row.closing else ""
        raise click.ClickException(f"{row.id} is {row.state}: there is nothing to try again{hint}")
    word = DeliveryRetried(delivery=row.id, owner=row.owner, attempt=row.attempt, **who._asdict())
    return Said(row, f"{row.what} of {row.owner} goes to {row.partner} again (attempt {row.attempt + 1})", word)


def settled(row: Delivery, outcome: SettledAs, who: Person) -> Said:
    """Return the word that closes ``row``. ClickException where the partner itself has said that it has it."""
    known: DeliveryState = row.standing.state
    named = outcome.replace("_", " ")
    if known == "acknowledged" and outcome != "acknowledged":
        raise click.ClickException(f"{row.id} was acknowledged by {row.partner}: nobody can give it up")
    if row.state == outcome:
        by = row.closing.actor if row.closing is not None else row.partner
        return Said(row, f"{row.what} of {row.owner} to {row.partner} is {named} already, by {by}", None)
    word = DeliverySettled(delivery=row.id, owner=row.owner, attempt=row.attempt, of=known, outcome=outcome,
                           **who._asdict())  # fmt: skip
    return Said(row, f"{row.what} of {row.owner} to {row.partner}: {row.state} -> {named}", word)


def say(bootstrap: str, said: Sequence[Said], rate: float, *, dry_run: bool, verb: str) -> None:
    """Print what is said, and send it at most ``rate`` a second."""
    for one in said:
        click.echo(printable(f"{verb} {one.row.id}: {one.text}"))
    words = [one for one in said if one.word is not None]
    if not dry_run and words:
        asyncio.run(_sent(bootstrap, words, rate))
    click.echo(f"{len(words)} {'would be said' if dry_run else 'said'} of {len(said)} deliveries")


async def _sent(bootstrap: str, said: Sequence[Said], rate: float) -> None:
    from milepost.commands.topic_reading import publish
    from milepost.runtime.topic_table import PARTNER_DELIVERIES

    pairs = [(one.row.key or one.row.owner, msgspec.json.encode(one.word)) for one in said]
    at_once = max(1, int(rate))
    for first in range(0, len(pairs), at_once):
        await asyncio.sleep(at_once / rate if first else 0.0)
        await publish(bootstrap, PARTNER_DELIVERIES, pairs[first : first + at_once])


def who_and_which(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a verb is told which rows, by whom and why."""
    for option in reversed(_OPTIONS):
        verb = option(verb)
    return verb


_OPTIONS = (
    click.option("--partner", default=None, help="With --state: only what goes to this partner."),
    click.option("--order", "owner", default=None, help="With --state: only of this order, load/ID or partner/NAME."),
    click.option("--actor", required=True, help="Who decides."),
    click.option("--reason", required=True, help="Why; it stays with the delivery."),
    click.option("--rate", type=click.FloatRange(0.1, 10_000), default=50.0, show_default=True, metavar="N",
                 help="Most words sent per second."),
    click.option("--dry-run", is_flag=True, help="Only show what would be said."),
)  # fmt: skip
