"""PromQL out of the table of metrics: a name that is not there, or a counter read without a rate, is no query.

``$__rate_interval`` is Grafana's: at least four scrapes, whatever the range on the screen.
"""

from __future__ import annotations

from milepost.k8s.monitoring.limits import NOT_WAITED_FOR
from milepost.k8s.monitoring.series import grown, row_of

WAITED_FOR = f'topic!~"{"|".join(NOT_WAITED_FOR)}"'.replace(".", "[.]")
SPACE = 'namespace=~"$namespace"'
LANE = f'{SPACE}, lane=~"$lane"'
PLACE = f'{LANE}, topic=~"$topic", {WAITED_FOR}'
"""Without the topics that nobody waits for: the last ticks are never committed, and would look like lag."""
INTERVAL = "$__rate_interval"


def gauge(name: str, where: str = LANE) -> str:
    return f"{row_of(name, 'gauge').name}{{{where}}}"


def rate(name: str, where: str = LANE) -> str:
    """Per second."""
    return f"rate({row_of(name, 'counter').name}_total{{{where}}}[{INTERVAL}])"


def increase(name: str, where: str = LANE) -> str:
    """Over one step of the screen."""
    return f"increase({row_of(name, 'counter').name}_total{{{where}}}[{INTERVAL}])"


def within_the_hour(name: str, by: str, where: str = LANE) -> str:
    """What a rare counter has grown by, also before a young process's first scrape: what begins at 1 never grew."""
    return grown(name, by, where, SPACE)


def slope(name: str, where: str = LANE) -> str:
    """Per second, of a gauge that may fall."""
    return f"deriv({gauge(name, where)}[{INTERVAL}])"


def buckets(name: str, by: str, where: str = LANE) -> str:
    return f"sum by ({by}) (rate({row_of(name, 'histogram').name}_bucket{{{where}}}[{INTERVAL}]))"


def quantile(share: float, name: str, by: str = "", where: str = LANE) -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {buckets(name, labels, where)})"


def mean(name: str, by: str, where: str = LANE) -> str:
    """Of a histogram. No value where nothing was observed."""
    whole = row_of(name, "histogram").name
    parts = (f"sum by ({by}) (rate({whole}_{part}{{{where}}}[{INTERVAL}]))" for part in ("sum", "count"))
    return " / ".join(parts)


def grouped(how: str, by: str, inner: str) -> str:
    return f"{how} by ({by}) ({inner})"


def concrete(expr: str, interval: str) -> str:
    """Return what Grafana sends when every variable is at "All"."""
    for name in ("namespace", "lane", "topic"):
        expr = expr.replace(f"${name}", ".*")
    return expr.replace(INTERVAL, interval)
