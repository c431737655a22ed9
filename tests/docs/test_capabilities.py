"""The page of what can be seen names tests and verbs that are there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from milepost.commands.main import VERBS
from milepost.commands.partner import VERBS as PARTNER_VERBS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| ---")][1:]


@cache
def functions_of(file: str) -> frozenset[str]:
    nodes = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    found = (node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in found if name.startswith("test_"))


def named(row: str) -> Iterator[tuple[str, str]]:
    """File and test, or verb, of what a row names in backticks; `::test` alone is of the file before it."""
    file = ""
    for word in re.findall(r"`([^`]+)`", row):
        if word.startswith(("tests/", "::")):
            path, _, test = word.partition("::")
            file = path or file
            yield file, test
        elif word.startswith("milepost "):
            yield word, ""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split(" | ")[0].strip("| "))
def test_what_a_row_names_is_there(row: str) -> None:
    """Each row has a test or a verb to see it by; every one it names exists, and every page it leads to."""
    found = list(named(row))
    assert found
    for name, test in found:
        if name.startswith("milepost "):
            verb, _, below = name.removeprefix("milepost ").partition(" ")
            assert verb in VERBS, name
            assert not below or below in PARTNER_VERBS, name
        else:
            assert functions_of(name), name
            assert not test or test in functions_of(name), (name, test)
    for link in re.findall(r"\]\(([^)]+)\)", row):
        assert (ROOT / "docs" / link).exists(), link
