"""All rules by their names: those of overlays, and those of what is applied in Kafka's namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from milepost.tests.ops.manifests import (
    against_code,
    kafka,
    operating,
    partners,
    reaching,
    references,
    scaling,
    security,
    structure,
)
from milepost.tests.ops.manifests.looking import Docs

Rule = Callable[[Docs], Iterator[str]]


def _rules(*modules: ModuleType) -> dict[str, Rule]:
    """Public functions of these modules that take rendered manifests and tell what is wrong."""
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__
        and getattr(value, "__annotations__", {}) == {"docs": "Docs", "return": "Iterator[str]"}
    }


OF_OVERLAYS: Mapping[str, Rule] = _rules(
    structure, references, security, reaching, against_code, scaling, operating, partners
)
OF_KAFKA: Mapping[str, Rule] = _rules(kafka)


def wrong(docs: Docs, rules: Mapping[str, Rule]) -> dict[str, list[str]]:
    """What is wrong, by the rule that says so."""
    said = {name: list(rule(docs)) for name, rule in rules.items()}
    return {name: lines for name, lines in said.items() if lines}
