"""Wrong ways to merge and decide: each lets arrival, a clock or a deployment have a say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from milepost.contracts.controls import CancelOrdered, DeadlineFired, HoldReleased, RulesPinned
from milepost.contracts.events import payload_digest
from milepost.contracts.orders import CancelRequested, OrderAmended
from milepost.contracts.tms import TenderAccepted
from milepost.contracts.wms import Departed, PickShort
from milepost.tests.workflow import test_loss
from milepost.workflow import carriage, confirmations, evolve, load, situation, snapshots, tenders
from milepost.workflow.counted import Counted
from milepost.workflow.record import Fact

CANCELS: tuple[type, ...] = (CancelRequested, CancelOrdered)
Patch = pytest.MonkeyPatch
_init, _answers, _tenders, _judged = Counted.__init__, tenders._answers, tenders.tenders, situation.judged


def first_payload_wins(patch: Patch) -> None:
    def resolve(self: Any, contested: Any) -> None:
        for key, variants in contested:
            self.by.setdefault(type(variants[0].body), []).append((key, variants[0]))

    patch.setattr(Counted, "_resolve", resolve)


def delivery_compared(patch: Patch) -> None:
    """Where and how often a fact came is taken for its content."""

    def merge(record: Any, key: str, fact: Fact) -> bool:
        variants = record.facts.get(key, ())
        if fact in variants:
            return False
        record.facts[key] = (*variants, fact)
        return True

    patch.setattr(evolve, "_merge_fact", merge)


def last_amendment_stands(patch: Patch) -> None:
    def newest(counted: Any, header: Any, *rest: Any) -> Any:
        found = counted.standing(OrderAmended)
        last = max(found, key=lambda a: a[1].version)[2] if found else header
        return last.version, last.lines, []

    patch.setattr(snapshots, "_newest", newest)


def last_answer_stands(patch: Patch) -> None:
    def answers(counted: Any) -> Any:
        arrived = {key: f.version for facts in counted.by.values() for key, f in facts}
        return {
            tender: [(at.replace(year=2026, month=1, day=1) + timedelta(days=arrived[key]), rank, answer, key)
                     for at, rank, answer, key in found]
            for tender, found in _answers(counted).items()
        }  # fmt: skip

    patch.setattr(tenders, "_answers", answers)


def deadline_is_lateness(patch: Patch) -> None:
    def judged(counted: Any, load_id: str, policy: Any, reference: Any) -> Any:
        fired = {f.body.subject: f.version for _, f in counted.by.get(DeadlineFired, ())}
        heard = {f.body.tender: f.version for _, f in counted.by.get(TenderAccepted, ())}
        return [
            with_answer(t, "expired")
            if t.answer == "accepted" and fired.get(t.offer.tender, 10**9) < heard[t.offer.tender]
            else t
            for t in _tenders(counted, load_id, policy, reference)
        ]

    patch.setattr(carriage, "tenders", judged)
    patch.setattr(confirmations, "tenders", judged)


def with_answer(tender: tenders.Tender, answer: str) -> tenders.Tender:
    return msgspec.structs.replace(tender, answer=answer)


def cancel_by_arrival(patch: Patch) -> None:
    def by_arrival(record: Any, counted: Any, snapshot: Any, nodes: Any, shipments: Any) -> Any:
        left = min((f.version for _, f, _ in counted.standing(Departed)), default=10**9)
        asked = [f.version for kind in CANCELS for _, f, _ in counted.standing(kind)]
        return _judged(record, counted, snapshot, nodes, [] if any(a < left for a in asked) else shipments)

    patch.setattr(situation, "judged", by_arrival)


def release_by_type(patch: Patch) -> None:
    def init(self: Any, record: Any) -> None:
        _init(self, record)
        releases = [f.version for _, f in self.by.get(HoldReleased, ())]
        shorts = self.by.get(PickShort, ())
        self.released = self.released | {k for k, f in shorts if any(f.version <= r for r in releases)}

    patch.setattr(Counted, "__init__", init)


def pinned_on_arrival(patch: Patch) -> None:
    """The policy of the day the release is read, for want of a clock that of the newest fact, is pinned."""

    def pin(record: Any, event: Any, rules: Any) -> None:
        today = max(f.occurred_at for variants in record.facts.values() for f in variants)
        policy, reference = rules.at(today)
        release = payload_digest(event.occurred_at, event.body)
        body = RulesPinned(release=release, policy=policy, reference=reference)
        record.facts.setdefault(f"rules/{release}", (Fact(event.occurred_at, body),))

    patch.setattr(evolve, "_pin", pin)


def newest_policy_read(patch: Patch) -> None:
    def pinned(counted: Any, release: Any, rules: Any) -> Any:
        return list(rules.policies.values())[-1], list(rules.references.values())[-1]

    patch.setattr(snapshots, "pinned", pinned)
    patch.setattr(load, "pinned", pinned)


def last_record_wins(patch: Patch) -> None:
    patch.setattr(test_loss, "merge", lambda table, key, older, newer: newer)
