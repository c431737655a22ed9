"""`milepost worker`: one lane in this process, until a signal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from milepost.runtime.topic_kinds import Lane

LANES = ("intake", "fulfilment", "posting", "reconciliation")


class WorkerHelp(click.Command):
    """Ends its help with the table of settings, made from the settings themselves."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        from milepost.runtime.settings import table

        with formatter.section("Settings (environment variables)"):
            formatter.write_dl([(name, f"{about}; {allowed} [{text}]") for name, text, allowed, about in table()])
        formatter.write_paragraph()
        formatter.write_text("Example: MILEPOST_BROKER=127.0.0.1:9092 milepost worker fulfilment")


@click.command(cls=WorkerHelp)
@click.argument("lane", type=click.Choice(LANES))
def command(lane: Lane) -> None:
    """Run LANE on the broker of MILEPOST_BROKER. Ends with SIGTERM, after committing what was done.

    Topics are checked first: what is missing or different is one line and exit 2.
    """
    from milepost.commands.lane_process import run_lane
    from milepost.runtime.settings import from_environment

    run_lane(lane, from_environment(os.environ))
