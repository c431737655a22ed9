"""Pages for people on duty: what they tell them to type, look at and open is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from milepost.k8s.monitoring.groups import ALERTS
from milepost.metrics.table import METRICS
from milepost.runtime.settings import table
from milepost.tests.ops.test_runbooks import parse

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "cluster.md", "disaster.md", "leaving-12-partitions.md", "operations.md", "security.md", "slo.md", "traces.md",
)  # fmt: skip
CODE = re.compile(r"```(?:sh)?\n(.*?)```|`([^`\n]+)`", re.DOTALL)
SERIES = {f"{one.name}_total" if one.kind == "counter" else one.name for one in METRICS.values()}


def code(page: str) -> list[str]:
    """Every line in code of a page."""
    found = CODE.findall((DOCS / page).read_text())
    return [line.strip() for block, inline in found for line in (block or inline).splitlines()]


CALLS = sorted({(page, line) for page in PAGES for line in code(page) if line.startswith("milepost ")})


@pytest.mark.parametrize(("page", "call"), CALLS)
def test_every_verb_of_the_page_exists(page: str, call: str) -> None:
    """Every `milepost ...` is taken as it stands, with the words in capitals as values."""
    words = shlex.split(call.partition(" | ")[0].replace("...", "because").replace("LANE", "posting"))[1:]
    if words[-1] != "--help":
        parse(words)


@pytest.mark.parametrize("page", PAGES)
def test_everything_that_a_page_names_is_there(page: str) -> None:
    """Metrics, alerts, settings and files behind links."""
    text, lines = (DOCS / page).read_text(), code(page)
    assert {one for one in lines if re.fullmatch(r"milepost_\w+", one)} <= SERIES
    assert set(re.findall(r"\bMilepost[A-Z]\w+", text)) <= {alert.name for alert in ALERTS}
    assert set(re.findall(r"\bMILEPOST_[A-Z_]+\b", text)) <= {name for name, *_ in table()}
    missing = [link for link in re.findall(r"\]\(([^)#]+)[)#]", text) if not (DOCS / link).exists()]
    assert missing == []


def test_it_answers_its_three_questions() -> None:
    """How do I see that we are behind, why, and what do I do."""
    headings = re.findall(r"^## (.+)$", (DOCS / "operations.md").read_text(), re.MULTILINE)
    assert headings[:3] == ["Are we behind?", "Why?", "What do I do?"]
