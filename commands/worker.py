"""`milepost worker`: one lane, until a signal; restarted when it ends, unless somebody else does that."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from milepost.runtime.topic_kinds import LANES

if TYPE_CHECKING:
    from milepost.runtime.topic_kinds import Lane


class WorkerHelp(click.Command):
    """Ends its help with the table of settings, made from the settings themselves."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        from milepost.runtime.settings import table

        with formatter.section("Settings (environment variables)"):
            formatter.write_dl([(name, f"{about}; {allowed} [{text}]") for name, text, allowed, about in table()])
        formatter.write_paragraph()
        formatter.write_text("Example: MILEPOST_BROKER=127.0.0.1:9092 milepost worker fulfilment")
        formatter.write_text("Under a kubelet or systemd, which restart: milepost worker fulfilment --no-supervise")


@click.command(cls=WorkerHelp)
@click.argument("lane", type=click.Choice(LANES))
@click.option(
    "--supervise/--no-supervise", default=True, show_default=True,
    help="Start the lane again, with growing waits, when it ends; or be the lane in this very process.",
)  # fmt: skip
def command(lane: Lane, supervise: bool) -> int | None:
    """Run LANE on the broker of MILEPOST_BROKER. Ends with SIGTERM, after committing what was done.

    Topics are checked first: what is missing or different is one line and exit 2, supervised or not. Without a broker
    the lane ends within 15 s with exit 69; its supervisor tries again until there is one.
    """
    from milepost.runtime.settings import from_environment

    settings = from_environment(os.environ)
    if supervise:
        from milepost.commands.supervised import run_supervised

        return run_supervised(lane, settings)
    from milepost.commands.lane_process import run_lane

    run_lane(lane, settings)
    return None
