"""Totals of a partner's snapshots become what came on top, each once, whatever comes when."""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.contracts import wms
from milepost.contracts.events import Event
from milepost.contracts.references import Counted
from milepost.tables import snapshots
from milepost.tests.intake.referred import T0, Pool

totals = st.dictionaries(st.sampled_from("123"), st.integers(0, 50), max_size=3)


def counted(lines: dict[str, int], message: str = "M-1", snapshot: str = "snapshot/acme/PO-7") -> Counted:
    body = wms.GoodsReceived(
        node="DC", receipt="PO-7", lines=tuple(wms.LineQuantity(line=n, quantity=q) for n, q in lines.items())
    )
    event = Event(
        event_id=message, business_key="received/PO-7", owner="PO-7", occurred_at=T0, source="acme", body=body
    )  # fmt: skip
    return Counted(snapshot=snapshot, as_of=T0, event=event, message=message)


def received(pool: Pool) -> dict[str, int]:
    """What the order's receipts come to, each id once."""
    sums: Counter[str] = Counter()
    for event in {one.event_id: one for one in pool.told}.values():
        for line in event.body.lines:  # type: ignore[union-attr]
            sums[line.line] += line.quantity
    return +sums


@settings(max_examples=150)
@given(st.lists(totals, max_size=8), st.data(), st.integers(0, 99))
def test_the_sum_is_the_highest_total(said: list[dict[str, int]], data: st.DataObject, seed: int) -> None:
    """In whatever order snapshots come, however often, through whatever crashes, what is told of a line adds up to its
    highest total."""
    pool = Pool(seed)
    order = data.draw(st.permutations(said + said[:3]))
    pool.say(*(counted(lines, f"M-{number}") for number, lines in enumerate(order)))
    pool.run(crashes=0.3)
    highest: Counter[str] = Counter()
    for lines in said:
        highest |= Counter(lines)
    assert received(pool) == +highest
    assert len({(e.event_id, repr(e.body)) for e in pool.told}) == len({e.event_id for e in pool.told})


def test_an_older_snapshot_tells_nothing() -> None:
    """Repeated and older totals are no news; each increase is a receipt of its own, under a name of line and totals."""
    pool = Pool()
    pool.say(*(counted({"1": total}, f"M-{n}") for n, total in enumerate((5, 5, 3, 9))))
    pool.run()
    assert [e.body.lines[0].quantity for e in pool.told] == [5, 4]  # type: ignore[union-attr]
    assert len({e.body.receipt for e in pool.told}) == 2  # type: ignore[union-attr]
    assert len({e.business_key for e in pool.told}) == 2
    assert len(pool.passed) == 2


def test_entities_never_meet() -> None:
    """The same order in the snapshots of two partners is counted for each: their totals are not one."""
    pool = Pool()
    pool.say(counted({"1": 5}), counted({"1": 5}, snapshot="snapshot/other/PO-7"))
    pool.run()
    assert len({event.event_id for event in pool.told}) == 2


def test_steps_are_kept_while_they_may_be_said_again() -> None:
    """A row keeps the steps of what may be read again after a crash, and no older ones."""
    row = snapshots.Snapshot()
    for place in (0, 1, snapshots.UNDER_WAY_MAX + 1):
        snapshots.counted(row, {"1": place + 1}, place)
    assert [step.place for step in row.steps] == [snapshots.UNDER_WAY_MAX + 1]
    assert snapshots.counted(row, {"1": 1}, snapshots.UNDER_WAY_MAX + 1) == row.steps


@settings(max_examples=60)
@given(st.lists(totals, min_size=1, max_size=4), st.lists(totals, max_size=4), st.integers(0, 99))
def test_what_another_partner_told_is_noted_and_not_told(
    before: list[dict[str, int]], after: list[dict[str, int]], seed: int
) -> None:
    """Of a partner that takes over a site only what comes on top of its last totals before the switch is news, through
    whatever crashes."""
    pool = Pool(seed)
    pool.say(*(msgspec.structs.replace(counted(one, f"B-{n}"), told=False) for n, one in enumerate(before)))
    pool.say(*(counted(one, f"A-{n}") for n, one in enumerate(after)))
    pool.run(crashes=0.3)
    known: Counter[str] = Counter()
    for one in before:
        known |= Counter(one)
    highest = known.copy()
    for one in after:
        highest |= Counter(one)
    assert received(pool) == highest - known
