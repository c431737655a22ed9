"""`milepost doctor`: is everything here that a lane stands on; and of what is not, what to do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import click
from milepost.commands.options import broker_option
from milepost.runtime.topic_kinds import LANES

if TYPE_CHECKING:
    from milepost.commands.doctor_finding import Finding
    from milepost.runtime.settings import Settings
    from milepost.runtime.topic_kinds import Lane

POSTERS = ("posting", "reconciliation")
"""The lanes that are let near the ERP."""

EPILOG = """\b
Examples:
  milepost doctor                                  everything, as seen from here
  milepost doctor --lane posting                   inside the pod of a lane: only what that lane needs
  milepost doctor --lane posting --before-start    the same, while nothing runs yet
  milepost doctor --gateway                        where the gateway runs: what it needs, its partners' secrets
  milepost doctor --json
Exit 0 when nothing is to be mended; "unknown" is no fault. It writes nothing, to Kafka or to the ERP."""


@click.command(epilog=EPILOG)
@click.option("--lane", type=click.Choice(LANES), help="Only what this lane needs, with the rights it must have.")
@click.option("--gateway", is_flag=True, help="Only what the gateway needs, with the rights it must have.")
@click.option("--before-start", is_flag=True, help="No lane has to run yet.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@broker_option
def command(lane: Lane | None, gateway: bool, before_start: bool, as_json: bool, broker: str | None) -> int:
    """Check settings, versions, rules, partners, disk, broker, rights, groups, ERP and clocks; say what to mend."""
    import asyncio
    import logging

    if gateway and lane is not None:
        raise click.UsageError("--gateway or --lane: a process is one of them")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    process = "gateway" if gateway else lane
    return asyncio.run(_examine(process, broker, started=not before_start, as_json=as_json))


async def _examine(process: str | None, broker: str | None, *, started: bool, as_json: bool) -> int:
    found = []
    async with aclosing(_findings(process, broker, started=started)) as findings:  # type: ignore[type-var]
        async for one in findings:
            found.append(one)
            if not as_json:
                from milepost.commands.lines import printable

                click.echo(printable(one.line))
    wrong = sum(one.state == "mend" for one in found)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode([one._asdict() for one in found]), indent=2).decode())
    else:
        click.echo(f"{wrong} to mend" if wrong else "nothing to mend")
    return 1 if wrong else 0


async def _findings(process: str | None, broker: str | None, *, started: bool) -> AsyncIterator[Finding]:
    from milepost.commands.doctor_erp import erp
    from milepost.commands.doctor_finding import to_mend
    from milepost.commands.doctor_here import here
    from milepost.commands.doctor_kafka import kafka
    from milepost.commands.doctor_partners import CONCERNED, partners, utc_now
    from milepost.runtime.errors import ConfigurationError

    try:
        settings = _settings(broker)
    except ConfigurationError as error:
        yield to_mend("settings", str(error), "without settings nothing else can be looked at")
        return
    for finding in here(settings):
        yield finding
    if process is None or process in CONCERNED:
        for finding in partners(settings, process, os.environ, utc_now()):
            yield finding
    async for finding in kafka(settings, process, started=started):
        yield finding
    if process is None or process in POSTERS:
        async for finding in erp(settings):
            yield finding


def _settings(broker: str | None) -> Settings:
    """As every verb finds them; and where a run on this machine has the broker, its ERP is the one that is meant."""
    from milepost.commands.options import settings_for

    return with_erp_of_run(settings_for(broker))


def with_erp_of_run(settings: Settings) -> Settings:
    """Return settings with the ERP of the run here that works on this broker, unless MILEPOST_ERP_URL is set."""
    from dataclasses import replace

    from milepost.commands.places import running

    if "MILEPOST_ERP_URL" in os.environ:
        return settings
    runs: list[dict[str, Any]] = [run for run in running(settings.data_dir) if run.get("broker") == settings.broker]
    return replace(settings, erp_url=str(runs[0]["erp"])) if runs and runs[0].get("erp") else settings
