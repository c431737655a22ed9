"""Law: each order is in the status its facts demand: stage, holds and open exceptions as one pass over them says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from milepost.chaos.findings import Finding, Judgement
from milepost.chaos.gathered import Gathered
from milepost.chaos.oracles import Oracles
from milepost.workflow.decision import Decision
from milepost.workflow.exceptions import exception_id, problems
from milepost.workflow.record import Record

NAME = "status"
SHOWN = 5


def judge_status(gathered: Gathered, oracles: Oracles, written: dict[str, Decision]) -> Judgement:
    """Compare what each record as last written says with what its owner's facts demand."""
    unknown = sorted(oracles.demanded.keys() ^ gathered.records.keys())
    findings = [Finding(owner, _one_sided(owner in gathered.records)) for owner in unknown]
    for owner, demanded in oracles.demanded.items():
        if owner in gathered.records:
            found = _differences(gathered.records[owner], written[owner], demanded)
            findings += [Finding(owner, text) for text in found]
    figures = {
        "owners compared": len(oracles.demanded),
        "holds open": sum(len(one.holds) for one in written.values()),
        "exceptions open": sum(raised.open for one in gathered.records.values() for raised in one.raised.values()),
    }
    return Judgement(NAME, "each order in the status its facts demand", tuple(findings), figures)


def _one_sided(recorded: bool) -> str:
    return "it has a record, and no facts of it were read" if recorded else "facts of it were read, it has no record"


def _differences(record: Record, written: Decision, demanded: Decision) -> Iterator[str]:
    if written.stage != demanded.stage:
        yield f"its record says {written.stage}, its facts demand {demanded.stage}"
    yield from _apart("holds", (h.id for h in written.holds), (h.id for h in demanded.holds))
    yield from _apart("problems", _names(written), _names(demanded))
    # What people were shown: published exceptions, as the record keeps them, against what it must show now.
    shown = (id_ for id_, raised in record.raised.items() if raised.open)
    must = {exception_id(record.key, one): f"{one.type}:{one.cause}" for one in problems(record, written)}
    names = {id_: f"{raised.type}:{raised.cause}" for id_, raised in record.raised.items()} | must
    yield from _apart("open exceptions", (names[id_] for id_ in shown), must.values())


def _names(decision: Decision) -> Iterator[str]:
    return (f"{one.type}:{one.cause}" for one in decision.problems)


def _apart(what: str, ours: Iterable[str], theirs: Iterable[str]) -> Iterator[str]:
    have, want = set(ours), set(theirs)
    if have != want:
        yield f"{what}: too many {sorted(have - want)[:SHOWN]}, missing {sorted(want - have)[:SHOWN]}"
