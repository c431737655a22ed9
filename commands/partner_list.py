"""`milepost partner list`: the registry of interfaces, with end dates and what has to be done."""

from __future__ import annotations

from dataclasses import asdict

import click

EPILOG = """\b
Examples:
  milepost partner list
  milepost partner list --used     when each was last used, from the topics, and who else was heard
  milepost partner list --json"""


@click.command(epilog=EPILOG)
@click.option("--used", is_flag=True, help="With the time each was last used; needs a broker.")
@click.option("--broker", metavar="kafka|HOST:PORT", default=None, help="Of which Kafka, with --used.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(used: bool, broker: str | None, as_json: bool) -> None:
    """List every interface, those without a file and the ERP's too: owner, contract, end, replacement, sites."""
    import json
    import os
    from datetime import UTC, datetime

    from milepost.commands.partner_standing import standings
    from milepost.commands.partner_used import erp_of, unfiled
    from milepost.runtime.dialect_files import load_dialects
    from milepost.runtime.settings import from_environment

    settings = from_environment(os.environ)
    dialects = load_dialects(settings)
    heard = _heard(broker) if used else {}
    found = standings(dialects, datetime.now(UTC).date())
    rows = [asdict(row) for row in (*found, *unfiled(dialects, settings, heard), erp_of(settings))]
    if used:
        rows = [{**row, "last_used": _shown(heard.get(str(row["name"])))} for row in rows]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        _print(rows)


def _print(rows: list[dict[str, str]]) -> None:
    from milepost.commands.demo_report import console
    from rich.box import SIMPLE
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE)
    names = ["name", "role", "format", "version", "until", "replaced_by", "owner", "ways", "sites"]
    names += ["last_used"] if rows and "last_used" in rows[0] else []
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(escape(row[name]) for name in names))
    out = console()
    out.print(table)
    for row in rows:
        if row["warning"]:
            out.print(f"  {row['name']}: {row['warning']}", style="yellow", markup=False, soft_wrap=True)


def _shown(ms: int | None) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}Z" if ms else ""


def _heard(broker: str | None) -> dict[str, int]:
    """Return when each interface was last used, in milliseconds, as far as that is still on the topics."""
    import asyncio

    from milepost.commands import partner_used
    from milepost.commands.options import reachable, settings_for
    from milepost.commands.topic_reading import read_to_end

    settings = settings_for(broker)

    async def latest() -> dict[str, int]:
        found: dict[str, int] = {}
        async for record in read_to_end(settings.broker, partner_used.TOPICS):
            partner_used.used(found, record, settings)
        return found

    reachable(settings)
    return asyncio.run(latest())
