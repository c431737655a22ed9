"""The closed sets of label values: whatever a partner sends, no new series can come of it.

A label whose values are not known in the code (a partner's name) takes them from the settings; every other value is
"other". Ids of orders, commands and messages are never labels: they stand in logs, traces and exemplars.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import get_args

from milepost.codecs.errors import REASONS
from milepost.contracts.controls import Finding
from milepost.contracts.deliveries import DeliveryState
from milepost.contracts.documents import Document
from milepost.contracts.events import Body, tag_of_type
from milepost.contracts.postings import Outcome, Priority
from milepost.contracts.reports import Severity
from milepost.runtime.topic_kinds import LANES, PARTITIONS
from milepost.runtime.topic_table import TOPICS
from milepost.workflow.exception_types import TABLE, System
from milepost.workflow.stage import COMPLETE, Stage, TransactionState

OTHER = "other"

STAGES_ELSEWHERE = frozenset(
    {"planned", "tendered", "expired", "withdrawn", "expected", "partially_received", "linked"}
)  # of loads, of inbound orders, and of facts that a person sent elsewhere

CLOSED: Mapping[str, frozenset[str]] = {
    "lane": frozenset(LANES) | {"lag-watcher", "gateway"},
    "topic": frozenset(TOPICS),
    "partition": frozenset(map(str, range(PARTITIONS))),
    "table": frozenset(
        name.removesuffix("-changelog").rpartition("-")[2] for name in TOPICS if name.endswith("-changelog")
    ),
    "milestone": frozenset(map(tag_of_type, get_args(Body))),
    "kind": frozenset(map(tag_of_type, get_args(Document))) | {"reversal"},
    "outcome": frozenset(get_args(Outcome)) | frozenset(get_args(DeliveryState))
    | {"accepted", "quarantined", "unmapped", "parked", "expired", "withdrawn", "in_doubt"},
    "priority": frozenset(get_args(Priority)),
    "cause": frozenset(TABLE),
    "hold": frozenset(TABLE) | {"MANUAL", "none"},
    "severity": frozenset(get_args(Severity)),
    "stage": frozenset(get_args(Stage)) | frozenset(COMPLETE) | STAGES_ELSEWHERE | {"closed", "none"},
    "status": frozenset(get_args(TransactionState)) | {"closed"},
    "system": frozenset(get_args(System)) | {"none"},
    "change": frozenset({"opened", "closed"}),
    "reason": frozenset(REASONS),
    "finding": frozenset(get_args(Finding)) | {"unbalanced"},
    "call": frozenset({"post", "query"}),
    "answer": frozenset({"2xx", "400", "401", "404", "405", "408", "413", "415", "429", "500", "503"}),
    "refusal": frozenset(
        {"forged", "stale", "too_large", "inflated", "encoding", "broken", "slow", "rate", "pressure", "broker"}
        | {"fetch", "not_found", "not_allowed", "failed"}
    ),
    "fetch": frozenset({"taken", "refused", "failed"}),
    "file": frozenset({"finished", "failed"}),
}
"""Label -> its values. ``partner`` is closed by the process: at intake and in dead letters it is a source, one of
MILEPOST_PARTNERS; at the gateway and in lane dispatch it is a dialect's name, one of `partners_shown`."""

PARTNERS_MOST = 150
"""Dialects with series of their own on one page; the gateway tells up to thirty of each. All others are "other"."""


def partners_shown(names: Collection[str]) -> frozenset[str]:
    """Return the dialects that have series of their own: the first PARTNERS_MOST in the order of their names."""
    return frozenset(sorted(names)[:PARTNERS_MOST])


def closed(label: str, value: str, also: Collection[str] = ()) -> str:
    """Return ``value`` where the label knows it, or ``also`` does; else "other"."""
    return value if value in also or value in CLOSED.get(label, ()) else OTHER
