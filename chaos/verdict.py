"""The verdict of a drill: every law of a run at rest, judged on what the run left behind."""

from __future__ import annotations

from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Gathered
from milepost.chaos.judge_amounts import judge_amounts
from milepost.chaos.judge_facts import judge_facts
from milepost.chaos.judge_faults import judge_faults
from milepost.chaos.judge_letters import judge_letters
from milepost.chaos.judge_once import judge_once
from milepost.chaos.judge_rest import judge_rest
from milepost.chaos.judge_status import judge_status
from milepost.chaos.judge_units import judge_units
from milepost.chaos.judge_windows import judge_windows
from milepost.chaos.oracles import ask
from milepost.workflow.decision import Decision
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules
from milepost.workflow.step import decide


def judge(gathered: Gathered) -> Verdict:
    """Judge a run. Seconds per thousand orders: three oracles are asked, two of them decide every owner anew."""
    oracles = ask(gathered)
    written = {owner: _decided(record, gathered.rules) for owner, record in gathered.records.items()}
    return Verdict(
        (
            judge_amounts(gathered, oracles, written),
            judge_units(gathered, oracles),
            judge_status(gathered, oracles, written),
            judge_facts(gathered),
            judge_once(gathered),
            judge_rest(gathered),
            judge_letters(gathered),
            judge_windows(gathered),
            judge_faults(gathered),
        )
    )


def _decided(record: Record, rules: Rules) -> Decision:
    """Return what the record says; nothing where that cannot be decided, which is a finding by itself."""
    try:
        return decide(record, rules)
    except Exception as error:
        record.failed = record.failed or f"{type(error).__name__}: {error}"
        return Decision()
