"""The few kinds of panels that our dashboards are made of. Every one has a title, a description, a unit and legends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statushistory,
    timeseries,
)
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heats
from grafana_foundation_sdk.models import prometheus as queries

DATASOURCE = options.DataSourceRef(type_val="prometheus", uid="${datasource}")
SECONDS, COUNT, PER_S, SHARE, BYTES = "s", "short", "cps", "percentunit", "bytes"
Steps = Sequence[tuple[float | None, str]]
"""(from this value on, colour), the first without a value."""
CALM: Steps = ((None, "green"),)
YES_NO = {0: ("no", "red"), 1: ("yes", "green")}
"""What a gauge of 0 and 1 says where 1 is good."""


class Target(NamedTuple):
    expr: str
    legend: str
    exemplars: bool = False


def steps(yellow: float, red: float) -> Steps:
    return ((None, "green"), (yellow, "yellow"), (red, "red"))


def number(title: str, about: str, unit: str, *targets: Target, colours: Steps = CALM, none: str = "no data",
           words: Mapping[int, tuple[str, str]] | None = None) -> Any:  # fmt: skip
    """One large number a series: the last one. ``none`` is shown where there is no series; ``words`` in
    place of numbers."""
    panel = _made(stat.Panel(), title, about, unit, targets, instant=True)
    panel.no_value(none).color_mode(options.BigValueColorMode.BACKGROUND).graph_mode(options.BigValueGraphMode.NONE)
    panel.text_mode(options.BigValueTextMode.VALUE_AND_NAME).reduce_options(_last())
    if words:
        panel.mappings([_words(words)])
    return panel.thresholds(_thresholds(colours))


def lines(title: str, about: str, unit: str, *targets: Target, stacked: bool = False, limit: float | None = None,
          logarithmic: bool = False) -> Any:  # fmt: skip
    """Values over time; ``limit`` is drawn as a red line."""
    panel = _made(timeseries.Panel(), title, about, unit, targets)
    panel.fill_opacity(25 if stacked else 5).line_width(1).show_points(options.VisibilityMode.NEVER)
    panel.legend(_legend()).tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI))
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL).group("A"))
    if logarithmic:
        scale = common.ScaleDistributionConfig().type(options.ScaleDistribution.LOG).log(10)
        panel.scale_distribution(scale)
    else:
        panel.axis_soft_min(0)
    if limit is not None:
        panel.thresholds(_thresholds(((None, "transparent"), (limit, "red"))))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.LINE))
    return panel


def ages(title: str, about: str, target: Target) -> Any:
    """A histogram in seconds over time, with exemplars where the datasource has them."""
    panel = _made(heatmap.Panel(), title, about, SECONDS, (target,), buckets=True)
    panel.color(heatmap.HeatmapColorOptions().mode(heats.HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
    return panel.y_axis(heatmap.YAxisConfig().unit(SECONDS)).calculate(False).show_legend()


def history(title: str, about: str, unit: str, target: Target, colours: Steps) -> Any:
    """One line of coloured cells a series."""
    panel = _made(statushistory.Panel(), title, about, unit, (target,))
    panel.show_value(options.VisibilityMode.NEVER).row_height(0.9).legend(_legend())
    scheme = dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)
    return panel.color_scheme(scheme).thresholds(_thresholds(colours))


def bars(title: str, about: str, unit: str, target: Target) -> Any:
    """One bar a series, the last value."""
    panel = _made(bargauge.Panel(), title, about, unit, (target,), instant=True)
    panel.orientation(options.VizOrientation.HORIZONTAL).display_mode(options.BarGaugeDisplayMode.GRADIENT)
    return panel.reduce_options(_last()).min(0).no_value("none")


def table(title: str, about: str, unit: str, *targets: Target, hide: Sequence[str] = ("Time",),
          sort: str | None = None) -> Any:  # fmt: skip
    """The series as they are now, a row each; several targets are joined on the labels they share.

    A target's legend is the name of its column of values.
    """
    panel = _made(tables.Panel(), title, about, unit, targets, instant=True, rows=True)
    panel.filterable(True).no_value("none")
    names = {f"Value #{_ref(n)}": one.legend for n, one in enumerate(targets)}
    if len(targets) == 1:
        names = {"Value": targets[0].legend}
    panel.with_transformation(_transformation("merge", {}))
    chosen = {"excludeByName": dict.fromkeys(hide, True), "renameByName": names}
    panel.with_transformation(_transformation("organize", chosen))
    return panel.sort_by([common.TableSortByFieldState().display_name(sort).desc(True)]) if sort else panel


def _made(panel: Any, title: str, about: str, unit: str, targets: Sequence[Target], *, instant: bool = False,
          rows: bool = False, buckets: bool = False) -> Any:  # fmt: skip
    panel.title(title).description(about).datasource(DATASOURCE).unit(unit)
    for n, one in enumerate(targets):
        query = prometheus.Dataquery().expr(one.expr).legend_format(one.legend).ref_id(_ref(n)).datasource(DATASOURCE)
        query = query.instant() if instant else query.range()
        if rows or buckets:
            query.format(queries.PromQueryFormat.TABLE if rows else queries.PromQueryFormat.HEATMAP)
        panel.with_target(query.exemplar(True) if one.exemplars else query)
    return panel


def _ref(n: int) -> str:
    return "ABCDEFGHIJ"[n]


def _legend() -> Any:
    legend = common.VizLegendOptions().display_mode(options.LegendDisplayMode.LIST)
    return legend.placement(options.LegendPlacement.BOTTOM).show_legend(True)


def _last() -> Any:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _thresholds(colours: Steps) -> Any:
    found = [models.Threshold(value=value, color=colour) for value, colour in colours]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(found)


def _words(words: Mapping[int, tuple[str, str]]) -> Any:
    shown = {str(value): models.ValueMappingResult(text=text, color=colour) for value, (text, colour) in words.items()}
    return models.ValueMap(options=shown)


def _transformation(name: str, chosen: Mapping[str, object]) -> Any:
    return models.DataTransformerConfig(id_val=name, options=chosen)
