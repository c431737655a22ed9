"""The fulfilment lane on real orders' lives: facts, what ought to exist and the ERP's net must not know of accidents."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from milepost.agents.fulfilment import Fulfilment
from milepost.bench.core import recorded
from milepost.codecs import canonical
from milepost.contracts.documents import journal_of
from milepost.contracts.events import payload_digest
from milepost.contracts.postings import PostingCommand
from milepost.runtime.durable.interface import Processor
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.runtime.topic_table import ERP_COMMANDS, TOPICS, WMS_MILESTONES
from milepost.tables.records import LOADS, ORDERS
from milepost.tests.simulation.worker import Worker
from milepost.tests.simulation.world import Job, Record, World
from milepost.workflow import record as records
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide


@cache
def rules() -> Rules:
    settings = Settings()
    return load_rules(settings.policy_dir, settings.reference_dir, "main")


class LivesJob(Job):
    name = "lives"
    partitions = PARTITIONS
    sources = (WMS_MILESTONES,)
    tables = (ORDERS, LOADS)

    def __init__(self, variant: int) -> None:
        super().__init__(variant)
        self.messages = recorded(variant, 2, rules())
