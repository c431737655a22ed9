"""`milepost act`: what a person decides, as an event with actor and reason; what would follow, and what did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.commands.verbs import FIELDS, OUTCOMES, VERBS, body_of, unwanted

if TYPE_CHECKING:
    from milepost.contracts.events import Event
    from milepost.runtime.settings import Settings

SOURCE = "operator"
TIME = click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"])

EPILOG = """\b
Verbs:
{verbs}
\b
Examples:
  milepost act hold     SO-0001 --actor ann --reason "credit check" --scope posting/customer_invoice
  milepost act release  SO-0001 --actor ann --reason "ship short" --cause short/SO-0001/1/1 --dry-run
  milepost act shortage SO-0001 --actor ann --reason "phoned" --cause short/SO-0001/1/1 --outcome back_order
  milepost act resolve  SO-0001 --actor ann --reason "scan was wrong" --key pick/SO-0001/1/1 --payload 3f2a...
  milepost act retry    SO-0001 --actor ann --reason "item was locked" --posting 91c0... --attempt 0
  milepost act snooze   SO-0001 --actor ann --reason "asked them" --exception 77aa... --until 2026-03-09T08:00Z
  milepost act skip     SO-0001 --actor ann --reason "booked by hand, doc 4711" --step goods_issue/SH-00001N
  milepost act override load/L-1 --actor bob --reason "agreed by phone" --field freight_amount --amount 125000

OWNER is an order id, or load/ID. What you name is what you saw: nothing covers what came later.
--dry-run prints the commands and instructions that would follow, and sends nothing. Otherwise the state that
the lane has reached after your word is printed, once it has read it."""


@click.command(epilog=EPILOG.format(verbs="\n".join(f"  {name:<12}{verb.help}" for name, verb in VERBS.items())))
@click.argument("verb", type=click.Choice(tuple(VERBS)), metavar="VERB")
@click.argument("owner")
@click.option("--actor", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why; it stays in the timeline.")
@click.option("--dry-run", is_flag=True, help="Only show what would follow.")
@click.option("--wait", "wait_s", type=click.FloatRange(0, 600), default=10.0, show_default=True,
              help="How many seconds to wait for the lane to read it; 0: do not.")  # fmt: skip
@click.option("--cause", multiple=True, help="release, shortage, approve: key of the fact that holds; repeatable.")
@click.option("--key", default=None, help="resolve: key of the fact in conflict.")
@click.option("--payload", default=None, help="resolve: digest of the payload that counts.")
@click.option("--posting", default=None, help="retry: id of the rejected posting.")
@click.option("--attempt", type=click.IntRange(0, 1000), default=None, help="retry: which attempt (the first is 0).")
@click.option("--outcome", type=click.Choice(OUTCOMES), default=None, help="shortage: what becomes of it.")
@click.option("--node", default=None, help="shortage, reallocate: where to.")
@click.option("--item", default=None, help="shortage, substitute: by what.")
@click.option("--field", type=click.Choice(FIELDS), default=None, help="override: what is set.")
@click.option("--subject", default=None, help="override: of which fact or chain.")
@click.option("--amount", type=click.IntRange(0, 10**15), default=None, help="override: in minor units.")
@click.option("--exception", default=None, help="acknowledge, assign, snooze: the exception's id.")
@click.option("--queue", default=None, help="assign: whose move it is from now on.")
@click.option("--until", type=TIME, default=None, help="snooze; hold: when it escalates. UTC, 2026-03-09T08:00Z.")
@click.option("--scope", default=None, help="hold: node/N, shipment/S or posting/KIND; else everything.")
@click.option("--step", default=None, help="skip: a chain, milestone/RUNG or deadline/KIND.")
@click.option("--chain", multiple=True, help="compensate: which chains; all without. Repeatable.")
@click.option("--order", default=None, help="link: the order the facts belong to.")
@click.option("--policy", default=None, help="migrate: the policy version.")
@broker_option
def command(
    verb: str, owner: str, actor: str, reason: str, dry_run: bool, wait_s: float, broker: str | None, **options: object
) -> None:
    """Do VERB on OWNER."""
    from milepost.codecs.canonical import encode
    from milepost.commands import act_shown
    from milepost.commands.topic_reading import publish
    from milepost.runtime.topic_table import PARTNER_EVENTS

    event = _event(verb, owner, actor, reason, options)
    settings = settings_for(broker)
    if dry_run:
        act_shown.print_trial(*_looked_at(settings, owner, named=broker is not None), event)
        return
    bootstrap = reachable(settings)
    asyncio.run(publish(bootstrap, PARTNER_EVENTS, [(owner, encode(event))]))
    click.echo(f"{verb} {owner}: sent as {event.business_key}")
    if wait_s:
        record = asyncio.run(act_shown.taken_in(bootstrap, owner, event.business_key, wait_s))
        act_shown.print_state(record, _rules(settings, bootstrap), owner)


def _event(verb: str, owner: str, actor: str, reason: str, options: dict[str, object]) -> Event:
    """The verb's event; UsageError names what is missing, too much, or of the wrong form."""
    import msgspec
    from milepost.codecs.canonical import decode
    from milepost.codecs.errors import DecodeError

    if too_much := unwanted(verb, options):
        raise click.UsageError(f"{verb} takes no {' and no '.join(f'--{option}' for option in too_much)}")
    if verb in ("shortage", "approve") and len(options["cause"]) > 1:  # type: ignore[arg-type]
        raise click.UsageError(f"{verb} is about one --cause")
    if isinstance(until := options.get("until"), datetime):
        options["until"] = until.replace(tzinfo=UTC).isoformat()
    try:
        body = body_of(verb, actor, reason, options)
    except KeyError as missing:
        raise click.UsageError(f"{verb} needs --{missing.args[0]}") from None
    try:
        return decode(msgspec.json.encode(_envelope(verb, owner, body)))
    except DecodeError as error:
        raise click.UsageError(str(error)) from None


def _envelope(verb: str, owner: str, body: dict[str, object]) -> dict[str, object]:
    from milepost.contracts.identifiers import digest

    now = datetime.now(UTC).replace(microsecond=0)
    # What was decided and when names the fact: the same decision sent twice within a second is one decision.
    named = digest(owner, body, now.isoformat())
    return {
        "event_id": f"{SOURCE}/{named}", "business_key": f"{verb}/{named}", "owner": owner,
        "occurred_at": now.isoformat(), "source": SOURCE, "body": body,
    }  # fmt: skip


def _looked_at(settings: Settings, owner: str, *, named: bool) -> tuple[object, object]:
    """The owner's record (an empty one if nothing is known) and the rules."""
    from milepost.commands import looking
    from milepost.workflow.record import Record, decode

    shelf, bootstrap = looking.shelf_for(settings, named=named)
    record = decode(shelf.records[owner]) if owner in shelf.records else Record(owner)
    rules = looking.rules_for(settings, shelf, bootstrap)
    looking.must_know(record, rules)
    return record, rules


def _rules(settings: Settings, bootstrap: str) -> object:
    from milepost.commands import looking
    from milepost.commands.order_finding import Shelf

    return looking.rules_for(settings, Shelf({}), bootstrap)
