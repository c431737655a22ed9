"""What a topic is, and what the topics of one domain have in common. The topics themselves: topic_table.py."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

USUAL_PARTITIONS = 12
PARTITION_COUNTS = (12, 24, 48, 96)
"""Each a multiple of the one before: what lies in partition p moves to p or to p plus a multiple of the old count, and
nowhere else (docs/adr/0013). Each has many divisors, so that several numbers of workers share evenly."""


def partitions_told(environment: Mapping[str, str]) -> int:
    """Return the partitions of this process's world. What is not allowed is refused by the settings, in words."""
    told = environment.get("MILEPOST_PARTITIONS", "")
    return int(told) if told in map(str, PARTITION_COUNTS) else USUAL_PARTITIONS


PARTITIONS = partitions_told(os.environ)
"""Of every topic: sources and changelogs of one table must agree, and a changelog's count can never change.

Read once, when the table of topics is made: no process can have two."""

DAY_S = 86_400

DomainName = Literal["master", "operational", "financial"]
Cleanup = Literal["delete", "compact"]
Lane = Literal["intake", "fulfilment", "posting", "reconciliation", "dispatch"]
LANES: tuple[Lane, ...] = ("intake", "fulfilment", "posting", "reconciliation", "dispatch")
PRIORITY_LANES: tuple[Lane, ...] = ("intake", "fulfilment", "posting")
"""The lanes on the way of today's orders. Lane reconciliation has time, and too few events for a promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What topics of one domain have in common, unless a topic says otherwise.

    slo_s: age by which 99.9 % of its records have been acted on; retention_s: how long a record is kept;
    retry: who tries again and how; dead_letters: what becomes of a record that cannot be used;
    recovery: how its readers come back.
    """

    slo_s: int
    retention_s: int
    retry: str
    dead_letters: str
    recovery: str


DOMAINS: Mapping[DomainName, Domain] = {
    "master": Domain(
        slo_s=300,
        retention_s=400 * DAY_S,
        retry="none: the publisher corrects and publishes a new version",
        dead_letters="refused as a whole version, with field and reason; the version before it stays in use",
        recovery="read from the beginning: the newest version of every key is kept",
    ),
    "operational": Domain(
        slo_s=5,
        retention_s=14 * DAY_S,
        retry="the same record in place until the changelog has it; a bad record is never tried again",
        dead_letters="at once, without holding up the partition; past the hourly limit the source is paused",
        recovery="changelog first, then sources from the committed offset",
    ),
    "financial": Domain(
        slo_s=60,
        retention_s=400 * DAY_S,
        retry="the same id after a query by reference, backoff with full jitter, until the ERP has answered",
        dead_letters="never for a posting: a refusal is a receipt and an exception on the order",
        recovery="command log first; inherited commands count as unknown and are queried before any resend",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `owner` is the lane that answers for it; `readers` are lanes or outside systems.

    kept_s, acted_on_within_s and retried are given only where the topic departs from its domain.
    """

    name: str
    domain: DomainName
    owner: Lane
    key: str
    carries: str
    readers: tuple[str, ...]
    cleanup: Cleanup = "delete"
    partitions: int = PARTITIONS
    kept_s: int | None = None
    acted_on_within_s: int | None = None
    retried: str | None = None

    @property
    def retention_s(self) -> int | None:
        """How long a record is kept; None for a compacted topic, which keeps the newest of every key for ever."""
        if self.cleanup == "compact":
            return None
        return self.kept_s if self.kept_s is not None else DOMAINS[self.domain].retention_s

    @property
    def slo_s(self) -> int:
        """Age by which 99.9 % of the records have been acted on."""
        return self.acted_on_within_s if self.acted_on_within_s is not None else DOMAINS[self.domain].slo_s

    @property
    def retry(self) -> str:
        """Who tries again, and how."""
        return self.retried or DOMAINS[self.domain].retry


def app_id(lane: Lane) -> str:
    """The Faust app id, which is also the consumer group."""
    return f"milepost-{lane}"


def changelog_name(lane: Lane, table: str) -> str:
    """Faust's own name for the changelog of a table."""
    return f"{app_id(lane)}-{table}-changelog"
