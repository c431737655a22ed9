"""One owner's record and the rules it stands on, as verbs look at them: from a broker, else from the last snapshot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from milepost.commands.order_finding import Shelf
    from milepost.runtime.settings import Settings
    from milepost.workflow.record import Record
    from milepost.workflow.rules import Rules


def shelf_for(settings: Settings, *, named: bool) -> tuple[Shelf, str | None]:
    """Return what can be read and the broker it came from; without a broker the last demo's snapshot.

    ``named``: the user named a broker, so nothing else will do. ClickException.
    """
    from milepost.commands import order_finding
    from milepost.commands.options import reachable

    if (shelf := snapshot_instead(settings, named=named)) is not None:
        return shelf, None
    bootstrap = reachable(settings)
    return asyncio.run(order_finding.shelf_of_broker(bootstrap)), bootstrap


def snapshot_instead(settings: Settings, *, named: bool) -> Shelf | None:
    """Return the last demo's snapshot, saying so, when no broker runs and none was ``named``; else None."""
    from milepost.commands import order_finding
    from milepost.commands.options import answers
    from milepost.commands.places import snapshot_file

    if named or answers(settings.broker):
        return None
    shelf = order_finding.load(snapshot_file(settings.data_dir))
    if shelf is not None:
        click.echo("no broker runs here: this is the last demo's snapshot", err=True)
    return shelf


def rules_for(settings: Settings, shelf: Shelf, bootstrap: str | None) -> Rules:
    """Return the lanes' rules: of the snapshot, of the run here that the broker belongs to, or our own."""
    from milepost.commands.places import running
    from milepost.runtime.rules_files import load_rules
    from milepost.workflow.rules import Rules

    if shelf.policies and shelf.references:
        return Rules(shelf.policies, shelf.references, settings.tenant)
    run = next((state for state in running(settings.data_dir) if bootstrap and state.get("broker") == bootstrap), {})
    policies, references = run.get("policy_dir", settings.policy_dir), run.get("reference_dir", settings.reference_dir)
    return load_rules(Path(policies), Path(references), settings.tenant)


def found_in(shelf: Shelf, native_id: str, bootstrap: str | None = None) -> list[Record]:
    """Return the records known as ``native_id``, closed ones whole; ClickException when there is none.

    ``bootstrap``: the broker the shelf came from, whose journal has the facts of closed orders.
    """
    from milepost.commands import order_finding

    found = order_finding.find(shelf, native_id)
    if not found:  # no record has it: a partner's own number, then
        owners = shelf.meanings.get(native_id, [])
        if bootstrap is not None:
            owners = asyncio.run(order_finding.meant_by(bootstrap, native_id))
        found = order_finding.with_aboard(shelf, owners)
    if bootstrap is not None and (shrunk := order_finding.shrunk(shelf, found)):
        asyncio.run(order_finding.add_journal(shelf, bootstrap, shrunk))
        found = [one for record in found for one in order_finding.find(shelf, record.key)]
    if not found:
        raise click.ClickException(f"nothing here is known as {native_id!r} ({len(shelf.records)} orders and loads)")
    return found


def must_know(record: Record, rules: Rules) -> None:
    """Raise ClickException when the record stands on rules that are not here."""
    from milepost.contracts.controls import RulesPinned

    pins = [fact.body for facts in record.facts.values() for fact in facts if isinstance(fact.body, RulesPinned)]
    for version in sorted({name for pin in pins for name in (pin.policy, pin.reference)}):
        if version not in rules.policies and version not in rules.references:
            raise click.ClickException(
                f"{record.key} stands on {version}, which is not here; "
                "set MILEPOST_POLICY_DIR and MILEPOST_REFERENCE_DIR to those of the lanes"
            )
    if record.decided_by and not rules.known(record.decided_by):
        # The same names, other contents: what is shown here is then not what the lane would decide.
        click.echo(f"{record.key} was last decided by other policies or another version than are here", err=True)
