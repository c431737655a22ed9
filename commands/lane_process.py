"""A lane as the whole work of this process: check the topics, run Faust's worker, say when the work has begun."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from milepost.commands.places import make_below
from milepost.metrics.registry import Registry
from milepost.runtime import json_logs, kafka_access, rights_held
from milepost.runtime.asking import BrokerUnreachable
from milepost.runtime.durable.exits import EXIT_NO_BROKER
from milepost.runtime.lifeline import announce_ready
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import Lane
from milepost.runtime.topic_table import topics_of
from milepost.runtime.topics import require

if TYPE_CHECKING:
    from milepost.runtime.tracing.otlp import Collector
    from milepost.runtime.tracing.spans import Tracer

READY_POLL_S = 0.05


def run_lane(lane: Lane, settings: Settings, prepare: Callable[[Any], None] = lambda app: None) -> None:
    """Run until SIGTERM or SIGINT. ConfigurationError before anything is started when the topics do not fit.

    ``prepare`` is given the app before it starts; only a drill has something to do there.
    """
    if settings.log_format == "json":
        json_logs.install(settings.log_level, lane=lane, instance=settings.instance)
    import faust
    from milepost.app import build

    kafka_access.introduce(settings)
    registry = Registry(lane) if settings.web_port is not None else None
    traces = _traces(settings, lane)
    app = build(settings, lane, registry, traces and traces[0])
    if registry is not None:
        _open_page(app, registry, settings)
    _require_topics(lane, settings)
    # Faust writes state of its own into the working directory otherwise.
    app.conf.datadir = _own_directory(settings, lane)
    app.task(_announcer(app))
    prepare(app)
    worker = faust.Worker(app, **_said(settings))
    worker.spinner = None  # it draws, and has every library log at debug level to do so
    code = _ended(worker)
    if traces is not None:
        traces[1].close()
    _leave(code)


def _ended(worker: Any) -> int:
    """Run Faust's worker to its end; its exit code."""
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _traces(settings: Settings, lane: Lane) -> tuple[Tracer, Collector] | None:
    if settings.traces == "none":
        return None
    from milepost.runtime.tracing.otlp import opened

    return opened(settings, lane)


def _said(settings: Settings) -> dict[str, Any]:
    if settings.log_format == "json":  # the loggers are set up already
        return {"override_logging": False, "quiet": True}
    return {"loglevel": settings.log_level, "logfile": None, "redirect_stdouts": False}


def _open_page(app: Any, registry: Registry, settings: Settings) -> None:
    """Before the broker is asked for anything: a process that waits for it is alive, and says so."""
    from milepost.metrics.observed import observe
    from milepost.metrics.serving import Page

    health = observe(app, registry)
    assert settings.web_port is not None
    Page(settings.web_host, settings.web_port, registry, live=health.live, ready=health.ready).start()


def _require_topics(lane: Lane, settings: Settings) -> None:
    try:
        require(settings.broker, topics_of(lane))
        if kafka_access.secured():
            rights_held.require(settings.broker, lane, settings.erp_account)
    except BrokerUnreachable as error:
        error.exit_code = EXIT_NO_BROKER  # a lane says more than "not done": its supervisor need not count this end
        raise


def _announcer(app: Any) -> Any:
    async def announce() -> None:
        # Partitions in hand, recovered and resumed: only now is the lane of use to anyone.
        while not app.durable.assignment():  # noqa: ASYNC110 - the assignment has no event to wait for
            await asyncio.sleep(READY_POLL_S)
        announce_ready()

    return announce


def _own_directory(settings: Settings, lane: str) -> Path:
    path = settings.data_dir / "lanes" / f"{lane}-{settings.instance}"
    make_below(settings.data_dir, path)
    return path


def _leave(code: int) -> None:
    """Leave at once: everything was committed, and client threads that linger must not hold the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
