"""What the loop left behind at the broker and the ERP, for the verdict of a drill: nothing is judged here."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.chaos.gathered import Gathered, Sample
from milepost.commands.demo_gathering import all_documents, told_by_topics
from milepost.commands.demo_watch import watching
from milepost.commands.lags import lags_of_lanes
from milepost.commands.topic_reading import latest
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG
from milepost.simulators.life import Lives
from milepost.simulators.world import WorldSummary
from milepost.workflow.reopening import whole

QUIET_WITHIN_S = 120.0
REPEAT = "python -m milepost.tests.cluster loop --seed {seed} --orders {orders}"


async def gathered(
    world: Lives, seed: int, summary: WorldSummary, settings: Settings, samples: Sequence[Sample]
) -> Gathered:
    """Wait until nothing moves any more, then read it all. Raises RunNotQuiet."""
    async with watching(settings.broker, settings.erp_url) as watch:
        await watch.until_quiet(QUIET_WITHIN_S)
    told = await told_by_topics(settings.broker)
    found = await latest(settings.broker, ORDERS_CHANGELOG) | await latest(settings.broker, LOADS_CHANGELOG)
    return Gathered(
        seed=seed,
        orders=summary.orders,
        faults="none",
        repeat=REPEAT.format(seed=seed, orders=summary.orders),
        world=world,
        rules=load_rules(settings.policy_dir, settings.reference_dir, settings.tenant),
        documents=await all_documents(settings.erp_url),
        facts=told.facts,
        journal=told.journal,
        records={owner: whole(value, told.journal.get(owner, ())) for owner, value in found.items()},
        dead_letters=told.letters,
        lags={str(lane): lag for lane, lag in (await lags_of_lanes(settings.broker)).items()},
        unsent=summary.waiting,
        samples=samples,
    )
