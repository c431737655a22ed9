"""What is read at a glance is what is read element by element, and nothing that a partner sends makes reading raise."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from milepost.codecs.x12.segments import DEFAULT
from milepost.codecs.x12.sets import SETS
from milepost.codecs.x12.sets.elements import taken
from milepost.codecs.x12.sets.model import Element, Fields
from milepost.codecs.x12.sets.plan import Layout, Plan, layout
from milepost.codecs.x12.sets.recipes import FORMS_MAX, usual
from milepost.codecs.x12.sets.tables import segment
from milepost.tests.codecs.x12.set_texts import read_set, told

WORDS = ("A", "GM", "VN", "UP", "12", "-3", "4.5", ".", "²", "٣", "20261126", "20261340", "1200", "2561", "a>b", ">",
         " 7", "1e5", "nan", "9" * 18, "9" * 19, "9" * 30, "é", "X" * 30)  # fmt: skip


def layouts(plan: Plan) -> Iterator[Layout]:
    """Every segment of a set and of the loops in it."""
    for ways in plan.ways.values():
        for way in ways:
            yield way.layout
            if way.inner is not None:
                yield from layouts(way.inner)


LAYOUTS = sorted({one.table.id + str(one.table): one for s in SETS.values() for one in layouts(s.plan)}.items())


def values(element: Element) -> st.SearchStrategy[str]:
    """Right ones more often than wrong ones, and often none."""
    right = {"n": "42", "n2": "42", "r": "4.5", "d": "20261126", "t": "1200"}.get(element.kind, "AB")
    code = min(element.codes, default=right)
    return st.one_of(st.just(code), st.just(code), st.just(code), st.just(""), st.sampled_from(WORDS))


@st.composite
def lines(draw: st.DrawFn) -> tuple[Layout, list[str]]:
    """A segment of any table, as long as it may be or a little longer."""
    _, one = draw(st.sampled_from(LAYOUTS))
    elements = one.table.elements[: draw(st.integers(0, one.size))]
    beyond = draw(st.lists(st.sampled_from(("", "X")), max_size=2)) if len(elements) == one.size else []
    return one, [one.table.id, *(draw(values(element)) for element in elements), *beyond]


@settings(max_examples=1500)
@given(lines())
def test_a_recipe_gives_what_the_elements_give(line: tuple[Layout, list[str]]) -> None:
    """The same fields in the same order; and never where there is something to tell."""
    one, parts = line
    fields: Fields = {}
    faults: list[object] = []
    taken(one, parts, fields, DEFAULT, lambda *what, **_: faults.append(what))
    for _ in range(2):  # when the form is new, and when it is known
        found = usual(one, parts)
        assert found is None or (list(found.items()) == list(fields.items()) and not faults)


def test_usual_segments_have_a_recipe() -> None:
    """Lines with quantity, ids and empty elements between; not with a qualifier twice, nor a number that is none."""
    line = layout(segment("W12", "status:368 ordered:330r unit:355 ids~235/234 lot:451 ids~235/234"))
    right = ["W12", "SH", "9", "", "VN", "A", "", "UP", "B"]
    assert usual(line, right) == {"status": "SH", "ordered": "9", "ids": {"VN": "A", "UP": "B"}}
    for at, odd in ((2, "9x"), (7, "VN"), (8, "")):
        assert usual(line, [*right[:at], odd, *right[at + 1 :]]) is None
    assert usual(line, right) is not None


def test_forms_without_end_are_read_all_the_same() -> None:
    """No more of them are kept than FORMS_MAX; the others are read element by element."""
    line = layout(segment("ZZ9", " ".join(f"{name}:1" for name in "abcdefgh")))
    for bits in range(256):
        usual(line, ["ZZ9", *("X" if bits & 1 << at else "" for at in range(8))])
    assert len(line.forms) == FORMS_MAX
    assert read_set("945", "W06*F*O-1\nN9*BM*1").fields["refs"] == {"BM": "1"}


@settings(max_examples=150)
@given(st.sampled_from(sorted(SETS)), st.data())
def test_any_segments_give_a_reading(code: str, data: st.DataObject) -> None:
    """Segments of the set's own tables in any order with any values: faults, and no error."""
    own = [(name, one) for name, one in sorted({o.table.id: o for o in layouts(SETS[code].plan)}.items())]
    body = []
    for name, one in data.draw(st.lists(st.sampled_from(own), max_size=12)):
        body.append([name, *(data.draw(st.sampled_from(("", *WORDS))) for _ in one.rows[:8])])
    SETS[code].read([["ST", code, "1"], *body, ["SE", str(len(body) + 2), "1"]], DEFAULT)


def test_amounts_beyond_counting_are_added_up() -> None:
    """An invoice of thirty digits is a total that does not add up."""
    reading = read_set("810", f"BIG*20261105*I-1\nIT1*1*2*EA*{'9' * 30}\nTDS*1")
    assert ("total", "TDS", 4, 1, "") in told(reading)
