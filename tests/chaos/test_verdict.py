"""Laws of the verdict: a sound run is green, and each kind of damage makes it red and names the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from milepost.chaos.findings import NOBODY, Verdict
from milepost.chaos.gathered import Gathered
from milepost.chaos.oracles import BOOKS, OWN_FACTS, PERFECT
from milepost.chaos.verdict import judge
from milepost.contracts.events import tag_of
from milepost.contracts.identifiers import is_load
from milepost.contracts.reports import DeadLetter
from milepost.contracts.wms import Departed
from milepost.runtime.erp.protocol import ErpDocument
from milepost.simulators.world import end_of
from milepost.tests.chaos.played import played
from milepost.workflow.record import Record
from msgspec.structs import replace as changed

# Which document was damaged is a number: there is nothing to shrink.
FEW = settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.generate))


@cache
def sound() -> Gathered:
    return played()


@cache
def certain() -> tuple[ErpDocument, ...]:
    """Documents of owners that nothing holds: every oracle demands exactly these."""
    run = sound()
    held = {owner for owner, record in run.records.items() if any(raised.open for raised in record.raised.values())}
    return tuple(one for one in run.documents if one.owner not in held)


def of_owner(verdict: Verdict, owner: str) -> set[str]:
    """Return which judgements accuse the owner."""
    return {one.name for one in verdict.judgements if any(f.owner == owner for f in one.findings)}


def accused(verdict: Verdict) -> set[str]:
    return {f.owner for one in verdict.judgements for f in one.findings}


def with_documents(change: Callable[[ErpDocument], list[ErpDocument]], at: ErpDocument) -> Gathered:
    """Return the sound run in which one document became others."""
    return replace(sound(), documents=[n for o in sound().documents for n in (change(o) if o is at else [o])])


def with_record(owner: str, change: Callable[[Record], None]) -> Gathered:
    record = sound().records[owner].copy()
    record.__dict__.pop("snapshot", None)
    change(record)
    return replace(sound(), records={**sound().records, owner: record})


documents = st.integers(0, 10**6).map(lambda n: certain()[n % len(certain())])
goods = documents.filter(lambda one: bool(one.stock))
valued = documents.filter(lambda one: bool(one.journal))
owners = documents.map(lambda one: one.owner)


@pytest.mark.parametrize(("seed", "orders"), [(1, 60), (2, 90), (5, 40)])
def test_a_sound_run_is_green(seed: int, orders: int) -> None:
    """A run in which nothing was lost or doubled is green, whatever the network did to its messages."""
    verdict = judge(played(seed, orders))
    assert verdict.green, [(one.name, one.findings[:3]) for one in verdict.judgements if not one.holds]
    assert verdict.named("amounts").figures["rows compared"] > orders
    assert verdict.named("units").figures["rows compared"] > orders
    assert verdict.named("status").figures["owners compared"] > orders
    assert verdict.worst(3) == []


@FEW
@given(documents)
def test_a_posting_dropped(one: ErpDocument) -> None:
    """A single document that is missing at the ERP is seen by every oracle, at its order, in amounts and units."""
    verdict = judge(with_documents(lambda document: [], one))
    assert of_owner(verdict, one.owner) == {"amounts"} | ({"units"} if one.stock else set())
    assert verdict.worst(3) == [one.owner]
    texts = " ".join(f.text for f in verdict.named("amounts").findings)
    assert all(name in texts for name in (OWN_FACTS, PERFECT, BOOKS))


@FEW
@given(documents)
def test_a_posting_doubled(one: ErpDocument) -> None:
    """A document booked twice is named, where the ERP keeps references unique and where it does not."""
    for unique in (True, False):
        run = with_documents(lambda document: [document, changed(document, number="4999999999")], one)
        verdict = judge(replace(run, unique_reference=unique, ownership_changes=1))
        assert {"once", "amounts"} <= of_owner(verdict, one.owner), unique
        assert accused(verdict) == {one.owner}


@FEW
@given(valued, st.sampled_from([-1, 1]))
def test_one_cent(one: ErpDocument, cents: int) -> None:
    """One cent on one account of one document is a difference of its order in amounts, and in nothing else."""

    def dearer(document: ErpDocument) -> list[ErpDocument]:
        first, *rest = document.journal
        return [changed(document, journal=(changed(first, amount_minor=first.amount_minor + cents), *rest))]

    verdict = judge(with_documents(dearer, one))
    assert verdict.broken == ("amounts",)
    assert accused(verdict) == {one.owner}


@FEW
@given(goods, st.sampled_from([-1, 1]))
def test_one_unit(one: ErpDocument, units: int) -> None:
    """One unit of one item of one document is a difference of its order in units, though every amount is right."""

    def more(document: ErpDocument) -> list[ErpDocument]:
        first, *rest = document.stock
        return [changed(document, stock=(changed(first, quantity=first.quantity + units), *rest))]

    verdict = judge(with_documents(more, one))
    assert verdict.broken == ("units",)
    assert accused(verdict) == {one.owner}


@FEW
@given(goods)
def test_units_at_another_site(one: ErpDocument) -> None:
    """The right units at the wrong site are a difference: what is compared is not a total."""
    first = one.stock[0]
    other = "DC-SOUTH" if first.node != "DC-SOUTH" else "DC-NORTH"
    run = with_documents(
        lambda document: [changed(document, stock=(changed(first, node=other), *document.stock[1:]))], one
    )
    assert judge(run).broken == ("units",)


@pytest.mark.parametrize(
    "tag", ["wms.return_inspected", "milestone.reversed", "wms.pick_confirmed", "tms.tender_accepted"]
)
def test_a_fact_lost_without_a_trace(tag: str) -> None:
    """A fact that reached neither records nor topics is seen by the oracles that know the truth, and named."""
    lost = next(
        act for act in reversed(sound().world.acts) if tag_of(act.event.body) == tag and _counts(act.event.owner)
    )
    run = played(heard=lambda act: act.fact != lost.fact)
    assert not run.unsent, "no message waited for it: it is lost, and nothing else"
    verdict = judge(run)
    assert {"amounts", "facts"} <= of_owner(verdict, lost.event.owner)
    texts = " ".join(f.text for f in verdict.named("amounts").findings)
    assert BOOKS in texts
    assert PERFECT in texts
    assert OWN_FACTS not in texts
    assert "status" not in verdict.broken, "by its own facts the run is sound"


@pytest.mark.parametrize("tag", ["tms.eta", "wms.packed", "tms.delivered"])
def test_a_fact_lost_that_moves_no_money(tag: str) -> None:
    """A fact on which no document stands is missed by no ledger, and named all the same."""
    lost = next(
        act for act in reversed(sound().world.acts) if tag_of(act.event.body) == tag and _counts(act.event.owner)
    )
    verdict = judge(played(heard=lambda act: act.fact != lost.fact))
    assert verdict.broken == ("facts",)
    assert accused(verdict) == {lost.event.owner}


def _counts(owner: str) -> bool:
    return any(one.owner == owner for one in certain())


@FEW
@given(documents)
def test_an_entry_left_open(one: ErpDocument) -> None:
    """A command whose answer never came is named with its order."""

    def unanswered(record: Record) -> None:
        record.outbox = {
            id_: changed(entry, receipts=()) if id_ == one.reference else entry for id_, entry in record.outbox.items()
        }

    verdict = judge(with_record(one.owner, unanswered))
    assert "rest" in of_owner(verdict, one.owner)
    assert accused(verdict) == {one.owner}


@FEW
@given(owners)
def test_an_instruction_left_unanswered(owner: str) -> None:
    """An instruction that a partner would have answered and did not is named with its order."""

    def silent(record: Record) -> None:
        record.told = {id_: changed(told, answer="") for id_, told in record.told.items()}

    if any(told.answer in ("accepted", "refused") for told in sound().records[owner].told.values()):
        assert "rest" in of_owner(judge(with_record(owner, silent)), owner)


@FEW
@given(owners)
def test_a_deadline_that_did_not_fire(owner: str) -> None:
    """A deadline that the run's clock has passed and that is still due is named with its order; one to come is not."""
    end_s = end_of(sound().world).timestamp()
    assert judge(with_record(owner, lambda record: setattr(record, "due_s", end_s + 1))).green
    verdict = judge(with_record(owner, lambda record: setattr(record, "due_s", end_s)))
    assert verdict.broken == ("rest",)
    assert accused(verdict) == {owner}


