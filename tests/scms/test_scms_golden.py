"""The real file, where it is (MILEPOST_SCMS, or ../shared/data): its golden totals, and every order's end."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from milepost.codecs.scms import ScmsLine
from milepost.codecs.scms_values import Unread
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import ROOT
from milepost.simulators import scms_quality, scms_reference
from milepost.simulators.scms import replay
from milepost.simulators.transport import FAULTS
from milepost.workflow.oracle import Ought, ought_of
from milepost.workflow.rules import Rules

FILE = Path(os.environ.get("MILEPOST_SCMS", ROOT.parent / "shared" / "data" / "scms_delivery_history.tsv"))
pytestmark = pytest.mark.skipif(
    not FILE.is_file(), reason=f"the SCMS delivery history is not at {FILE}; set MILEPOST_SCMS to its path"
)


@pytest.fixture(scope="module")
def lines() -> list[ScmsLine]:
    return scms_reference.read(FILE)


@pytest.fixture(scope="module")
def rules(lines: list[ScmsLine], tmp_path_factory: pytest.TempPathFactory) -> Rules:
    directory = tmp_path_factory.mktemp("reference")
    for file in (ROOT / "reference").glob("*.json"):
        shutil.copy(file, directory)
    scms_reference.write_reference(lines, directory)
    return load_rules(ROOT / "policies", directory, "main")


@pytest.fixture(scope="module")
def ought(lines: list[ScmsLine], rules: Rules) -> Ought:
    """What ought to exist after a replay with every fault of the transport."""
    return ought_of(replay(lines, seed=1, faults=frozenset(FAULTS)), rules)


def test_golden_totals(lines: list[ScmsLine]) -> None:
    """The file's lines, orders, shipments, value and all forms of freight add up to its published totals."""
    found = scms_reference.totals(lines)
    assert (found.lines, found.orders, found.shipments) == (10_324, 6_233, 7_030)
    assert found.value_minor == 1_627_584_457_29
    assert (found.freight_amounts, found.freight_minor) == (6_198, 68_817_849_41)
    assert (found.pointers, found.resolved, found.included, found.separate) == (2_445, 2_445, 1_442, 239)


def test_every_order_ends(lines: list[ScmsLine], ought: Ought) -> None:
    """Each of the 6,233 orders is delivered and each of the 6,198 loads accepted, with nothing held back."""
    orders = Counter(stage for owner, stage in ought.stages.items() if not owner.startswith("load/"))
    loads = Counter(stage for owner, stage in ought.stages.items() if owner.startswith("load/"))
    assert (orders, loads) == ({"delivered": 6_233}, {"accepted": 6_198})
    assert not ought.blocked


def test_books_equal_the_file(ought: Ought) -> None:
    """What is invoiced is the file's line value and what is accrued is its freight, to the cent."""
    assert sum(v for row, v in ought.rows.items() if row[2] == "receivable") == 1_627_584_457_29
    assert sum(v for row, v in ought.rows.items() if row[2] == "accrued_freight") == -68_817_849_41


def test_unread_dates_are_exceptions(lines: list[ScmsLine], ought: Ought) -> None:
    """Every order with words in place of a date has a data-quality exception that names the field and the words."""
    named = {
        owner: {problem.text for problem in decision.problems if problem.type == "DATA_QUALITY"}
        for owner, decision in ought.decisions.items()
    }
    for line in lines:
        for name in ("quote_sent", "order_sent"):
            day = getattr(line, name)
            if isinstance(day, Unread):
                assert f"{scms_quality.DAYS[name]}: {day.text}" in named[line.order]
