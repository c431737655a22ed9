"""The picture of the lag dashboard: the panels of the committed dashboard, drawn with their own words and colours."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from milepost.grafana.drawing import Line, Panel, Story, draw, legend_of, shown
from milepost.grafana.picture import DRAWN, FILE, closed_up
from milepost.grafana.prometheus import Series, config
from milepost.tests.ops.dashboards import OF_THE_CLUSTER, Json, dashboards, panels
from milepost.tests.ops.promql import names_of, parsed

STORY = Story("what happened", 100.0, [(110.0, "stops")], 120.0)


def of_the_run() -> list[Json]:
    """Return the lag dashboard's panels that are drawn: those whose metrics a run without a cluster has."""
    found = [panel for panel in panels(dashboards()["lag"]) if panel["type"] in DRAWN]
    return [one for one in found if not any(names_of(parsed(t["expr"])) & OF_THE_CLUSTER for t in one["targets"])]


def test_the_committed_picture_shows_the_panels_of_the_dashboard() -> None:
    """Every panel that can be drawn is in docs/lag-dashboard.svg by its title: it was drawn after the last change."""
    text = unescape(FILE.read_text())
    assert [panel["title"] for panel in of_the_run() if f">{panel['title']}<" not in text] == []


def test_a_picture_has_words_instead_of_numbers_and_gaps_where_nothing_was(tmp_path: Path) -> None:
    """A panel is drawn with title, legends and what its thresholds and mappings say of the value at the moment told."""
    series = Series({"lane": "fulfilment"}, ((100.0, -1.0), (102.0, -1.0), (120.0, -1.0)))
    drawn = [Panel(made, [Line("the legend", series)]) for made in of_the_run()]
    draw(closed_up(drawn), STORY, tmp_path / "it.svg")
    text = unescape((tmp_path / "it.svg").read_text())
    for words in ("what happened", "the legend", "stops", "catching up", "Lag in seconds"):
        assert f"{words}<" in text or f">{words}" in text, words


def test_a_number_is_asked_for_at_one_moment(tmp_path: Path) -> None:
    """Of the worst partitions that there were over time, the tile shows the one that is the worst when told."""
    (made,) = [one for one in of_the_run() if one["title"] == "Worst partition"]
    now, then = Series({}, ((100.0, 3.0), (120.0, 7.0))), Series({}, ((100.0, 9.0),))
    draw([Panel(made, [Line("then", then), Line("now", now)])], STORY, tmp_path / "it.svg")
    text = unescape((tmp_path / "it.svg").read_text())
    assert ">now<" in text
    assert ">then<" not in text
    draw([Panel(made, [Line("then", then)])], STORY, tmp_path / "it.svg")
    assert ">none is behind<" in unescape((tmp_path / "it.svg").read_text())


def test_panels_close_up() -> None:
    """What is not drawn leaves no gap: every row is 24 columns wide and begins where the last one ended."""
    places = [one.made["gridPos"] for one in closed_up([Panel(made, []) for made in of_the_run()[1:]])]
    rows = {place["y"]: [one for one in places if one["y"] == place["y"]] for place in places}
    end = 0
    for top, row in sorted(rows.items()):
        assert top == end
        assert sum(one["w"] for one in row) == pytest.approx(24)
        end = top + row[0]["h"]


@pytest.mark.parametrize(("value", "unit", "words"), [
    (0.0, "s", "0.0 s"), (59.94, "s", "59.9 s"), (90.0, "s", "1.5 min"), (1.53, "percentunit", "153%"),
    (2575.0, "short", "2,575"), (None, "s", "no data"),
])  # fmt: skip
def test_numbers_are_shown_as_people_read_them(value: float | None, unit: str, words: str) -> None:
    """Seconds become minutes, shares per cent, and what is not there is said."""
    assert shown(value, unit, "no data") == words


def test_a_legend_is_filled_in() -> None:
    """Labels take the places of their names; one that is not there leaves nothing."""
    assert legend_of("{{lane}} {{pod}} committed", {"lane": "posting"}) == "posting committed"


def test_a_process_is_scraped_as_a_pod_of_its_lane() -> None:
    """The second process of a lane is of the same lane, and another pod."""
    pages = {"posting": "http://127.0.0.1:1/metrics", "fulfilment-1": "http://127.0.0.1:2/metrics"}
    (job,) = config(pages)["scrape_configs"]
    labels = [one["labels"] for one in job["static_configs"]]
    assert [(one["lane"], one["pod"]) for one in labels] == [("posting", "posting-0"), ("fulfilment", "fulfilment-1")]