@FEW
@given(owners)
def test_a_decision_that_failed(owner: str) -> None:
    """An order on which nothing can be decided is named, and the rest is judged all the same."""
    verdict = judge(with_record(owner, lambda record: setattr(record, "failed", "KeyError: 'x'")))
    assert "rest" in of_owner(verdict, owner)
    assert accused(verdict) == {owner}


@FEW
@given(owners)
def test_a_fact_on_topics_that_its_record_lacks(owner: str) -> None:
    """What our topics tell and the record does not know is named, whoever said it."""
    said = next(event for event in sound().facts if event.owner == owner)
    other = changed(said, business_key=f"{said.business_key}/again", event_id="other")
    verdict = judge(replace(sound(), facts=[*sound().facts, other]))
    assert "facts" in of_owner(verdict, owner)
    assert any("our topics tell" in f.text for f in verdict.named("facts").findings)


@FEW
@given(owners)
def test_a_record_missing(owner: str) -> None:
    """An owner of the world without a record is named."""
    records = {key: record for key, record in sound().records.items() if key != owner}
    assert {"rest", "status"} <= of_owner(judge(replace(sound(), records=records)), owner)


def test_a_stage_wrong() -> None:
    """A record that says another stage than its owner's facts demand is named, though every posting is right."""
    shipped = [one for one in certain() if one.kind == "goods_issue" and not is_load(one.owner)]

    def forgets(record: Record) -> None:
        record.facts = {k: v for k, v in record.facts.items() if not isinstance(v[0].body, Departed)}

    for one in shipped[:5]:
        if any(isinstance(v[0].body, Departed) for v in sound().records[one.owner].facts.values()):
            verdict = judge(with_record(one.owner, forgets))
            assert verdict.broken == ("status", "facts")
            assert accused(verdict) == {one.owner}
            assert any("its facts demand" in f.text for f in verdict.named("status").findings)
            return
    pytest.fail("no order of this world departed by its site's word")


