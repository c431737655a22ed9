"""Files as text with lines: what YAML would make of a scalar does not happen, what it would share is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.yaml_lines import DEPTH_MAX, FILE_MAX_BYTES, NODES_MAX, Problems, plain, read


def _read(data: bytes) -> tuple[object, list[str]]:
    problems = Problems()
    node = read("f.yaml", data, problems)
    return (None if node is None else plain(node)), [str(one) for one in problems.all()]


def test_every_scalar_is_the_text_it_looks_like() -> None:
    """Nothing becomes a number, a switch, a date or null: a status 01 or NO is what it says."""
    found, problems = _read(b"a: 01\nb: NO\nc: 1.10\nd: 2026-03-02\ne: null\nf: ~\ng:\nh: 'x'\n")
    assert found == {
        "a": "01", "b": "NO", "c": "1.10", "d": "2026-03-02", "e": "null", "f": "~", "g": "", "h": "x",
    }  # fmt: skip
    assert not problems


def test_every_part_knows_its_line() -> None:
    """A value's line is that of its key, an item's its own."""
    node: Any = read("f.yaml", b"a:\n  b: 1\n  c:\n    - x\n    - y: 2\n", Problems())
    assert node is not None
    a = node.entries["a"]
    c = a.entries["c"]
    assert (a.line, a.entries["b"].line, c.line, c.items[0].line, c.items[1].line) == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"a: &x 1\nb: *x\n", 1, "anchor"),
        (b"b:\n  c: *x\n", 2, "alias"),
        (b"a: 1\nb: !!python/object:os.system x\n", 2, "tag"),
        (b"a: 1\n---\nb: 2\n", 2, "second document"),
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", 4, "c stands twice"),
        (b"? [x]\n: 1\n", 1, "key must be a text"),
        (b"- 1\n", 1, "no mapping"),
        (b"", 1, "empty"),
        (b"a: [1\nb: 2", 2, "no YAML"),
        (b"a: \xff\xfe", 1, "no YAML"),
        (b"a: " + b"[" * 3 * DEPTH_MAX + b"]" * 3 * DEPTH_MAX, 1, "nested deeper"),
        (b"a: [" + b"1," * (NODES_MAX + 1) + b"]", 1, "more than"),
        (b"a: " + b"x" * FILE_MAX_BYTES, 1, "bytes"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_with_its_line(data: bytes, line: int, said: str) -> None:
    """Sharing, tags, twice said keys and files over a limit are problems at their line."""
    _, problems = _read(data)
    assert any(one.startswith(f"f.yaml:{line}: ") and said in one for one in problems), problems


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_a_mapping_or_a_problem(data: bytes) -> None:
    """Whatever stands in a file, reading it gives a mapping or a problem, and no other error."""
    found, problems = _read(data)
    assert isinstance(found, dict) or problems
