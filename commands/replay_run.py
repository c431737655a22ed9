"""A replay from its scope to its verdict, and a rebuild of a lane's lost changelog."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
from milepost.commands import looking
from milepost.commands.burning import throttle
from milepost.commands.order_finding import Shelf, find
from milepost.commands.replay_comparing import Compared, compare
from milepost.commands.replay_erp import AtErp, listed
from milepost.commands.replay_lost import Rebuilt, must_be_stopped
from milepost.commands.replay_lost_orders import rebuild_orders
from milepost.commands.replay_lost_postings import rebuild_commands, rebuild_ledgers
from milepost.commands.replay_reading import heard_in, records_in
from milepost.commands.replay_scope import Scope, members_of
from milepost.commands.replay_sending import Sending, read_by_lane, send
from milepost.commands.replay_shown import print_compared, print_unexplained
from milepost.commands.topic_reading import partitions_of
from milepost.contracts.identifiers import is_load, load_key
from milepost.runtime.erp.account import books
from milepost.runtime.erp.protocol import ErpUnavailable
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import COMMANDS_CHANGELOG, LEDGERS_CHANGELOG, LOADS_CHANGELOG, ORDERS_CHANGELOG

if TYPE_CHECKING:
    from milepost.runtime.settings import Settings
    from milepost.runtime.topic_kinds import Lane
    from milepost.workflow.rules import Rules

READ_WITHIN_S = 120.0
LOOKED_AGAIN_AFTER_S = 1.5  # what was only on its way is at its end by then
SESSION_SLACK_S = 5.0
SHOWN_EVERY_S = 5
SETTLED_WITHIN = 5  # looks at what was put right, for answers to come back
CHANGELOGS = {
    "fulfilment": (ORDERS_CHANGELOG, LOADS_CHANGELOG), "posting": (COMMANDS_CHANGELOG,),
    "reconciliation": (LEDGERS_CHANGELOG,),
}  # fmt: skip


async def replay(settings: Settings, bootstrap: str, scope: Scope, rate: float | None, *, again: bool) -> int:
    """Compare, publish what is missing (nothing without a ``rate``), and compare again. The exit code: 1 if it differs.

    ClickException for an id that nobody knows.
    """
    rules = looking.rules_for(settings, Shelf({}), bootstrap)
    owners = await _owners(bootstrap, scope.order) if scope.order is not None else None
    found = await _looked_twice(bootstrap, rules, scope, owners, again)
    print_compared(found)
    if rate is None or not found.sendings:
        return 1 if found.suspects else 0
    await _put_right(settings, bootstrap, found.sendings, rate)
    concerned = {one.owner for one in found.sendings} | found.suspects
    for _ in range(SETTLED_WITHIN):
        found = await compare(bootstrap, rules, Scope(), concerned, _unseen)
        if not (found.suspects or found.moving):
            break
        await asyncio.sleep(LOOKED_AGAIN_AFTER_S)
    click.echo("afterwards:")
    print_compared(found)
    return 1 if found.suspects else 0


async def _looked_twice(bootstrap: str, rules: Rules, scope: Scope, owners: set[str] | None, again: bool) -> Compared:
    """Compare; what differs is looked at once more, for a running lane may have been in the middle of it."""
    found = await compare(bootstrap, rules, scope, owners, _seen, again=again)
    if suspects := found.suspects:
        await asyncio.sleep(LOOKED_AGAIN_AFTER_S)
        second = await compare(bootstrap, rules, Scope(), suspects, _unseen, again=again)
        found.differing, found.lost, found.commands = second.differing, second.lost, second.commands
        found.moving += [owner for owner in second.moving if owner not in found.moving]
        found.sendings = [one for one in found.sendings if one.owner not in suspects] + second.sendings
    return found


async def _owners(bootstrap: str, native_id: str) -> set[str]:
    """The owners known as an id: by their own key from their partition alone, else by any id from all records."""
    keys = {native_id, native_id if is_load(native_id) else load_key(native_id)}
    heard = await heard_in(bootstrap, partitions_of(keys), owners=keys)
    if not heard:
        shelf = Shelf(await records_in(bootstrap, range(PARTITIONS)))
        keys = {record.key for record in find(shelf, native_id)}
        heard = await heard_in(bootstrap, partitions_of(keys), owners=keys) if keys else {}
    if not heard:
        raise click.ClickException(f"nothing here is known as {native_id!r}")
    members = [members_of(one) for owner, one in heard.items() if is_load(owner)]
    return set(heard).union(*members)


async def _put_right(settings: Settings, bootstrap: str, sendings: list[Sending], rate: float) -> None:
    topics = ", ".join(sorted({one.topic for one in sendings}))
    click.echo(
        f"publishing {len(sendings)} messages to {topics}, at most {rate:g} a second, "
        "read by lane fulfilment in its turn, and waiting while the error budget of today's orders burns"
    )
    shown = 0

    def seen(sent: int) -> None:
        nonlocal shown
        if sent == len(sendings) or sent - shown >= SHOWN_EVERY_S * rate:
            shown = sent
            click.echo(f"{sent} of {len(sendings)} published", err=True)

    ends = await send(bootstrap, sendings, rate, seen, throttle(settings, bootstrap, _say).clear)
    if not await read_by_lane(bootstrap, ends, READ_WITHIN_S):
        raise click.ClickException("published, but lane fulfilment has not read it; see `milepost status`")


def _seen(number: int, of: int, found: Compared) -> None:
    click.echo(f"{number} of {of} partitions: {found.owners} compared, {len(found.differing)} differ", err=True)


def _unseen(number: int, of: int, found: Compared) -> None:
    pass


async def rebuild_lane(settings: Settings, bootstrap: str, lane: Lane, from_erp: bool) -> None:
    """Write a lane's table anew. ClickException while it runs, or when the ERP does not answer."""
    from milepost.runtime.topics import create_missing

    await must_be_stopped(bootstrap, lane, settings.session_timeout_s + SESSION_SLACK_S, _say)
    for name in await asyncio.to_thread(create_missing, bootstrap, CHANGELOGS[lane]):
        _say(f"created {name}")
    at_erp = await _at_erp(settings) if from_erp else None
    if lane == "fulfilment":
        rules = looking.rules_for(settings, Shelf({}), bootstrap)
        done = await rebuild_orders(bootstrap, rules, _say, at_erp)
    elif lane == "posting":
        done = await rebuild_commands(bootstrap, _say, at_erp)
    else:
        done = await rebuild_ledgers(bootstrap, _say)
    _print_rebuilt(lane, done)
    if at_erp is not None:
        print_unexplained(at_erp)


async def _at_erp(settings: Settings) -> AtErp:
    _say(f"waiting {settings.erp_longest_processing_s:g} s: so long the ERP may still book what nobody waits for")
    erp = books(settings)
    try:
        return await listed(erp, settings.erp_longest_processing_s)
    except ErpUnavailable as error:
        raise click.ClickException(f"the ERP at {settings.erp_url} does not list its documents: {error}") from None
    finally:
        await erp.close()


def _print_rebuilt(lane: Lane, done: Rebuilt) -> None:
    click.echo(f"lane {lane}: {done.rows} rows written, {done.left} were as they should be, {done.skipped} skipped")
    click.echo(f"{done.open} commands wait for the ERP's answer, {done.unposted} of them were never sent")
    click.echo(
        f"{done.outputs} messages published that had not been heard; offsets stay as they are: start the lane now"
    )


def _say(line: str) -> None:
    click.echo(line, err=True)