def test_an_exception_left_open() -> None:
    """An exception that people still see as open, or no longer see, is named where its cause says otherwise."""
    seen = [(o, id_, r) for o, record in sound().records.items() for id_, r in record.raised.items()]
    assert {raised.open for _, _, raised in seen} == {True, False}
    for was_open in (True, False):
        owner, id_, raised = next(one for one in seen if one[2].open is was_open)
        turned = changed(raised, open=not was_open)
        verdict = judge(with_record(owner, lambda r, i=id_, t=turned: r.raised.__setitem__(i, t)))  # type: ignore[misc]
        assert verdict.broken == ("status",)
        assert accused(verdict) == {owner}


LETTER = DeadLetter(topic="partner.events", partition=3, offset=17, key="SO-1", reason="not_json", text="byte 1")


@pytest.mark.parametrize(
    ("letters", "explained", "red"),
    [
        ((), {}, False),
        ((LETTER,), {"not_json": 1}, False),
        ((LETTER,), {}, True),
        ((LETTER, changed(LETTER, offset=18)), {"not_json": 1}, True),
        ((), {"not_json": 1}, True),
        ((LETTER,), {"too_large": 1}, True),
    ],
)
def test_dead_letters(letters: tuple[DeadLetter, ...], explained: dict[str, int], red: bool) -> None:
    """Dead letters are exactly those that the world's faults make; one more names its order, one less is missed."""
    verdict = judge(replace(sound(), dead_letters=letters, explained=explained))
    assert verdict.broken == (("dead letters",) if red else ())
    assert ("SO-1" in accused(verdict)) == (red and bool(letters))


def test_the_run_as_such() -> None:
    """A lane behind or unheard of, a message that never went, a window nobody hit, a planned fault that was not played:
    each is a finding of the run."""
    for damaged, name in (
        (replace(sound(), lags={**sound().lags, "posting": 3}), "rest"),
        (replace(sound(), lags={**sound().lags, "posting": None}), "rest"),
        (replace(sound(), lags={"intake": 0, "fulfilment": 0, "posting": 0}), "rest"),
        (replace(sound(), unsent={"wms/SO-1": 2}), "rest"),
        (replace(sound(), hits={**sound().hits, "erp.call.after": 0}), "windows"),
        (replace(sound(), planned={"worker kill": 2, "ERP outage <all>": 1}), "faults"),
    ):
        verdict = judge(damaged)
        assert verdict.broken == (name,)
        assert accused(verdict) == {NOBODY}
    assert judge(replace(sound(), hits={}, required=frozenset())).green, "what nobody promised need not be hit"


def test_an_extra_document_found_and_reversed() -> None:
    """Without unique references a document too many is borne once per change of the poster, if the pass reversed it."""
    found = replace(played(doubled=frozenset({40})), ownership_changes=1)
    verdict = judge(found)
    assert verdict.green, [(one.name, one.findings[:3]) for one in verdict.judgements if not one.holds]
    assert verdict.named("once").figures["extra documents"] == 1
    assert judge(replace(found, ownership_changes=0)).broken == ("once",)
    assert judge(replace(found, unique_reference=True)).broken == ("once",)


def test_an_extra_document_that_stands() -> None:
    """One that the posting pass never found stands: its order is named, in amounts too."""
    verdict = judge(replace(played(doubled=frozenset({40}), compared=False), ownership_changes=1))
    assert {"once", "amounts"} <= set(verdict.broken)
    assert len(accused(verdict)) == 1
