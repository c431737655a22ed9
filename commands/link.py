"""`milepost link`: what a native id means by a person's word, and what waits on it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import get_args

import click
from milepost.commands.options import broker_option, reachable, settings_for
from milepost.commands.verbs import unprintable
from milepost.contracts.identifiers import NO_OWNERS
from milepost.contracts.references import BY_HAND, Linked, Reference, ReferenceKind

KINDS = get_args(ReferenceKind)
SOURCE = "operator"

EPILOG = """\b
Examples:
  milepost link pro ABCD 0047110815 SO-0001 --shipment SH-00001N --actor ann --reason "carrier's mail"
  milepost link pro ABCD 0047110815 load/LD-17 --actor ann --reason "phoned" --dry-run
  milepost link pro ABCD 0047110815 SO-0001 --shipment SH-00001N --actor ann --reason "typo" --unlink
  milepost link pro ABCD 0047110815 SO-0002 --shipment SH-00002N --actor ann --reason "typo" --only
  milepost link pro ABCD 0047110815 --show
ISSUER is whose number it is: the partner, a carrier's SCAC, or own. KIND is one of:
  {kinds}.
A person's word stands whatever plans and systems say, until a person takes it back. What an order heard by a link
counts there while the link stands: taken back, a delivery is no longer proven by it and is not billed.
--dry-run prints what would be told, and sends nothing. Exit 1 when no lane has read the word in time."""


@click.command(epilog=EPILOG.format(kinds=", ".join(KINDS)))
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.argument("issuer")
@click.argument("value")
@click.argument("owner", required=False)
@click.option("--shipment", default="", help="Which shipment of the order; a proof of delivery needs it.")
@click.option("--instruction", default="", help="Of a control number: the instruction that went out under it.")
@click.option("--actor", default="", help="Who decides.")
@click.option("--reason", default="", help="Why; it stays with the link.")
@click.option("--unlink", is_flag=True, help="It does not mean that, whoever says so.")
@click.option("--only", is_flag=True, help="Whatever else it meant, it does not mean.")
@click.option("--show", is_flag=True, help="Only show what it means, and what waits on it.")
@click.option("--dry-run", is_flag=True, help="Only show what would be told.")
@click.option("--wait", "wait_s", type=click.FloatRange(0, 600), default=10.0, show_default=True,
              help="How many seconds to wait for the lane to read it; 0: do not.")  # fmt: skip
@broker_option
def command(
    kind: ReferenceKind, issuer: str, value: str, owner: str | None, shipment: str, instruction: str, actor: str,
    reason: str, unlink: bool, only: bool, show: bool, dry_run: bool, wait_s: float, broker: str | None,
) -> None:  # fmt: skip
    """Say that the native id VALUE of ISSUER means OWNER, an order id or load/ID."""
    from milepost.commands import link_shown
    from milepost.commands.link_sent import instead, row_of, send

    said = {"ISSUER": issuer, "VALUE": value, "OWNER": owner or "", "--shipment": shipment, "--actor": actor,
            "--reason": reason, "--instruction": instruction}  # fmt: skip
    if only and (unlink or show):
        raise click.UsageError("--only goes with a link that is said, not with --unlink or --show")
    reference, linked = _said(kind, said, unlink=unlink, show=show)
    bootstrap = reachable(settings_for(broker))
    if linked is None:
        link_shown.print_row(reference, asyncio.run(row_of(bootstrap, reference.key)))
        return
    before = asyncio.run(row_of(bootstrap, reference.key)) if only or dry_run else None
    said_too = instead(before, linked) if only else []
    if dry_run:
        for one in (*said_too, linked):
            link_shown.print_trial(reference, before, one)
        return
    for one in said_too:
        asyncio.run(send(bootstrap, one, wait_s))
    after = asyncio.run(send(bootstrap, linked, wait_s))
    click.echo(f"{reference.key}: sent")
    if after is not None:
        link_shown.print_row(reference, after)
    elif wait_s:
        raise click.ClickException(f"{reference.key}: no lane has read it yet; see `milepost status`")


def _said(kind: ReferenceKind, said: dict[str, str], *, unlink: bool, show: bool) -> tuple[Reference, Linked | None]:
    """Return the reference, and the word on it unless it is only to be shown; UsageError for what cannot be meant."""
    import msgspec

    if unclean := unprintable(said):
        raise click.UsageError(f"{unclean} has characters that cannot be printed")
    try:
        reference = msgspec.convert({"kind": kind, "issuer": said["ISSUER"], "value": said["VALUE"]}, Reference)
        if show:
            _nothing_else(said)
            return reference, None
        _must_be_meant(said, reference)
        target = {"owner": said["OWNER"], "shipment": said["--shipment"], "instruction": said["--instruction"]}
        return reference, msgspec.convert(
            {"type": "linked", "reference": msgspec.to_builtins(reference), "target": target, "stands": not unlink,
             "version": BY_HAND, "said_at": datetime.now(UTC), "source": SOURCE, "actor": said["--actor"],
             "reason": said["--reason"]}, Linked)  # fmt: skip
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from None


def _nothing_else(said: dict[str, str]) -> None:
    for name in ("OWNER", "--shipment", "--instruction", "--actor", "--reason"):
        if said[name]:
            raise click.UsageError(f"--show takes no {name}")


def _must_be_meant(said: dict[str, str], reference: Reference) -> None:
    """Refuse what would be taken as a fact and do nothing."""
    for name in ("OWNER", "--actor", "--reason"):
        if not said[name].strip():
            raise click.UsageError(f"{name} is needed")
    owner, own_load = said["OWNER"], reference.kind == "load" and reference.issuer == "own"
    if owner in ("load/", "load") or owner.startswith(NO_OWNERS):
        raise click.UsageError(f"OWNER {owner!r} is neither an order id nor load/ID")
    if owner.startswith("load/") and (said["--shipment"] or own_load):
        what = "a load has no --shipment of its own" if said["--shipment"] else "a load's members are orders"
        raise click.UsageError(f"OWNER {owner!r} is a load: {what}")
    if bool(said["--instruction"]) != (reference.kind == "control"):
        raise click.UsageError("--instruction goes with KIND control, and that with --instruction")
