"""`milepost act`: what a person decides, as an event with actor and reason; what would follow, and what did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.commands.verbs import FIELDS, OUTCOMES, VERBS, body_of, contradictions, unprintable, unwanted

if TYPE_CHECKING:
    from milepost.contracts.events import Event
    from milepost.runtime.settings import Settings
    from milepost.workflow.record import Record
    from milepost.workflow.rules import Rules

SOURCE = "operator"
LOAD_PREFIX = "load/"
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
--dry-run prints the commands, instructions and exceptions that would follow, and sends nothing. Otherwise what
did follow is printed, and the state that the lane has reached with your word."""


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
    from milepost.commands import act_shown, looking
    from milepost.commands.act_sent import send
    from milepost.commands.order_finding import Shelf
    from milepost.workflow.record import Record

    event = _event(verb, owner, actor, reason, options)
    settings = settings_for(broker)
    if dry_run:
        act_shown.print_trial(*_looked_at(settings, owner, named=broker is not None), event)
        return
    bootstrap = reachable(settings)
    _must_be_meant(bootstrap, owner)
    taken = asyncio.run(send(bootstrap, event, encode(event), wait_s))
    click.echo(f"{verb} {owner}: sent as {event.business_key}")
    if taken.before is None:
        click.echo(f"nothing was known of {owner}: the word waits for its facts", err=True)
    if taken.after is not None:
        rules = looking.rules_for(settings, Shelf({}), bootstrap)
        looking.must_know(taken.after, rules)
        act_shown.print_done(taken.before or Record(owner), taken.after, rules, event)
    elif wait_s:
        raise click.ClickException(f"{owner}: no lane has read it yet; see `milepost status`, `milepost order {owner}`")


def _must_be_meant(bootstrap: str, owner: str) -> None:
    """Refuse a load that is named without its prefix: the word would wait for an order of that name for ever."""
    from milepost.commands.act_sent import known

    if not owner.startswith(LOAD_PREFIX) and asyncio.run(known(bootstrap, LOAD_PREFIX + owner)) is not None:
        raise click.UsageError(f"{owner} is a load: name it {LOAD_PREFIX}{owner}")


def _event(verb: str, owner: str, actor: str, reason: str, options: dict[str, object]) -> Event:
    """The verb's event; UsageError names what is missing, too much, or of the wrong form."""
    import msgspec
    from milepost.codecs.canonical import decode
    from milepost.codecs.errors import DecodeError

    if too_much := unwanted(verb, options):
        raise click.UsageError(f"{verb} takes no {' and no '.join(f'--{option}' for option in too_much)}")
    if verb in ("shortage", "approve") and len(options["cause"]) > 1:  # type: ignore[arg-type]
        raise click.UsageError(f"{verb} is about one --cause")
    said = {"OWNER": owner, "--actor": actor, "--reason": reason} | {f"--{k}": v for k, v in options.items()}
    if unclean := unprintable(said):
        raise click.UsageError(f"{unclean} has characters that cannot be printed")
    options = {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
               for name, value in options.items()}  # fmt: skip
    try:
        body = body_of(verb, actor, reason, options)
    except KeyError as missing:
        raise click.UsageError(f"{verb} needs --{missing.args[0]}") from None
    for wrong in contradictions(verb, owner, body, datetime.now(UTC)):
        raise click.UsageError(wrong)
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


def _looked_at(settings: Settings, owner: str, *, named: bool) -> tuple[Record, Rules]:
    """The owner's record (an empty one if nothing is known) and the rules."""
    from milepost.commands import looking
    from milepost.workflow.record import Record
    from milepost.workflow.reopening import whole

    shelf, bootstrap = looking.shelf_for(settings, named=named)
    if owner not in shelf.records and LOAD_PREFIX + owner in shelf.records:
        raise click.UsageError(f"{owner} is a load: name it {LOAD_PREFIX}{owner}")
    record = whole(shelf.records[owner], shelf.journal.get(owner, ())) if owner in shelf.records else Record(owner)
    rules = looking.rules_for(settings, shelf, bootstrap)
    looking.must_know(record, rules)
    return record, rules
