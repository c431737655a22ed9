"""`milepost dead-letters`: what was refused, why, and what became of it; mended, sent again or given up by a person."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click
from milepost.commands.dead_letters_chosen import chosen, filter_options, filters_of, sending_filter_options
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.commands.verbs import unprintable

if TYPE_CHECKING:
    from milepost.commands.dead_letters_folded import Folded

EPILOG = """\b
Examples:
  milepost dead-letters list --state open --partner acme-3pl
  milepost dead-letters show 5f0c
  milepost dead-letters show 5f0c --raw > letter.edi
  milepost dead-letters edit 5f0c --set body.quantity=4 --actor ann --reason "typo, they phoned" --dry-run
  milepost dead-letters redrive --reason-is unmapped_status --actor ann --reason "table mended" --dry-run
  milepost dead-letters redrive 5f0c 77aa --actor ann --reason "table mended" --rate 20
  milepost dead-letters discard 5f0c --actor ann --reason "their test"

\b
States: open; redriven, sent again and not refused since; discarded. What is refused again is open again, and the same
letter. An id may be shortened to its first characters. docs/dead-letters.md goes through it step by step."""

RATE = click.FloatRange(0.1, 10_000)


@click.group(epilog=EPILOG)
def command() -> None:
    """Show dead letters; mend them, send them again, or give them up."""


def who_and_why(verb: Any) -> Any:
    verb = click.option("--reason", "why", required=True, help="Why; it is kept with the letter.")(verb)
    return click.option("--actor", required=True, help="Who decides.")(verb)


@command.command("list")
@filter_options
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@broker_option
def list_(limit: int, as_json: bool, broker: str | None, **given: Any) -> None:
    """List dead letters, the newest last."""
    from milepost.commands import dead_letters_shown

    filters = filters_of(given)
    bootstrap = reachable(settings_for(broker))
    found = asyncio.run(_read(bootstrap, filters.key))
    letters = sorted(chosen(found, (), filters), key=lambda one: (one.last_seen, one.id))
    dead_letters_shown.print_list(letters, found, limit, as_json=as_json)
    if not as_json:
        dead_letters_shown.print_waiting(asyncio.run(_waiting(bootstrap)))


@command.command()
@click.argument("letter", metavar="ID")
@click.option("--raw", is_flag=True, help="Write its bytes, and nothing else, to the standard output.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, the bytes in base64.")
@broker_option
def show(letter: str, raw: bool, as_json: bool, broker: str | None) -> None:
    """Show one: place, reason, bytes (hex if they are no text) and history."""
    from milepost.commands import dead_letters_shown
    from milepost.commands.dead_letters_chosen import the
    from milepost.commands.dead_letters_reading import bytes_of

    bootstrap = reachable(settings_for(broker))
    one = the(asyncio.run(_read(bootstrap)), letter)
    whole = asyncio.run(bytes_of(bootstrap, [one]))[0]
    if raw:
        click.get_binary_stream("stdout").write(whole.value)
        return
    dead_letters_shown.print_one(one, whole, as_json=as_json)


@command.command()
@click.argument("letter", metavar="ID")
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False), default=None, help="The mended bytes.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Of JSON: a value set; repeatable.")
@click.option("--new-key", default="", help="Send it under another key: of one that was keyed wrongly.")
@who_and_why
@click.option("--dry-run", is_flag=True, help="Only show what it would say.")
@broker_option
def edit(
    letter: str, file: str | None, sets: tuple[str, ...], new_key: str, actor: str, why: str, dry_run: bool,
    broker: str | None,
) -> None:  # fmt: skip
    """Keep a mended copy of its bytes: from a file, by values set, else from $EDITOR. It is sent by `redrive`."""
    from milepost.commands.dead_letters_edited import edited

    _must_say(actor, why)
    settings = settings_for(broker)
    asyncio.run(edited(settings, reachable(settings), letter, file, sets, new_key, actor, why, dry_run=dry_run))


@command.command()
@click.argument("letters", metavar="[ID]...", nargs=-1)
@sending_filter_options
@click.option("--reason-is", default=None, help="Only refused for this reason (--reason says why you send it).")
@who_and_why
@click.option("--rate", type=RATE, default=50.0, show_default=True, metavar="N", help="Most letters sent per second.")
@click.option("--wait", "wait_s", type=click.FloatRange(1, 3600), default=30.0, show_default=True,
              help="How many seconds to wait until the lane has read them.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only show what each would say now.")
@broker_option
def redrive(
    letters: tuple[str, ...], reason_is: str | None, actor: str, why: str, rate: float, wait_s: float, dry_run: bool,
    broker: str | None, **given: Any,
) -> None:  # fmt: skip
    """Send letters to where they came from, in the order of their first places, and say what became of each.

    Without ids and filters it only brings back what waits behind letters that are closed. Exit 1 where one is refused
    again, or the lane has not read them in time.
    """
    from milepost.commands import dead_letters_redriven as sending

    _must_say(actor, why)
    filters = filters_of(given | {"reason": reason_is}, state=None if letters else "open")
    settings = settings_for(broker)
    bootstrap = reachable(settings)
    found = asyncio.run(_read(bootstrap, filters.key if not letters else None))
    asked = bool(letters) or any(value is not None for value in (*given.values(), reason_is))
    wanted = chosen(found, letters, filters) if asked else []
    if asked and not wanted:
        raise click.ClickException(
            f"no letter that is open fits ({len(found.letters)} letters, {found.read} records)"
        )
    if dry_run:
        good = asyncio.run(sending.tried(settings, bootstrap, wanted))
    else:
        good = asyncio.run(sending.sent(bootstrap, wanted, actor, why, rate, wait_s))
    if not good:
        raise SystemExit(1)


@command.command()
@click.argument("letters", metavar="ID...", nargs=-1, required=True)
@who_and_why
@click.option("--wait", "wait_s", type=click.FloatRange(1, 3600), default=30.0, show_default=True,
              help="How many seconds to wait until the lane has read it.")  # fmt: skip
@broker_option
def discard(letters: tuple[str, ...], actor: str, why: str, wait_s: float, broker: str | None) -> None:
    """Give letters up: nobody will send them. What waits behind them comes back."""
    from milepost.commands import dead_letters_redriven as sending
    from milepost.commands.dead_letters_chosen import Filters

    _must_say(actor, why)
    bootstrap = reachable(settings_for(broker))
    wanted = chosen(asyncio.run(_read(bootstrap)), letters, Filters())
    asyncio.run(sending.discarded(bootstrap, wanted, actor, why, wait_s))


async def _read(bootstrap: str, key: str | None = None) -> Folded:
    from milepost.commands.dead_letters_folded import folded
    from milepost.commands.topic_reading import partitions_of

    return await folded(bootstrap, partitions_of([key]) if key is not None else None)


async def _waiting(bootstrap: str) -> Any:
    from milepost.commands.dead_letters_reading import waiting_rows

    return await waiting_rows(bootstrap)


def _must_say(actor: str, why: str) -> None:
    if not actor.strip() or not why.strip():
        raise click.UsageError("--actor and --reason must say something")
    if len(actor) > 200 or len(why) > 1000:
        raise click.UsageError("--actor has at most 200 characters, --reason at most 1000")
    if unclean := unprintable({"--actor": actor, "--reason": why}):
        raise click.UsageError(f"{unclean} has characters that cannot be printed")
