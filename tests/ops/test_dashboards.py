"""The committed dashboards: what the builders make, laid out so that nothing overlaps, and everything explained."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from milepost.grafana.board import COLUMNS, TAG
from milepost.grafana.boards import BOARDS, DIRECTORY
from milepost.grafana.links import RUNBOOKS
from milepost.k8s.monitoring.rule import RUNBOOKS_AT
from milepost.tests.ops.dashboards import Json, dashboards, panels, targets

ROOT = Path(__file__).parent.parent.parent
NAMES = sorted(BOARDS)
LIMIT_BYTES = 256 * 1024
"""A ConfigMap that is applied by a client holds its content twice, the second time in an annotation of this size."""


@pytest.fixture(scope="module")
def committed() -> dict[str, Json]:
    return dashboards()


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_dashboard_is_what_the_builders_make(name: str) -> None:
    """Building a dashboard again gives the committed file to the byte: `python -m milepost.grafana` was run."""
    assert (DIRECTORY / f"{name}.json").read_text() == BOARDS[name]().json()


def test_every_file_has_a_builder(committed: dict[str, Json]) -> None:
    """No dashboard lies beside those that are built, and each has an address of its own."""
    assert committed.keys() == BOARDS.keys()
    assert len({one["uid"] for one in committed.values()}) == len(committed)
    assert len({one["title"] for one in committed.values()}) == len(committed)


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique_and_nothing_overlaps(committed: dict[str, Json], name: str) -> None:
    """Within a dashboard every panel and row has its own id and its own place on the 24 columns."""
    found = committed[name]["panels"]
    assert not [number for number, times in Counter(one["id"] for one in found).items() if times > 1]
    for one in found:
        place = one["gridPos"]
        assert place["w"] > 0, one["title"]
        assert place["h"] > 0, one["title"]
        assert 0 <= place["x"] <= COLUMNS - place["w"], one["title"]
    overlapping = [(a["title"], b["title"]) for a, b in combinations(found, 2) if _overlap(a["gridPos"], b["gridPos"])]
    assert not overlapping


def _overlap(a: Json, b: Json) -> bool:
    beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    return not (beside or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"])


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_is_explained(committed: dict[str, Json], name: str) -> None:
    """Every panel has a title of its own, a description that is a sentence, a unit, and reads the chosen datasource."""
    for panel in panels(committed[name]):
        assert panel["title"].strip()
        assert panel["description"].endswith((".", "!")), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert panel["targets"], panel["title"]
    titles = Counter(panel["title"] for panel in panels(committed[name]))
    assert not [title for title, times in titles.items() if times > 1]


def test_every_target_has_a_legend_and_the_chosen_datasource() -> None:
    """No series is named by all of its labels, and no target reads a datasource of its own."""
    for name, panel, target in targets():
        place = f"{name}: {panel['title']}"
        assert target["legendFormat"], place
        assert target["datasource"]["uid"] == "${datasource}", place
        assert target["range"] is not target["instant"], place


@pytest.mark.parametrize("name", NAMES)
def test_variables_are_those_that_queries_use(committed: dict[str, Json], name: str) -> None:
    """A dashboard asks for the datasource, one namespace and the lanes, and for a topic where a query uses it; "All"
    matches series without such a label as well."""
    variables = {one["name"]: one for one in committed[name]["templating"]["list"]}
    used = any("$topic" in target["expr"] for panel in panels(committed[name]) for target in panel["targets"])
    assert list(variables) == ["datasource", "namespace", "lane", *(["topic"] if used else [])]
    space = variables["namespace"]  # one at a time: what a query adds up is of one installation
    assert not space.get("multi")
    assert not space.get("includeAll")
    for one in list(variables.values())[2:]:
        assert one["allValue"] == ".*"
        assert one["multi"]
        assert one["includeAll"]


@pytest.mark.parametrize("name", NAMES)
def test_dashboards_lead_to_each_other_and_to_runbooks(committed: dict[str, Json], name: str) -> None:
    """Every dashboard has the tag, the menu of those with the tag that keeps time and choices, and at least one link to
    a runbook; each runbook is a file."""
    one = committed[name]
    assert one["tags"] == [TAG]
    menu, *runbooks = one["links"]
    assert (menu["type"], menu["tags"], menu["includeVars"], menu["keepTime"]) == ("dashboards", [TAG], True, True)
    assert runbooks
    for link in runbooks:
        place = link["url"].removeprefix(RUNBOOKS_AT + "/")
        assert (ROOT / "docs" / "runbooks" / place).is_file(), link["url"]


def test_every_alert_is_linked_from_its_dashboard(committed: dict[str, Json]) -> None:
    """What an alert calls its dashboard is one of ours, and that dashboard links the alert's runbook."""
    assert RUNBOOKS.keys() == {one["uid"] for one in committed.values()}
    for one in committed.values():
        assert [link["title"] for link in one["links"][1:]] == list(RUNBOOKS[one["uid"]])


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_fits_into_a_config_map(name: str) -> None:
    """No dashboard is larger than what a client's apply can carry."""
    assert (DIRECTORY / f"{name}.json").stat().st_size < LIMIT_BYTES
