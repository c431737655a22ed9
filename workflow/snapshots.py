"""What was ordered: the standing snapshot of a release and its amendments, and whether master data allows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from milepost.contracts.money import AMOUNT_MAX_MINOR
from milepost.contracts.orders import Lines, OrderAmended, OrderLine, OrderReleased
from milepost.contracts.verbs import RulesMigrated
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Problem
from milepost.workflow.migration import migrated_to
from milepost.workflow.record import Fact, Record
from milepost.workflow.routing import routed
from milepost.workflow.rules import Policy, Reference, Rules

_MADE_OF: tuple[type, ...] = (OrderReleased, OrderAmended, RulesMigrated)
VERSION_END = 10**6 + 1  # above every version


@dataclass(eq=False)
class Snapshot:
    """The order as it stands: header of the newest valid release in its currency, lines of the newest valid snapshot.

    ``policy``: as it is for the order's customer, lane and service.
    """

    key: str
    released_at: datetime
    header: OrderReleased
    lines: Lines
    policy: Policy
    reference: Reference
    problems: list[Problem]
    valid: bool
    rules: Rules

    def at_site(self, node: str) -> Policy:
        """Return the policy as it is for this order at ``node``."""
        header = self.header
        return self.rules.practice(self.policy.version, header.customer, node, header.lane, header.service)

    @cached_property
    def by_node(self) -> dict[str, list[OrderLine]]:
        """The lines of each ship-from node."""
        nodes: dict[str, list[OrderLine]] = {}
        for line in self.lines:
            nodes.setdefault(line.node, []).append(line)
        return nodes


def standing(record: Record, counted: Counted, rules: Rules) -> Snapshot | None:
    """Return the standing snapshot under the rules its first release pinned, or None before any release.

    A hot record remembers it with the very facts it was made of: releases and amendments are few, decisions many.
    """
    made_of = [fact for kind in _MADE_OF if kind in counted.by for _, fact, _ in counted.standing(kind)]
    known_rules, known_facts, snapshot = record.__dict__.get("snapshot", (None, [], None))
    if known_rules is not rules or made_of != known_facts:
        snapshot = _standing(counted, rules)
        record.__dict__["snapshot"] = (rules, made_of, snapshot)
    return snapshot  # type: ignore[no-any-return]


def _standing(counted: Counted, rules: Rules) -> Snapshot | None:
    releases = [_release(r) for r in sorted(counted.standing(OrderReleased), key=lambda r: (r[2].version, r[0]))]
    if not releases:
        return None
    policy, reference = pinned(counted, releases[0].fact, rules)
    chosen, problems = _chosen(releases, reference)
    header, valid = chosen.header, not problems
    foreign = [r for r in releases if r.header.currency != header.currency and r.header.version > header.version]
    below = foreign[0].header.version if foreign else VERSION_END
    version, lines, not_standing = _newest(counted, header, below, reference)
    lines, apart = routed(header, lines, reference)
    if valid:
        not_standing += _passed_over(releases, chosen, version, foreign, reference)
    policy = rules.practice(policy.version, header.customer, "", header.lane, header.service)
    return Snapshot(chosen.key, chosen.fact.occurred_at, header, lines, policy, reference,
                    problems + not_standing + apart, valid, rules)  # fmt: skip


class _Release(NamedTuple):
    key: str
    fact: Fact
    header: OrderReleased


_release = _Release._make


def _chosen(releases: list[_Release], reference: Reference) -> tuple[_Release, list[Problem]]:
    """Return the highest valid release in the currency of the first valid one; without any, the highest and why not.

    What has been posted is not undone because somebody sends rubbish, or another currency, afterwards.
    """
    last, refused = releases[-1], _refusals_of(releases[-1].header, releases[-1].header.lines, reference)
    if len(releases) == 1:
        return last, refused
    valid = [r for r in releases if not _refusals_of(r.header, r.header.lines, reference)]
    if not valid:
        return last, refused
    return [r for r in valid if r.header.currency == valid[0].header.currency][-1], []


def _passed_over(
    releases: list[_Release], chosen: _Release, version: int, foreign: list[_Release], reference: Reference
) -> list[Problem]:
    """Show the releases in another currency, and the invalid ones above the ``version`` that stands."""
    found = [
        Problem("CURRENCY_CHANGED", r.key, "error", "order-desk",
                f"released again in {r.header.currency}: the order stays in {chosen.header.currency} as it was before; "
                f"neither this release nor its amendments stand", since=r.fact.occurred_at,
                until=f"a later release in {chosen.header.currency}")
        for r in foreign
    ]  # fmt: skip
    for r in releases:
        if r.header.version > version and r not in foreign:
            bad = _refusals_of(r.header, r.header.lines, reference)
            found.append(_invalid(r.key, r.fact, bad))
    return found


def _refusals_of(header: OrderReleased, lines: Lines, reference: Reference) -> list[Problem]:
    return refusals(header, routed(header, lines, reference)[0], reference)


def _invalid(key: str, fact: Fact, bad: list[Problem]) -> Problem:
    text = "; ".join(p.text for p in bad)
    return Problem("INVALID_AMENDMENT", key, "error", "order-desk", text, since=fact.occurred_at,
                   until="a later valid version")  # fmt: skip


def pinned(counted: Counted, release: Fact, rules: Rules) -> tuple[Policy, Reference]:
    """Return the rules that ``release`` pinned, or the policy a person has moved its owner to since.

    KeyError, an exception of the order, when this version lacks them.
    """
    policy, reference = counted.pins(release)
    return rules.policies[migrated_to(counted) or policy], rules.references[reference]


def _newest(
    counted: Counted, header: OrderReleased, below: int, reference: Reference
) -> tuple[int, Lines, list[Problem]]:
    """Take the highest valid version under ``below`` and its lines; invalid amendments above it are shown."""
    problems: list[Problem] = []
    for key, fact, amended in sorted(counted.standing(OrderAmended), key=lambda a: (-a[2].version, a[0])):
        if header.version < amended.version < below:
            bad = _refusals_of(header, amended.lines, reference)
            if not bad:
                return amended.version, amended.lines, problems
            problems.append(_invalid(key, fact, bad))
    return header.version, header.lines, problems


def refusals(header: OrderReleased, lines: Lines, reference: Reference) -> list[Problem]:
    """Return what master data forbids about these lines, each naming its rule; empty when all is well."""
    found: list[Problem] = []
    if header.customer not in reference.customers:
        found.append(_refused("UNKNOWN_CUSTOMER", f"customer {header.customer} is not known"))
    for node in sorted({line.node for line in lines} - reference.sites.keys()):
        found.append(_refused("UNKNOWN_SITE", f"ship-from site {node or '(none)'} is not known"))
    for item in sorted({line.item for line in lines} - reference.items.keys()):
        found.append(_refused("UNKNOWN_ITEM", f"item {item} is not known"))
    if max(sums(lines)) > AMOUNT_MAX_MINOR:
        text = f"the lines come to more than {AMOUNT_MAX_MINOR} minor units of {header.currency}"
        found.append(_refused("AMOUNT_TOO_LARGE", text))
    limit = reference.transport.get(header.mode)
    if limit is None:
        found.append(_refused("TRANSPORT_MODE", f"mode {header.mode} is not offered"))
    elif (weight := weight_grams(lines, reference)) > limit.max_weight_grams:
        found.append(
            _refused("TRANSPORT_WEIGHT", f"{weight} g is over the {limit.max_weight_grams} g of {header.mode}")
        )
    return found


def sums(lines: Lines) -> tuple[int, int]:
    """Return the value and the cost of all lines: no document of the order can come to more."""
    value = sum(n.line_value_minor or n.quantity * n.unit_price_minor for n in lines)
    return value, sum(n.quantity * n.unit_cost_minor for n in lines)


def weight_grams(lines: Lines, reference: Reference) -> int:
    """Return the weight of the lines; unknown items weigh nothing."""
    items = reference.items
    return sum(line.quantity * items[line.item].weight_grams for line in lines if line.item in items)


def _refused(rule: str, text: str) -> Problem:
    return Problem(rule, rule.lower(), "error", "master-data", text)
