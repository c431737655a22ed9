"""`milepost act`: what a person decides, as an event with actor and reason."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import click
from milepost.commands.options import broker_option, reachable, settings_for

ACTS = ("hold", "release", "cancel", "reprocess", "resolve", "retry")
NEEDED = {
    "release": {"cause": "--cause (what `milepost order` shows beside the hold)"},
    "resolve": {"key": "--key (the fact in conflict)", "payload": "--payload (the digest of the payload that counts)"},
    "retry": {"posting": "--posting (the id of the rejected posting)"},
}
SOURCE = "operator"

EPILOG = """\b
Examples:
  milepost act hold    SO-0001 --actor ann --reason "credit check"
  milepost act release SO-0001 --actor ann --reason "ship short" --cause short/SO-0001/1/1
  milepost act cancel  SO-0001 --actor ann --reason "customer called"
  milepost act resolve SO-0001 --actor ann --reason "scan was wrong" --key pick/SO-0001/1/1 --payload 3f2a...
  milepost act retry   SO-0001 --actor ann --reason "period opened" --posting 91c0... --attempt 0
  milepost act reprocess SO-0001 --actor ann --reason "ERP was restored"

OWNER is an order id, or load/ID. Release, resolve and retry name exactly what you saw:
they never cover what came later."""


@click.command(epilog=EPILOG)
@click.argument("act", type=click.Choice(ACTS))
@click.argument("owner")
@click.option("--actor", required=True, help="Who decides.")
@click.option("--reason", required=True, help="Why; it stays in the timeline.")
@click.option("--cause", multiple=True, help="release: key of the fact that holds; repeatable.")
@click.option("--key", default=None, help="resolve: key of the fact in conflict.")
@click.option("--payload", default=None, help="resolve: digest of the payload that counts.")
@click.option("--posting", default=None, help="retry: id of the rejected posting.")
@click.option("--attempt", type=click.IntRange(0, 1000), default=0, show_default=True, help="retry: which attempt.")
@broker_option
def command(
    act: str, owner: str, actor: str, reason: str, cause: tuple[str, ...], key: str | None, payload: str | None,
    posting: str | None, attempt: int, broker: str | None,
) -> None:  # fmt: skip
    """ACT (hold, release, cancel, reprocess, resolve, retry) on OWNER."""
    import msgspec
    from milepost.codecs.canonical import decode, encode
    from milepost.codecs.errors import DecodeError
    from milepost.commands.topic_reading import publish
    from milepost.runtime.topic_table import PARTNER_EVENTS

    given = {"cause": cause, "key": key, "payload": payload, "posting": posting}
    missing = [option for name, option in NEEDED.get(act, {}).items() if not given[name]]
    if missing:
        raise click.UsageError(f"{act} needs {' and '.join(missing)}")
    said = {"actor": actor, "reason": reason}
    match act:
        case "release":
            said_more: dict[str, object] = {"causes": sorted(set(cause))}
        case "resolve":
            said_more = {"key": key, "payload": payload}
        case "retry":
            said_more = {"posting": posting, "attempt": attempt}
        case _:
            said_more = {}
    body = {"type": f"control.{act}", **said, **said_more}
    try:
        event = decode(msgspec.json.encode(_envelope(act, owner, body)))
    except DecodeError as error:
        raise click.UsageError(str(error)) from None
    bootstrap = reachable(settings_for(broker))
    asyncio.run(publish(bootstrap, PARTNER_EVENTS, [(owner, encode(event))]))
    click.echo(f"{act} {owner}: sent as {event.business_key}")


def _envelope(act: str, owner: str, body: dict[str, object]) -> dict[str, object]:
    from milepost.contracts.identifiers import digest

    now = datetime.now(UTC).replace(microsecond=0)
    # What was decided and when names the fact: the same decision sent twice within a second is one decision.
    named = digest(owner, body, now.isoformat())
    return {
        "event_id": f"{SOURCE}/{named}", "business_key": f"{act}/{named}", "owner": owner,
        "occurred_at": now.isoformat(), "source": SOURCE, "body": body,
    }  # fmt: skip
