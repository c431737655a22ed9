"""What can be wrong with policies although each value is of its type: unknown names, loops, overlapping dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from milepost.workflow.practice import Practice
from milepost.workflow.rules import Policy, Reference, Special

SHOWN_MAX = 8  # names of a list shown in a message


def faults(policies: Sequence[Policy], references: Sequence[Reference]) -> Iterator[tuple[str, str, str]]:
    """Yield (policy version, knob, what is wrong), the most basic first. Names may stand in any reference version."""
    for policy in policies:
        yield from _of_policy(policy, references)
    yield from _dates(sorted(policies, key=lambda p: p.effective_from))


def _of_policy(policy: Policy, references: Sequence[Reference]) -> Iterator[tuple[str, str, str]]:
    for knob, text in _of_practice(policy, references):
        yield policy.version, knob, text
    for number, special in enumerate(policy.special, 1):
        try:
            resolved = policy.with_special(special)
        except msgspec.ValidationError as error:
            yield policy.version, _knob(special, str(error)), f"special {number}: {error}"
            continue
        known = set(_of_practice(policy, references))
        found = [*_selectors(special, references), *(f for f in _of_practice(resolved, references) if f not in known)]
        yield from ((policy.version, knob, f"special {number}: {text}") for knob, text in found)
    yield from _twice(policy)


def _knob(special: Special, error: str) -> str:
    """The knob a conversion error is about, as far as the error names it."""
    return next((name for name in special.set if f"`{name}`" in error or f"$.{name}" in error), "special")


def _selectors(special: Special, references: Sequence[Reference]) -> Iterator[tuple[str, str]]:
    if not (special.customer or special.site or special.lane or special.service):
        yield "special", "names no customer, site, lane or service"
    if special.customer:
        yield from _unknown("customer", [special.customer], {c for r in references for c in r.customers})
    if special.site:
        yield from _unknown("site", [special.site], {s for r in references for s in r.sites})


def _of_practice(practice: Practice, references: Sequence[Reference]) -> Iterator[tuple[str, str]]:
    carriers = {c for r in references for c in r.carriers}
    sites = {s for r in references for s in r.sites}
    items = {i for r in references for i in r.items}
    yield from _unknown("tender_carriers", practice.tender_carriers, carriers, "carrier")
    yield from _unknown("reallocate_to", practice.reallocate_to, sites, "site")
    yield from _unknown("substitutes", [*practice.substitutes, *practice.substitutes.values()], items, "item")
    if practice.provisional_carrier:
        yield from _unknown("provisional_carrier", [practice.provisional_carrier], carriers, "carrier")
    elif practice.load_and_depart == "provisional":
        yield "provisional_carrier", "load_and_depart is provisional, and no provisional_carrier is named"
    if len(set(practice.tender_carriers)) < len(practice.tender_carriers):
        yield "tender_carriers", "a carrier stands twice in the ranking; same_carrier_again asks all of them again"
    yield from _loops("substitutes", practice.substitutes)
    yield from _loops("escalates_to", practice.escalates_to)
    if any(seconds < 0 for seconds in practice.sla_s.values()):
        yield "sla_s", "seconds are at least 0"


def _unknown(knob: str, names: Iterable[str], known: set[str], what: str = "") -> Iterator[tuple[str, str]]:
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known)[:SHOWN_MAX]) + (", ..." if len(known) > SHOWN_MAX else "")
            yield knob, f"unknown {what or knob} {name!r}; known: {listed or 'none'}"
            return


def _loops(knob: str, steps: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for start in steps:
        path = [start]
        while path[-1] in steps and len(path) <= len(steps):
            path.append(steps[path[-1]])
            if path[-1] == start:
                yield knob, f"a loop: {' -> '.join(path)}"
                return


def _twice(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Two entries for the same people may not set one knob two ways."""
    said: dict[tuple[tuple[str, str, str, str], str], int] = {}
    for number, special in enumerate(policy.special, 1):
        for knob in special.set:
            whom = (special.customer, special.site, special.lane, special.service)
            first = said.setdefault((whom, knob), number)
            if first != number:
                yield policy.version, knob, f"specials {first} and {number} set {knob} for the same"


def _dates(policies: Sequence[Policy]) -> Iterator[tuple[str, str, str]]:
    for one, after in zip(policies, [*policies[1:], None], strict=True):
        until = one.effective_until
        if until is None:
            continue
        if until <= one.effective_from:
            yield one.version, "effective_until", "ends before it begins"
        elif after is None:
            yield one.version, "effective_until", "no policy is in force after it"
        elif until > after.effective_from:
            yield one.version, "effective_until", f"overlaps {after.version}, which begins {after.effective_from}"
        elif until < after.effective_from:
            yield one.version, "effective_until", f"leaves a gap before {after.version} begins {after.effective_from}"
