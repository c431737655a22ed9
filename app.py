"""Composition root: the only file that knows every agent, and the Faust app each lane becomes.

``milepost worker LANE`` calls ``build``. For ``faust -A milepost.app worker`` the module has an ``app``: the lane named
by MILEPOST_LANE (fulfilment unless set), made on first use.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from milepost.agents import dispatch, fulfilment, intake, posting, reconciliation
from milepost.agents.behind_letters import BehindLetters
from milepost.agents.closing import Closing
from milepost.agents.dispatch_trace import TracedDispatch
from milepost.agents.documents import Documents
from milepost.agents.fulfilment_trace import TracedFulfilment
from milepost.agents.intake_trace import TracedIntake
from milepost.agents.posting_pass import PostingPass
from milepost.agents.references import announcements
from milepost.agents.referring import Referring
from milepost.agents.reopener import Reopener
from milepost.agents.roles import roles_of
from milepost.agents.ticker import ticker
from milepost.metrics.contracts import Contract, show_contracts
from milepost.metrics.dead_letters import DeadLetters
from milepost.metrics.deliveries import DeliveriesCounted, watch_pumps
from milepost.metrics.orders_counted import OrdersCounted
from milepost.metrics.partners import DocumentsCounted, Partners
from milepost.metrics.posting_findings import PostingFindings
from milepost.metrics.postings import PostingsCounted, watch_pump
from milepost.metrics.references_waiting import ReferencesCounted
from milepost.metrics.registry import Registry
from milepost.runtime import kafka_access
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.durable.app import DurableApp, durable_app
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.erp import account
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import SHOWN_CHARS, Settings, from_environment
from milepost.runtime.topic_kinds import Lane, app_id
from milepost.runtime.topic_table import ERP_RECEIPTS, dedupe_horizon_problem, topics_of
from milepost.runtime.tracing.postings import TracedPostings
from milepost.runtime.tracing.spans import Tracer
from milepost.tables import ledgers, records


def build(settings: Settings, lane: Lane, registry: Registry | None = None, tracer: Tracer | None = None) -> DurableApp:
    """Return the Faust app of one lane. ConfigurationError when what it is told to go by is bad.

    ``registry`` takes what the lane's own work tells in numbers, ``tracer`` what one fact led to; without them nobody
    counts or follows.
    """
    if problem := dedupe_horizon_problem(settings.remembered_s):
        raise ConfigurationError(f"MILEPOST_REMEMBERED_S={settings.remembered_s:.0f} is too short: {problem}")
    if settings.erp_account == dispatch.LEASE_NAME:
        raise ConfigurationError("MILEPOST_ERP_ACCOUNT=dispatch is not allowed: lane dispatch's lease has that name")
    kafka_access.introduce(settings)
    return _BUILDERS[lane](settings, registry, tracer)


def _tuning(settings: Settings) -> Tuning:
    heartbeat_s = min(3.0, settings.session_timeout_s / 5)
    usual = Tuning()
    # What a dead member holds is held until its session ends: whoever waits for it is not to blame.
    longer_s = max(0.0, settings.session_timeout_s - usual.session_timeout_s)
    return Tuning(
        session_timeout_s=settings.session_timeout_s,
        heartbeat_interval_s=heartbeat_s,
        commit_interval_s=settings.commit_interval_s,
        start_timeout_s=usual.start_timeout_s + longer_s,
        recovery_timeout_s=usual.recovery_timeout_s + longer_s,
        unassigned_timeout_s=usual.unassigned_timeout_s + longer_s,
    )


def _common(settings: Settings, lane: Lane) -> dict[str, Any]:
    return {
        "app_id": app_id(lane),
        "bootstrap": settings.broker,
        "instance_id": f"{app_id(lane)}-{settings.instance}",
        "tuning": _tuning(settings),
        "outputs": tuple(topics_of(lane)),
    }


def _fulfilment(settings: Settings, registry: Registry | None, tracer: Tracer | None) -> DurableApp:
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    closing = Closing(settings.closed_kept_s, settings.remembered_s, fulfilment.SOURCES, lambda: app.durable.progress())
    told_on, own = fulfilment.TOLD_ON, fulfilment.OWN
    watch = OrdersCounted(registry, rules, settings.partners, told_on=told_on, own=own) if registry else None
    trace = TracedFulfilment(tracer) if tracer else None
    app = durable_app(
        **_common(settings, "fulfilment"),
        sources=fulfilment.SOURCES,
        tables=fulfilment.TABLES,
        processor_factory=lambda: fulfilment.Fulfilment(
            rules, settings.dead_letter_limit_per_hour, closing, watch, trace
        ),
        merge=records.merge,
        epoch_of=records.epoch_of,
        ticker=ticker(lambda: datetime.now(UTC)) if settings.ticks == "internal" else None,
    )
    if watch is not None:
        app.task(watch.stand.run)
    return app


def _intake(settings: Settings, registry: Registry | None, tracer: Tracer | None) -> DurableApp:
    watch = Partners(registry, settings.partners, time.time) if registry else None
    known = announcements(load_rules(settings.policy_dir, settings.reference_dir, settings.tenant).references.values())
    trace = TracedIntake(tracer) if tracer else None
    dialects = load_dialects(settings)
    documents = DocumentsCounted(registry, settings.partners) if registry else None
    waits = ReferencesCounted(registry) if registry else None
    if registry is not None:
        show_contracts(registry, [
            Contract(one.name, one.terms.until, one.terms.warn_days)
            for one in dialects.partners.values() if one.terms.until is not None
        ])  # fmt: skip
    app = durable_app(
        **_common(settings, "intake"),
        sources=intake.SOURCES,
        tables=intake.TABLES,
        processor_factory=lambda: intake.Intake(
            settings.dead_letter_limit_per_hour, watch, trace, Documents(dialects, documents),
            Referring(settings.reference_orphan_s, settings.remembered_s, waits),
            BehindLetters("wait" if settings.after_dead_letter == "wait" else "pass"), roles_of(dialects),
            settings.operator_key,
        ),
        merge=intake.merge,
        epoch_of=intake.epoch_of,
    )  # fmt: skip
    app.task(lambda: app.durable.publish(known))
    return app


def _posting(settings: Settings, registry: Registry | None, tracer: Tracer | None) -> DurableApp:
    watch = PostingsCounted(registry, settings.partners) if registry else None
    trace = TracedPostings(tracer) if tracer else None
    lane = posting.Posting(settings, account.gateway(settings), posting.lease(settings), watch, trace)
    if registry is not None:
        watch_pump(registry, lane.pump, lambda: lane.lease.held)
    common = _common(settings, "posting")
    common["tuning"] = replace(common["tuning"], commit_interval_s=posting.COMMIT_INTERVAL_S)
    app = durable_app(
        **common,
        sources=posting.SOURCES,
        tables=posting.TABLES,
        processor_factory=lambda: lane.processor,
        merge=posting.merge,
    )
    lane.attach(app)
    return app


def _reconciliation(settings: Settings, registry: Registry | None, tracer: Tracer | None) -> DurableApp:
    letters, findings = (_letters(registry, settings), PostingFindings(registry)) if registry else (None, None)
    books = reconciliation.Reconciliation(settings.dead_letter_limit_per_hour, settings.remembered_s, letters)
    app = durable_app(
        **_common(settings, "reconciliation"),
        sources=(*reconciliation.COMMANDS, ERP_RECEIPTS),
        tables=(ledgers.TABLE,),
        processor_factory=lambda: books,
        merge=ledgers.merge,
    )
    comparison = PostingPass(
        books, account.books(settings), app.durable.publish, lambda: datetime.now(UTC), account=settings.erp_account,
        grace_s=settings.erp_longest_processing_s, watch=findings,
    )  # fmt: skip
    app.task(lambda: comparison.every(settings.reconciliation_interval_s))
    reopener = Reopener(settings.broker, f"{app_id('reconciliation')}-{settings.instance}", app.durable.publish)
    app.task(reopener.run)
    return app


def _dispatch(settings: Settings, registry: Registry | None, tracer: Tracer | None) -> DurableApp:
    dialects = load_dialects(settings)
    watch = DeliveriesCounted(registry, dialects.partners, settings.partners) if registry else None
    trace = TracedDispatch(tracer) if tracer else None
    lane = dispatch.Dispatch(settings, dialects, dispatch.lease(settings), watch, trace)
    if registry is not None:
        watch_pumps(registry, lane.pumps.by_partner, lambda: lane.lease.held)
    common = _common(settings, "dispatch")
    common["tuning"] = replace(common["tuning"], commit_interval_s=dispatch.COMMIT_INTERVAL_S)
    app = durable_app(
        **common,
        sources=dispatch.SOURCES,
        tables=dispatch.TABLES,
        processor_factory=lambda: lane.processor,
        merge=dispatch.merge,
    )
    lane.attach(app)
    return app


def _letters(registry: Registry, settings: Settings) -> DeadLetters:
    letters = DeadLetters(settings.partners)
    letters.expose(registry)
    return letters


_BUILDERS = {
    "intake": _intake,
    "fulfilment": _fulfilment,
    "posting": _posting,
    "reconciliation": _reconciliation,
    "dispatch": _dispatch,
}


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(name)
    try:
        return _app_of(dict(os.environ))
    except ConfigurationError as error:
        # Faust would show a traceback of its own command line.
        print(f"milepost: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


def _app_of(environment: dict[str, str]) -> DurableApp:
    lane = environment.pop("MILEPOST_LANE", "fulfilment")
    if lane not in _BUILDERS:
        raise ConfigurationError(
            f"MILEPOST_LANE={lane[:SHOWN_CHARS]!r} is not allowed; allowed: {' | '.join(_BUILDERS)}"
        )
    return build(from_environment(environment), lane)  # type: ignore[arg-type]
