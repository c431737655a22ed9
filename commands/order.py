"""`milepost order`: everything about one order or load, found by any id some system knows it by."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option, settings_for

if TYPE_CHECKING:
    from milepost.contracts.reports import JournalEntry

EPILOG = """\b
Examples:
  milepost order SO-000017           by order id
  milepost order LD-0000100N         a load, its tenders and accrual
  milepost order 4900000123          by the ERP's document number; also shipment, tender, PRO, BOL, posting id,
                                     and whatever number of a partner lane intake knows (`milepost link`)
  milepost order SO-000017 --json    for other programs
When no broker runs, the last demo's snapshot is read."""


@click.command(epilog=EPILOG)
@click.argument("native_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The whole view as JSON.")
@click.option("--no-timeline", is_flag=True, help="Leave the timeline out.")
@broker_option
def command(native_id: str, as_json: bool, no_timeline: bool, broker: str | None) -> None:
    """Show status, holds and what they wait for, postings with their evidence, and the timeline of ID."""
    from milepost.commands import looking, order_finding
    from milepost.workflow.view import order_view

    settings = settings_for(broker)
    shelf, bootstrap = looking.shelf_for(settings, named=broker is not None)
    rules = looking.rules_for(settings, shelf, bootstrap)
    for record in looking.found_in(shelf, native_id, bootstrap):
        journal: list[JournalEntry] | None = None
        if not no_timeline:
            journal = order_finding.journal_on(shelf, record.key) if bootstrap is None else asyncio.run(
                order_finding.journal_of(bootstrap, record.key)
            )  # fmt: skip
        looking.must_know(record, rules)
        view = order_view(record, rules)
        if as_json:
            _print_json(view)
        else:
            from milepost.commands.order_shown import print_order
            from milepost.commands.order_traces import traces_of

            print_order(view, record, journal, traces_of(record, settings))


def _print_json(view: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(view), indent=2).decode())
