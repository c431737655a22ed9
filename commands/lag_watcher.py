"""`milepost lag-watcher`: how late each lane is, told from the broker alone, also while every worker is dead."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from milepost.runtime.settings import Settings

EPILOG = """\b
Examples:
  MILEPOST_WEB_PORT=9300 milepost lag-watcher
  curl -s localhost:9300/metrics | grep group_lag_seconds
Exit 2 when a setting is wrong. A broker that does not answer is waited for: the ages go on rising meanwhile."""


@click.command(epilog=EPILOG)
def command() -> None:
    """Watch the lanes' consumer groups; /metrics, /livez and /readyz are on MILEPOST_WEB_PORT.

    For every source and partition of a lane: the committed offset, the end, records behind, and the age of the oldest
    record that is not yet committed. Needs only the broker, and there the right to
    read the sources and to describe the groups.
    """
    import asyncio
    import logging

    from milepost.runtime import json_logs
    from milepost.runtime.errors import ConfigurationError
    from milepost.runtime.kafka_access import introduce
    from milepost.runtime.rights import LAG_WATCHER
    from milepost.runtime.settings import from_environment

    settings = from_environment(os.environ)
    if settings.web_port is None:
        raise ConfigurationError(
            "MILEPOST_WEB_PORT=none is not allowed here: the lags are shown there; allowed: a port"
        )
    introduce(settings)
    if settings.log_format == "json":
        json_logs.install(settings.log_level, lane=LAG_WATCHER, instance=settings.instance)
    else:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # each trouble is one line of ours
    asyncio.run(_watch(settings))


async def _watch(settings: Settings) -> None:
    import asyncio
    import signal

    from milepost.commands.lag_watching import LagWatch, probes
    from milepost.metrics.lag_series import LagSeries
    from milepost.metrics.registry import Registry
    from milepost.metrics.serving import Page
    from milepost.runtime.lifeline import announce_ready
    from milepost.runtime.rights import LAG_WATCHER

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    registry = Registry(LAG_WATCHER)
    series = LagSeries(registry)
    watch = LagWatch(settings.broker, series)
    page = Page(settings.web_host, settings.web_port or 0, registry, **probes(watch, series)).start()
    click.echo(f"watching {settings.broker}; http://{settings.web_host}:{page.port}/metrics")
    announce_ready()
    try:
        await watch.run(stop)
    finally:
        page.stop()
