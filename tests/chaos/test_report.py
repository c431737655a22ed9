"""Laws of a drill's report: what is written is read again, the picture is XML and names every fault."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Gathered, Sample, Struck
from milepost.chaos.picture import picture
from milepost.chaos.report import Report, read, report_of, write
from milepost.chaos.scales import ticks, ticks_within
from milepost.chaos.side_by_side import side_by_side, worst_side_by_side
from milepost.chaos.verdict import judge
from milepost.tests.chaos.played import REPEAT, STRUCK, played

SVG = "{http://www.w3.org/2000/svg}"


@cache
def sound() -> Gathered:
    return played()


@cache
def damaged() -> Gathered:
    """The sound run without the ERP's first document."""
    return replace(sound(), documents=sound().documents[1:])


@cache
def report() -> Report:
    verdict = judge(damaged())
    return report_of(damaged(), verdict, worst_side_by_side(damaged(), verdict))


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter() if node.tag in (f"{SVG}text", f"{SVG}title")]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """A report comes back from its file as it was, with the verdict, the figures and the command to repeat."""
    write(report(), tmp_path / "drill.json")
    again = read(tmp_path / "drill.json")
    assert again == report()
    assert (again.green, again.repeat) == (False, REPEAT)
    assert {one.name for one in again.judgements if not one.holds} >= {"amounts"}
    owner = sound().documents[0].owner
    assert owner in again.side_by_side
    assert [(one.kind, one.at_s) for one in again.struck] == [(one.kind, one.at_s) for one in sorted(STRUCK)]
    assert list(tmp_path.iterdir()) == [tmp_path / "drill.json"], "no half-written file stays"


def test_the_picture_names_every_fault() -> None:
    """The picture is well-formed XML that names each kind of fault, each lane, the units and the verdict."""
    told = texts(picture(report()))
    for fault in STRUCK:
        assert any(text.startswith(fault.kind) for text in told)
        assert any(fault.target in text and f"{fault.at_s:g}" in text for text in told)
    lanes = ("intake", "fulfilment", "posting", "reconciliation")
    for words in ("messages sent", "documents booked", "per second", "records not committed", *lanes,
                  "seconds since the drill began"):  # fmt: skip
        assert words in told
    assert any(text.startswith("red: amounts") for text in told)
    assert "green: all 9 laws hold" in texts(picture(report_of(sound(), judge(sound()))))


samples = st.builds(
    Sample,
    at_s=st.floats(0, 1e5),
    sent=st.integers(0, 10**9),
    booked=st.none() | st.integers(0, 10**9),
    lags=st.dictionaries(st.text(max_size=8), st.none() | st.integers(0, 10**9), max_size=3),
)
faults = st.builds(
    lambda at, length, *words: Struck(at, at + length, *words),
    st.floats(0, 1e5), st.floats(0, 1e3), st.text("<&>\"' aé", max_size=9), st.text(max_size=9), st.text(max_size=9),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(samples, max_size=8), st.lists(faults, max_size=6))
def test_any_run_can_be_drawn(seen: list[Sample], struck: list[Struck]) -> None:
    """Whatever was sampled and injected, also nothing at all, the picture is XML with one mark for each fault."""
    run = replace(sound(), samples=sorted(seen, key=lambda one: one.at_s), struck=struck)
    svg = ElementTree.fromstring(picture(report_of(run, Verdict(()))))
    assert len(list(svg.iter(f"{SVG}title"))) == len(struck)


@given(st.floats(1e-3, 1e9))
def test_an_axis_ends_above_what_it_shows(high: float) -> None:
    """The numbers beside an axis begin at nought, rise evenly and reach beyond the highest value, but not far."""
    marks = ticks(high)
    assert marks[0] == 0
    assert high <= marks[-1] * (1 + 1e-6)
    assert 3 <= len(marks) <= 8
    within = ticks_within(high)
    assert within[-1] <= high * (1 + 1e-6)
    assert 5 <= len(within) <= 11


def test_both_runs_of_an_order() -> None:
    """Of an order that went wrong both timelines are shown on the rows they share, and what only one has is marked."""
    lost = next(act for act in sound().world.acts if act.event.business_key.startswith("rev/"))
    run = played(heard=lambda act: act.fact != lost.fact)
    lines = side_by_side(run, judge(run), lost.event.owner)
    assert lines[0] == lost.event.owner
    assert lines[-1].endswith(REPEAT)
    marked = [line for line in lines if line.partition(" | ")[2].startswith("!")]
    assert any(lost.event.business_key in line for line in marked)
    shared = [line for line in lines if "stage in_fulfilment" in line]
    assert any(line.count("stage in_fulfilment") == 2 for line in shared)


@pytest.mark.parametrize("owner", ["SO-000001", "load/LD-0000001N", "PO-000002"])
def test_a_sound_order_has_no_mark(owner: str) -> None:
    """Of an order whose run went well nothing is marked as missing in the perfect run's timeline."""
    lines = side_by_side(sound(), judge(sound()), owner)
    assert len(lines) > 5
    assert not [line for line in lines if line.partition(" | ")[2].startswith("!")]
