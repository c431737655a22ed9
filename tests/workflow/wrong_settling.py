"""Wrong ways to settle, publish and post: each is the right code without one rule of the laws."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from milepost.contracts.identifiers import digest
from milepost.tests.workflow.posting_lane import PostingLane
from milepost.tests.workflow.shell import Shell
from milepost.workflow import evolve, grounds, outbox, replay, settle, step
from milepost.workflow.evolve import Arrival
from milepost.workflow.outbox import state
from milepost.workflow.record import Entry
from milepost.workflow.settle import _Settlement

Patch = pytest.MonkeyPatch
_post, _run, _settle, _chains = _Settlement._post, _Settlement.run, _Settlement._settle, settle.chains
_again = _Settlement._again
_receipt, _compute, _say_again, _say_open = evolve._merge_receipt, Shell.compute, replay.say_again, replay.say_open


def ids_by_content_alone(patch: Patch) -> None:
    def post(self: Any, want: Any, chain: Any) -> None:
        _post(self, want, SimpleNamespace(posts=chain.posts, undone=()))  # type: ignore[arg-type]

    patch.setattr(_Settlement, "_post", post)


def ids_by_counting(patch: Patch) -> None:
    def post(self: Any, want: Any, chain: Any) -> None:
        id_ = digest(self.record.key, want.chain, len(chain.undone))
        if id_ not in self.record.outbox:
            self._send(Entry(id_, want.chain, want.document, 0))

    patch.setattr(_Settlement, "_post", post)


def unknown_receipts_dropped(patch: Patch) -> None:
    patch.setattr(evolve, "_merge_receipt", lambda r, a, p: a.command.id in r.outbox and _receipt(r, a, p))


def reversals_not_told(patch: Patch) -> None:
    patch.setattr(PostingLane, "telling_reversals", False)


def several_open_per_chain(patch: Patch) -> None:
    def chains(record: Any) -> Any:
        found = _chains(record)
        for chain in found.values():
            chain.busy = False
        return found

    patch.setattr(settle, "chains", chains)


def first_live_document_kept(patch: Patch) -> None:
    def settled(self: Any, name: str, chain: Any, want: Any) -> None:
        chain.live = chain.live[:1]
        _settle(self, name, chain, want)

    patch.setattr(_Settlement, "_settle", settled)


def goods_issue_does_not_wait(patch: Patch) -> None:
    patch.setattr(_Settlement, "_stood_on", lambda self, name: False)


def invoice_does_not_wait(patch: Patch) -> None:
    patch.setattr(_Settlement, "_grounded", lambda self, want: True)


def every_extra_waits(patch: Patch) -> None:
    def settled(self: Any, name: str, chain: Any, want: Any) -> None:
        if len(chain.live) < 2 or not self._stood_on(name):
            _settle(self, name, chain, want)

    patch.setattr(_Settlement, "_settle", settled)


def surplus_reversals_left(patch: Patch) -> None:
    def settled(self: Any, name: str, chain: Any, want: Any) -> None:
        chain.surplus = []
        _settle(self, name, chain, want)

    patch.setattr(_Settlement, "_settle", settled)


def retried_directly(patch: Patch) -> None:
    def run(self: Any) -> Any:
        for entry in list(self.record.outbox.values()):
            self._again(entry)
        return _run(self)

    patch.setattr(_Settlement, "run", run)


def retried_for_ever(patch: Patch) -> None:
    def again(self: Any, entry: Any) -> None:
        if state(entry) == "rejected" and any(id_ == entry.id for id_, _ in self.decision.retries):
            self._send(msgspec.structs.replace(entry, attempt=entry.attempt + 1))

    patch.setattr(_Settlement, "_again", again)


def published_before_durable(patch: Patch) -> None:
    def compute(self: Any) -> None:
        before = len(self.pipeline)
        _compute(self)
        for chunk in self.pipeline[before:]:
            for record, said in chunk.said:
                self._publish(record.key, said)
            chunk.said = []

    patch.setattr(Shell, "compute", compute)


def open_entries_forgotten(patch: Patch) -> None:
    """Neither recovery nor the replay of a place says an open command again."""
    patch.setattr(replay, "say_open", lambda record, out: None)
    patch.setattr(replay, "state", lambda entry: "accepted")


def places_forgotten(patch: Patch) -> None:
    patch.setattr(replay, "say_again", lambda record, arrivals, out, decide: None)


def duplicates_answered(patch: Patch) -> None:
    def again(record: Any, arrivals: Any, out: Any, decide: Any) -> None:
        known = [f.place for a in arrivals for f in record.facts.get(a.event.business_key, ())]
        _say_again(record, [Arrival(arrivals[0].event, place) for place in known], out, decide)

    patch.setattr(replay, "say_again", again)


def impatient_after_unknown(patch: Patch) -> None:
    patch.setattr(PostingLane, "patient", False)


def drift_unnoticed(patch: Patch) -> None:
    patch.setattr(step, "_notice_drift", lambda record, rules, place: None)


def drift_of_sendable_commands_alone(patch: Patch) -> None:
    patch.setattr(step, "content", lambda decision: "")


def rollback_unnoticed(patch: Patch) -> None:
    patch.setattr(step, "undone_by", lambda record, rules: ())


def half_decisions_kept(patch: Patch) -> None:
    """What was settled before decide raised stays in the record, though it was never published."""
    patch.setattr(step, "_restore", lambda *given: None)


def credits_stand_alone(patch: Patch) -> None:
    """Only an invoice stands on something."""
    patch.setattr(grounds, "DEPENDENTS", {"goods_issue": frozenset({"customer_invoice"})})


def dependents_by_the_name_of_their_chain(patch: Patch) -> None:
    def ground_of(entry: Any) -> str:
        kind, _, rest = entry.chain.partition("/")
        return f"{grounds.GROUNDS[kind]}/{rest}"

    patch.setattr(grounds, "ground_of", ground_of)


def undermined_by_the_next_ground_alone(patch: Patch) -> None:
    """A credit stays while its invoice has to go because of the goods issue."""

    def undermined(want: Any, decision: Any, found: Any) -> bool:
        base, ground = decision.ought.get(want.requires), found.get(want.requires)
        if base is None or decision.blocked(want.requires) or want.requires in decision.skipped or ground is None:
            return False
        return bool(ground.live) and all(e.document != base.document for e in ground.live)

    patch.setattr(grounds, "undermined", undermined)


def posted_on_what_has_to_go(patch: Patch) -> None:
    """A right ground is enough, though it will be reversed because its own ground is wrong."""

    def grounded(self: Any, want: Any) -> bool:
        ground, base = self.chains.get(want.requires), self.decision.ought.get(want.requires)
        if not want.requires or want.requires in self.decision.skipped:
            return True
        return bool(base and ground and not ground.busy and [e.document for e in ground.live] == [base.document])

    patch.setattr(_Settlement, "_grounded", grounded)


def too_many_beside_each_other(patch: Patch) -> None:
    patch.setattr(_Settlement, "_crowded", lambda self, want: False)


def order_of_first_postings_ignored(patch: Patch) -> None:
    patch.setattr(_Settlement, "_preceded", lambda self, want, chain: True)


def undone_in_the_order_of_names(patch: Patch) -> None:
    patch.setattr(_Settlement, "_turn", lambda self, name: (0, name))


def vouched_for_in_vain(patch: Patch) -> None:
    def run(self: Any) -> Any:
        self.decision = replace(self.decision, skipped=frozenset())
        return _run(self)

    patch.setattr(_Settlement, "run", run)


def compensated_once(patch: Patch) -> None:
    patch.setattr(outbox, "COMPENSATION_TRIES", 1)


def compensated_for_ever(patch: Patch) -> None:
    patch.setattr(outbox, "COMPENSATION_TRIES", 10**6)


def everything_tried_again(patch: Patch) -> None:
    """The way forward is tried as often as the way back."""
    patch.setattr(settle, "answers_itself", lambda entry: entry.attempt < 2)


def closed_periods_wait_for_a_person(patch: Patch) -> None:
    patch.setattr(outbox, "PERIOD_TRIES_MAX", -1)


def booked_on_the_same_day_again(patch: Patch) -> None:
    patch.setattr(settle, "first_open", lambda entry: "")


def the_document_dated_anew(patch: Patch) -> None:
    """The open day is written into the document instead of beside it."""

    def again(self: Any, entry: Any) -> None:
        if outbox.first_open(entry) and not entry.reverses:
            document = msgspec.structs.replace(entry.document, date=outbox.first_open(entry))
            entry = msgspec.structs.replace(entry, document=document)
        _again(self, entry)

    patch.setattr(_Settlement, "_again", again)
