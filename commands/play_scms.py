"""The SCMS delivery history through everything: real orders, and totals to the cent of the file's own."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import msgspec
from milepost.broker.choose import Broker
from milepost.codecs import canonical
from milepost.codecs.errors import DecodeError
from milepost.codecs.scms import ScmsLine
from milepost.codecs.scms_values import CURRENCY
from milepost.commands.demo_gathering import all_documents, told_by_topics
from milepost.commands.demo_oracles import chains_of, ought_of_facts, rows_of_erp
from milepost.commands.demo_outcome import Control, Outcome, compare_all, count_documents, count_records, explain
from milepost.commands.demo_progress import Progress
from milepost.commands.demo_scene import Scene, on_scene, quick
from milepost.commands.demo_show import AtEnd
from milepost.commands.demo_worth import worth_a_look
from milepost.commands.order_finding import Shelf, meanings_on, shelf_of_run
from milepost.commands.stack import Plan
from milepost.commands.topic_reading import publish, publish_everywhere
from milepost.contracts.events import Event
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import ORDERS_TICKS, PARTNER_EVENTS, TOPICS
from milepost.simulators import scms_reference
from milepost.simulators.ledger import Rows, trial_balance
from milepost.simulators.scms import replay
from milepost.simulators.scms_reference import Totals, totals
from milepost.workflow.step import decide

BATCH = 2000
QUIET_WITHIN_S = 300.0
ENDS = frozenset({"delivered", "cancelled", "rejected"})
AFTERWARDS = timedelta(days=60)  # the clock runs on, so that every deadline has fired


@dataclass(frozen=True, slots=True, kw_only=True)
class ScmsRequest:
    """What is to be replayed, and what the network does to it."""

    seed: int
    faults: frozenset[str]
    faults_text: str
    erp_faults: bool
    run_dir: Path
    settings: Settings


def read(file: Path) -> list[ScmsLine]:
    """The file's lines. ValueError with one line when it is not the SCMS history."""
    try:
        return scms_reference.read(file)
    except DecodeError as error:
        raise ValueError(f"{file}: {error}") from None


def with_reference(settings: Settings, lines: list[ScmsLine], run_dir: Path) -> Settings:
    """Settings under which the file's customers, vendors and items are known, beside the usual ones."""
    directory = run_dir / "reference"
    shutil.copytree(settings.reference_dir, directory)
    scms_reference.write_reference(lines, directory)
    return replace(settings, reference_dir=directory)


async def play(request: ScmsRequest, lines: list[ScmsLine], broker: Broker, progress: Progress, at_end: AtEnd) -> None:
    """Replay everything, compare the ERP with what ought to be, and the books with the file's totals."""
    settings = with_reference(quick(request.settings), lines, request.run_dir)
    erp = ("--faults", "demo" if request.erp_faults else "none", "--seed", str(request.seed), "--unique-reference")
    plan = Plan(kind="play --scms", settings=settings, run_dir=request.run_dir, erp_arguments=erp)
    async with on_scene(plan, broker, progress) as scene:
        sent = await scene.see(_to_rest(request, lines, scene))
        progress.enter("comparing")
        outcome, shelf = await _compare(request, lines, scene, sent)
        outcome.restarts = {name: life.restarts for name, life in scene.stack.supervisor.lives.items()}
        outcome.elapsed_s = progress.elapsed_s
        await at_end(outcome, shelf, scene.stack)


async def _to_rest(request: ScmsRequest, lines: list[ScmsLine], scene: Scene) -> int:
    events = await asyncio.to_thread(replay, lines, seed=request.seed, faults=request.faults)
    seen, bootstrap = scene.progress.seen, scene.stack.settings.broker
    scene.progress.enter("playing")
    seen.total = len(events)
    for first in range(0, len(events), BATCH):
        batch = events[first : first + BATCH]
        await publish(bootstrap, PARTNER_EVENTS, ((event.owner, canonical.encode(event)) for event in batch))
        seen.sent, seen.clock = first + len(batch), f"{batch[-1].occurred_at:%Y-%m-%d}"
        scene.progress.show()
    scene.progress.enter("coming to rest")
    await scene.watch.until_quiet(QUIET_WITHIN_S)
    await _tick(bootstrap, events)
    await scene.watch.until_quiet(QUIET_WITHIN_S)
    return len(events)


async def _tick(bootstrap: str, events: Sequence[Event]) -> None:
    now = max(event.occurred_at for event in events) + AFTERWARDS
    value = msgspec.json.encode({"now": now})
    await publish_everywhere(bootstrap, ORDERS_TICKS, "", value, TOPICS[ORDERS_TICKS].partitions)


async def _compare(request: ScmsRequest, lines: list[ScmsLine], scene: Scene, sent: int) -> tuple[Outcome, Shelf]:
    settings = scene.stack.settings
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    documents = await all_documents(settings.erp_url)
    told = await told_by_topics(settings.broker)
    records = scene.watch.records(told.journal)
    oughts = {"own facts": ought_of_facts(told.facts, rules), "perfect transport": ought_of_facts(replay(lines), rules)}
    decisions = {owner: decide(record, rules) for owner, record in records.items()}
    outcome = Outcome(len({line.order for line in lines}), request.seed, request.faults_text, events=sent)
    rows = rows_of_erp(documents, chains_of(records.values()))
    compare_all(outcome, rows, oughts)
    count_records(outcome, records, decisions)
    count_documents(outcome, documents)
    explain(outcome, records, decisions)
    outcome.dead_letters = told.dead_letters
    outcome.injected = +Counter({"same fact again": sent - len({event.business_key for event in told.facts})})
    outcome.controls = controls(totals(lines), outcome, rows)
    outcome.worth_a_look = worth_a_look(records)
    meanings = await meanings_on(settings.broker)
    return outcome, shelf_of_run(scene.watch.raw_records(), told.journal, rules, meanings)


def controls(file: Totals, outcome: Outcome, rows: Rows) -> list[Control]:
    """The file's control totals beside ours."""
    net: Counter[str] = Counter()
    for (_, account, _), amount in trial_balance(rows).items():
        net[account] += amount
    ended = sum(count for stage, count in outcome.stages.items() if stage in ENDS)
    freights = outcome.postings.get("freight_accrual", Counter())
    return [
        Control("orders that ended", file.orders, ended, ""),
        Control("line value invoiced", file.value_minor, net["receivable"], CURRENCY),
        Control("freight amounts accrued", file.freight_amounts, freights["posted"] - freights["reversed"], ""),
        Control("freight accrued", file.freight_minor, net["freight_expense"], CURRENCY),
        Control("freight pointers resolved", file.pointers, file.resolved, ""),
    ]
