"""`milepost order`: everything about one order or load, found by any id some system knows it by."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, settings_for

if TYPE_CHECKING:
    from milepost.commands.order_finding import Shelf
    from milepost.contracts.reports import JournalEntry
    from milepost.runtime.settings import Settings

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
    from milepost.runtime.rules_files import load_rules
    from milepost.workflow.view import order_view

    settings = settings_for(broker)
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    shelf, bootstrap = _shelf(settings, named=broker is not None)
    found = order_finding.find(shelf, native_id)
    if not found:
        raise click.ClickException(f"nothing here is known as {native_id!r} ({len(shelf.records)} orders and loads)")
    for record in found:
        journal: list[JournalEntry] | None = None
        if not no_timeline:
            journal = order_finding.journal_on(shelf, record.key) if bootstrap is None else asyncio.run(
                order_finding.journal_of(bootstrap, record.key)
            )  # fmt: skip
        view = order_view(record, rules)
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


def _print_json(view: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(view), indent=2).decode())
