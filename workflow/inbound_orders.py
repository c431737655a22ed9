"""What is to come in: the highest version of an inbound release, its advice, and whether master data allows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from milepost.contracts.money import AMOUNT_MAX_MINOR
from milepost.contracts.orders import InboundAdvised, InboundLine, InboundReleased
from milepost.workflow.counted import Counted
from milepost.workflow.decision import Problem
from milepost.workflow.record import Fact
from milepost.workflow.rules import Policy, Reference, Rules
from milepost.workflow.snapshots import pinned


@dataclass(slots=True, frozen=True)
class InboundOrder:
    """An inbound order as it stands. ``policy``: as it is for its node. ``expected_at``: the last advice's word, else
    the release's. ``problems``: what master data forbids; where there is none, it is ``valid``."""

    key: str
    header: InboundReleased
    lines: dict[str, InboundLine]
    expected_at: datetime | None
    policy: Policy
    reference: Reference
    problems: list[Problem] = field(default_factory=list)
    valid: bool = True

    def limit(self, line: str) -> int:
        """Return how many units of a line are received without asking."""
        return self.lines[line].quantity * (100 + self.policy.over_receipt_percent) // 100


def inbound_order(counted: Counted, rules: Rules) -> InboundOrder | None:
    """Return the standing inbound order under the rules its first release pinned, or None before any release."""
    releases = sorted(counted.standing(InboundReleased), key=lambda r: (r[2].version, r[0]))
    if not releases:
        return None
    first, reference = pinned(counted, releases[0][1], rules)
    bad = {key: _refused(fact, header, first, reference, rules) for key, fact, header in releases}
    valid = [r for r in releases if not bad[r[0]]]
    currency = (valid or releases)[0][2].currency
    key, _, header = [r for r in valid or releases if r[2].currency == currency][-1]
    said = bad[key]
    for other, fact, release in releases:
        if release.currency != currency:
            text = f"version {release.version} is in {release.currency}, the order is in {currency}"
            said = [*said, Problem("CURRENCY_CHANGED", other, "error", "order-desk", text, since=fact.occurred_at)]
        elif valid and bad[other] and release.version > header.version:
            said = [*said, _invalid(other, fact, bad[other])]
    policy = rules.practice(first.version, site=header.node)
    return InboundOrder(key, header, {n.line: n for n in header.lines}, _expected_at(counted, header), policy,
                        reference, said, bool(valid))  # fmt: skip


def _refused(fact: Fact, header: InboundReleased, first: Policy, reference: Reference, rules: Rules) -> list[Problem]:
    percent = rules.practice(first.version, site=header.node).over_receipt_percent
    return refusals(header, reference, percent, fact.occurred_at)


def _invalid(key: str, fact: Fact, bad: list[Problem]) -> Problem:
    """What was received under the version before is not undone because somebody sends rubbish afterwards."""
    return Problem("INVALID_AMENDMENT", key, "error", "order-desk", "; ".join(p.text for p in bad),
                   since=fact.occurred_at, until="a later valid version")  # fmt: skip


def _expected_at(counted: Counted, header: InboundReleased) -> datetime | None:
    times = [advice.expected_at for _, _, advice in counted.standing(InboundAdvised) if advice.expected_at]
    return times[-1] if times else header.expected_at


def advised(counted: Counted) -> dict[str, int]:
    """Return what the sender says is on its way, by line: it announces, and counts for nothing else."""
    found: dict[str, int] = {}
    for _, _, advice in counted.standing(InboundAdvised):
        for one in advice.lines:
            found[one.line] = found.get(one.line, 0) + one.quantity
    return found


def refusals(header: InboundReleased, reference: Reference, over_percent: int, at: datetime) -> list[Problem]:
    """Return what master data forbids about an inbound order, each naming its rule; empty when all is well."""
    found = []
    if header.node not in reference.sites:
        found.append(("UNKNOWN_SITE", f"receiving site {header.node} is not known"))
    if header.kind == "transfer" and header.partner not in reference.sites:
        found.append(("UNKNOWN_SITE", f"sending site {header.partner} is not known"))
    if header.kind == "purchase" and header.partner not in reference.suppliers:
        found.append(("UNKNOWN_SUPPLIER", f"supplier {header.partner} is not known"))
    for item in sorted({n.item for n in header.lines} - reference.items.keys()):
        found.append(("UNKNOWN_ITEM", f"item {item} is not known"))
    cost = sum(n.quantity * n.unit_cost_minor for n in header.lines) * (100 + over_percent) // 100
    if cost > AMOUNT_MAX_MINOR:
        found.append(("AMOUNT_TOO_LARGE", f"the lines cost more than {AMOUNT_MAX_MINOR} minor units"))
    texts: dict[str, list[str]] = {}
    for rule, text in found:
        texts.setdefault(rule, []).append(text)
    return [
        Problem(
            rule, rule.lower(), "error", "master-data", "; ".join(said), since=at, until="a version with known data"
        )
        for rule, said in texts.items()
    ]
