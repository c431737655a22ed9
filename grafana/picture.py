"""``python -m milepost.grafana.picture``: play the run, ask a real Prometheus what the lag dashboard asks, and draw it.

Some three minutes. The figures of the run are printed; the picture is docs/lag-dashboard.svg unless told otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from milepost.broker.choose import Broker, open_broker
from milepost.commands.demo_scene import quick
from milepost.commands.stack import Plan
from milepost.grafana.board import COLUMNS
from milepost.grafana.boards import DIRECTORY
from milepost.grafana.drawing import Line, Panel, Story, draw, legend_of
from milepost.grafana.prometheus import Prometheus, PrometheusMissing
from milepost.grafana.queries import concrete
from milepost.grafana.stopped_lane import LANE, Times, Worst, stopped_lane, worst
from milepost.grafana.watched_run import watched_run
from milepost.runtime.settings import from_environment
from milepost.runtime.topic_table import TOPICS
from milepost.runtime.topics import create_missing

FILE = Path(__file__).parent.parent / "docs" / "lag-dashboard.svg"
DASHBOARD = DIRECTORY / "lag.json"
DRAWN = ("stat", "timeseries", "status-history")
INTERVAL, STEP_S = "20s", 2.0


def main() -> int:
    """Play, draw and print."""
    parser = argparse.ArgumentParser(prog="python -m milepost.grafana.picture", description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE, help="where the picture goes; .svg or .png")
    file = parser.parse_args().file
    topics = {topic.name: topic.partitions for topic in TOPICS.values()}
    with tempfile.TemporaryDirectory(prefix="milepost-picture-") as place:
        directory = Path(place)
        with open_broker("kafka", fresh=True, topics=topics, log_file=directory / "kafka.log") as broker:
            create_missing(broker.bootstrap)
            try:
                print(asyncio.run(_drawn(broker, directory, file)))
            except PrometheusMissing as error:
                print(f"picture: {error}", file=sys.stderr)
                return 1
    return 0


async def _drawn(broker: Broker, directory: Path, file: Path) -> str:
    settings = quick(from_environment({"MILEPOST_DATA_DIR": str(directory)}))
    plan = Plan(kind="demo", settings=settings, run_dir=directory, erp_arguments=("--unique-reference",))
    async with watched_run(plan, broker) as watched:
        times = await stopped_lane(watched)
        behind = await asyncio.to_thread(worst, watched.prometheus, times)
        panels = await asyncio.to_thread(_asked, watched.prometheus, times)
    story = _story(times, behind)
    draw(panels, story, file)
    return f"{story.title}\n{file}"


def _story(times: Times, behind: Worst) -> Story:
    title = (
        f"Lane {LANE} stopped for {times.started_s - times.stopped_s:.0f} s: {behind.seconds:.0f} s and "
        f"{behind.records:.0f} records behind, caught up {times.caught_up_s - times.started_s:.0f} s after its start. "
        "The numbers are those of the moment before the start."
    )
    marks = [(times.stopped_s, "stops"), (times.started_s, "starts"), (times.caught_up_s, "caught up")]
    return Story(title, times.began_s, marks, times.started_s)


def _asked(prometheus: Prometheus, times: Times) -> list[Panel]:
    """Return the panels of the dashboard that had an answer, closed up over those that had none."""
    found: list[Panel] = []
    for made in json.loads(DASHBOARD.read_text())["panels"]:
        if made["type"] in DRAWN and (lines := _answered(prometheus, made, times)):
            found.append(Panel(made, lines))
    return closed_up(found)


def _answered(prometheus: Prometheus, made: dict[str, Any], times: Times) -> list[Line]:
    lines: list[Line] = []
    for target in made["targets"]:
        expr = concrete(target["expr"], INTERVAL)
        for series in prometheus.over(expr, times.began_s, times.ended_s, STEP_S):
            lines.append(Line(legend_of(target["legendFormat"], series.labels), series))
    return lines


def closed_up(panels: list[Panel]) -> list[Panel]:
    """Move panels together, so that what is not drawn leaves no gap."""
    rows: dict[int, list[Panel]] = {}
    for panel in panels:
        rows.setdefault(panel.made["gridPos"]["y"], []).append(panel)
    moved: list[Panel] = []
    top = 0
    for row in rows.values():
        left, wide = 0.0, sum(panel.made["gridPos"]["w"] for panel in row)
        for panel in row:
            width = panel.made["gridPos"]["w"] * COLUMNS / wide
            place = {"x": left, "y": top, "w": width, "h": panel.made["gridPos"]["h"]}
            moved.append(Panel({**panel.made, "gridPos": place}, panel.lines))
            left += width
        top += row[0].made["gridPos"]["h"]
    return moved


if __name__ == "__main__":
    sys.exit(main())
