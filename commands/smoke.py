"""`milepost smoke`: one order of a test tenant, from its release to the ERP's books and back."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from milepost.commands.options import broker_option

if TYPE_CHECKING:
    from milepost.commands.smoke_run import Stuck
    from milepost.runtime.settings import Settings
    from milepost.workflow.rules import Rules

TEST = "test"

EPILOG = """\b
Examples:
  MILEPOST_TENANT=test-1 milepost smoke          against lanes that run for that tenant
  MILEPOST_TENANT=test-1 milepost smoke --keep   leave the documents at the ERP
  milepost smoke --yes                           a tenant that is not for tests: documents are booked, and they stay
Exit 0 when every posting was seen at the ERP, 1 where the order got stuck, with what `milepost why` says of it."""


@click.command(epilog=EPILOG)
@click.option("--within", "within_s", type=click.FloatRange(1, 3600), default=60.0, show_default=True,
              help="Seconds in which the order has to be through.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave what was posted; else a test tenant's documents are reversed.")
@click.option("--yes", is_flag=True, help="The tenant is not for tests, and a real document is what you want.")
@broker_option
def command(within_s: float, keep: bool, yes: bool, broker: str | None) -> int:
    """Send one order through (released, picked, departed) and wait until its postings are seen at the ERP.

    The tenant is the lanes' own, MILEPOST_TENANT, and its name must begin with "test". Afterwards the
    milestones are taken back and the order is cancelled, so that its books are as before and no exception stays.
    """
    from milepost.commands.doctor import with_erp_of_run
    from milepost.commands.looking import rules_for
    from milepost.commands.options import reachable, settings_for
    from milepost.commands.order_finding import Shelf
    from milepost.runtime.topics import require

    settings = settings_for(broker)
    for_tests = settings.tenant.startswith(TEST)
    if not (for_tests or yes):
        raise click.UsageError(
            f"MILEPOST_TENANT={settings.tenant} is not for tests (its name would begin with {TEST!r}): the "
            "documents would be real, and the warehouse told to pick. Set it to the lanes' test tenant, or say --yes"
        )
    bootstrap = reachable(settings)
    settings = with_erp_of_run(settings)
    require(bootstrap)
    rules = rules_for(settings, Shelf({}), bootstrap)
    return asyncio.run(_run(settings, rules, within_s, back=for_tests and not keep, any_tenant=yes))


async def _run(settings: Settings, rules: Rules, within_s: float, *, back: bool, any_tenant: bool) -> int:
    from contextlib import aclosing

    from milepost.commands.smoke_order import SmokeOrder
    from milepost.commands.smoke_run import Smoke, Stuck, other_tenant
    from milepost.commands.topic_reading import values_of
    from milepost.runtime.topic_table import ORDERS_CHANGELOG

    if not any_tenant and await other_tenant(settings.broker, settings.tenant):
        raise click.UsageError(
            f"the lanes on {settings.broker} do not post for MILEPOST_TENANT={settings.tenant}: set it as theirs is"
        )
    order, began_s = SmokeOrder(rules, lambda: datetime.now(UTC)), time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{time.monotonic() - began_s:6.1f} s  {line}")

    async with aclosing(values_of(settings.broker, ORDERS_CHANGELOG, order.id)) as records:
        smoke = Smoke(settings, order, rules, records, say)
        try:
            await smoke.forth(within_s)
            if back:
                await smoke.back(within_s)
        except Stuck as stuck:
            say(f"STUCK before: {stuck.step}")
            await _explain(settings, rules, order.id, stuck)
            return 1
    say("through" + (", and taken back" if back else f"; its documents stay: `milepost order {order.id}`"))
    return 0


async def _explain(settings: Settings, rules: Rules, owner: str, stuck: Stuck) -> None:
    """Where it stands: in front of a lane, or in its record, which says why."""
    from milepost.commands.lags import lags_of_lanes
    from milepost.commands.why import print_why
    from milepost.workflow.step import decide
    from milepost.workflow.why import waiting, why

    if stuck.record is None:
        click.echo("no lane has taken it in; how far behind they are:")
    else:
        for chain in waiting(stuck.record, decide(stuck.record, rules)):
            print_why(why(stuck.record, rules, chain), owner)
        click.echo("how far behind the lanes are:")
    for lane, lag in (await lags_of_lanes(settings.broker)).items():
        click.echo(f"  {lane:<15} {'nothing read yet' if lag is None else f'{lag} records behind'}")
    click.echo(f"look further with `milepost doctor` and `milepost order {owner}`")
