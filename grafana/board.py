"""The frame of every dashboard: variables, links, annotations, and panels that flow into rows of 24 columns."""

from __future__ import annotations

import json
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from milepost.grafana.links import RUNBOOKS
from milepost.grafana.panels import DATASOURCE
from milepost.grafana.queries import LANE, gauge, increase
from milepost.k8s.monitoring.rule import runbook_url

COLUMNS = 24
ROW_HEIGHT = 1
TAG = "milepost"
ALL = models.VariableOption(text="All", value="$__all", selected=True)
NOT_OF_THE_SCHEMA = ("auto", "auto_min", "auto_count")
"""Fields the builders write on variables that the published type of a dashboard does not have."""


class Board:
    """A dashboard that grows downwards. ``topic``: whether its queries choose topics."""

    def __init__(self, uid: str, title: str, about: str, *, topic: bool = False) -> None:
        self.uid = uid
        self.made = dashboard.Dashboard(title).uid(uid).description(about).tags([TAG]).timezone("browser")
        self.made.time("now-1h", "now").refresh("30s").readonly().tooltip(models.DashboardCursorSync.CROSSHAIR)
        self._next_id = 1
        self._top = 0
        self._variables(topic)
        self._links()
        self._annotations()

    def row(self, title: str, *panels: tuple[Any, int], height: int = 8) -> None:
        """Add a titled row; each panel comes with its width, and wraps where the line is full."""
        place = models.GridPos(h=ROW_HEIGHT, w=COLUMNS, x=0, y=self._top)
        self.made.with_row(dashboard.Row(title).id(self._id()).grid_pos(place))
        self._top += ROW_HEIGHT
        left = 0
        for panel, width in panels:
            if left + width > COLUMNS:
                left, self._top = 0, self._top + height
            panel.id(self._id()).grid_pos(models.GridPos(h=height, w=width, x=left, y=self._top))
            self.made.with_panel(panel)
            left += width
        self._top += height

    def json(self) -> str:
        """Return what is committed: sorted keys, so that equal dashboards are equal files."""
        plain = json.loads(json.dumps(self.made.build(), cls=JSONEncoder))
        for variable in plain["templating"]["list"]:
            for field in NOT_OF_THE_SCHEMA:
                variable.pop(field, None)
        return json.dumps(plain, indent=2, sort_keys=True) + "\n"

    def _id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _variables(self, topic: bool) -> None:
        source = dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        self.made.with_variable(source.current(models.VariableOption(text="default", value="default")))
        # One at a time: the orders of two installations are not to be added together.
        self.made.with_variable(_asked("namespace", "Namespace", "label_values(milepost_build, namespace)", one=True))
        lanes = 'label_values(milepost_build{namespace=~"$namespace"}, lane)'
        self.made.with_variable(_asked("lane", "Lane", lanes))
        if topic:
            topics = f"label_values(milepost_group_end_offset{{{LANE}}}, topic)"
            self.made.with_variable(_asked("topic", "Topic", topics))

    def _links(self) -> None:
        others = dashboard.DashboardLink("Milepost").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
        self.made.link(others.as_dropdown(True).include_vars(True).keep_time(True))
        for alert in RUNBOOKS[self.uid]:
            link = (
                dashboard.DashboardLink(alert)
                .tooltip("What it means, how to look, what to do")
                .type(models.DashboardLinkType.LINK)
            )
            self.made.link(link.url(runbook_url(alert)).icon("doc").target_blank(True))

    def _annotations(self) -> None:
        by_version = f"count by (version, lane) ({gauge('build')}"
        versions = f"{by_version}) unless {by_version} offset 1m)"
        self.made.annotation(_note("Versions", "a version appears that was not there a minute ago", "blue", versions))
        began = f"time() - process_start_time_seconds{{{LANE}}} < 60"
        self.made.annotation(_note("Starts", "a process began within this minute", "red", began))
        moved = f"sum by (lane) ({increase('rebalances')}) > 0"
        self.made.annotation(_note("Rebalances", "partitions change hands", "orange", moved))


def _asked(name: str, label: str, query: str, *, one: bool = False) -> Any:
    made = dashboard.QueryVariable(name).label(label).query({"query": query, "refId": f"Variable-{name}"})
    made.datasource(DATASOURCE).sort(models.VariableSort.ALPHABETICAL_ASC)
    made.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
    # Where there is no such label at all, as on one machine, nothing chosen matches as well.
    return made if one else made.multi(True).include_all(True).current(ALL).all_value(".*")


def _note(name: str, about: str, colour: str, expr: str) -> Any:
    made = dashboard.AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(colour)
    made.expr(expr).text_format(f"{{{{lane}}}}: {about}").title_format(name)
    return made.hide(False)
