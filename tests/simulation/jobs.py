"""The kinds of lane a schedule may run."""

from __future__ import annotations

from functools import cache

from milepost.tests.simulation.ledger import LedgerJob
from milepost.tests.simulation.lives import LivesJob
from milepost.tests.simulation.posting import PostingJob
from milepost.tests.simulation.world import Job

_JOBS: dict[str, type[Job]] = {"ledger": LedgerJob, "posting": PostingJob, "lives": LivesJob}
VARIANTS = {"ledger": 16, "posting": 8, "lives": 4}


@cache
def a_job(name: str, variant: int) -> Job:
    return _JOBS[name](variant)
