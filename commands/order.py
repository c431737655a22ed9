"""`milepost order`: everything about one order or load, found by any id some system knows it by."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, settings_for

if TYPE_CHECKING:
    from milepost.commands.order_finding import Shelf
    from milepost.contracts.reports import JournalEntry
    from milepost.runtime.settings import Settings
    from milepost.workflow.record import Record
    from milepost.workflow.rules import Rules
    from milepost.workflow.view import OrderView

EPILOG = """\b
Examples:
  milepost order SO-000017           by order id
  milepost order LD-0000100N         a load, its tenders and accrual
  milepost order 4900000123          by the ERP's document number; also shipment, tender, PRO, BOL, posting id
  milepost order SO-000017 --json    for other programs
When no broker runs, the last demo's snapshot is read."""


@click.command(epilog=EPILOG)
@click.argument("native_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The whole view as JSON.")
@click.option("--no-timeline", is_flag=True, help="Leave the timeline out.")
@broker_option
def command(native_id: str, as_json: bool, no_timeline: bool, broker: str | None) -> None:
    """Show status, holds and what they wait for, postings with their evidence, and the timeline of ID."""
    from milepost.commands import order_finding

    settings = settings_for(broker)
    shelf, bootstrap = _shelf(settings, named=broker is not None)
    rules = _rules(settings, shelf, bootstrap)
    found = order_finding.find(shelf, native_id)
    if not found:
        raise click.ClickException(f"nothing here is known as {native_id!r} ({len(shelf.records)} orders and loads)")
    for record in found:
        journal: list[JournalEntry] | None = None
        if not no_timeline:
            journal = order_finding.journal_on(shelf, record.key) if bootstrap is None else asyncio.run(
                order_finding.journal_of(bootstrap, record.key)
            )  # fmt: skip
        view = _view(record, rules)
        if as_json:
            _print_json(view)
        else:
            from milepost.commands.order_shown import print_order

            print_order(view, record, journal)


def _shelf(settings: Settings, *, named: bool) -> tuple[Shelf, str | None]:
    """What can be read, and the broker it came from; without a broker the last demo's snapshot."""
    from milepost.broker.readiness import live_brokers
    from milepost.commands import order_finding
    from milepost.commands.options import reachable
    from milepost.commands.places import snapshot_file

    if not any(live_brokers(server) for server in settings.broker.split(",")) and not named:
        shelf = order_finding.load(snapshot_file(settings.data_dir))
        if shelf is not None:
            click.echo("no broker runs here: this is the last demo's snapshot", err=True)
            return shelf, None
    bootstrap = reachable(settings)
    return asyncio.run(order_finding.shelf_of_broker(bootstrap)), bootstrap


def _rules(settings: Settings, shelf: Shelf, bootstrap: str | None) -> Rules:
    """The rules that the lanes decide by: of the snapshot, of the run here that the broker belongs to, or our own."""
    from milepost.commands.places import running
    from milepost.runtime.rules_files import load_rules
    from milepost.workflow.rules import Rules

    if shelf.policies and shelf.references:
        return Rules(shelf.policies, shelf.references, settings.tenant)
    run = next((state for state in running(settings.data_dir) if bootstrap and state.get("broker") == bootstrap), {})
    policies, references = run.get("policy_dir", settings.policy_dir), run.get("reference_dir", settings.reference_dir)
    return load_rules(Path(policies), Path(references), settings.tenant)


def _view(record: Record, rules: Rules) -> OrderView:
    from milepost.contracts.controls import RulesPinned
    from milepost.workflow.view import order_view

    pins = [fact.body for facts in record.facts.values() for fact in facts if isinstance(fact.body, RulesPinned)]
    for version in sorted({name for pin in pins for name in (pin.policy, pin.reference)}):
        if version not in rules.policies and version not in rules.references:
            raise click.ClickException(
                f"{record.key} stands on {version}, which is not here; "
                "set MILEPOST_POLICY_DIR and MILEPOST_REFERENCE_DIR to those of the lanes"
            )
    return order_view(record, rules)


def _print_json(view: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(view), indent=2).decode())
