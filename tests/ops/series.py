"""The series of a process's page as plain numbers."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.metrics.registry import Registry
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


def samples(registry: Registry) -> Iterator[Sample]:
    """Read the page as a strict reader of OpenMetrics does."""
    page = generate_latest(registry.collectors).decode()  # type: ignore[no-untyped-call]
    for family in text_string_to_metric_families(page):  # type: ignore[no-untyped-call]
        yield from family.samples


def values(registry: Registry, name: str, **where: str) -> dict[frozenset[tuple[str, str]], float]:
    """Return labels, without the lane's, -> value of the series of one name."""
    return {
        frozenset((k, v) for k, v in one.labels.items() if k != "lane"): one.value
        for one in samples(registry)
        if one.name == f"milepost_{name}" and where.items() <= one.labels.items()
    }


def total(registry: Registry, name: str, **where: str) -> float:
    """Return the sum over the series of a name that bear these labels."""
    return sum(values(registry, name, **where).values())
