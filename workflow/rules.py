"""Policies and reference data, by version. An order keeps the versions that its release pinned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import Id
from milepost.contracts.identifiers import digest
from milepost.contracts.orders import Mode

# Raise it with every change of workflow/ that can decide otherwise on the same facts: see drift.py.
CODE_VERSION = "1"
PATIENCE_MAX_S = 10 * 366 * 86_400  # of any deadline; added to any time taken in, it is still a time

Grams = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the decisions left to the user; the file of the same name says what each means."""

    version: Id
    effective_from: datetime
    short_pick: Literal["hold", "ship_short"] = "hold"
    late_accept: Literal["honour_if_not_retendered", "ignore"] = "honour_if_not_retendered"
    orphan_after_s: Annotated[int, msgspec.Meta(ge=0, le=PATIENCE_MAX_S)] = 259_200


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    weight_grams: Grams = 0


class ModeLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    max_weight_grams: Grams


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the master data that a release is validated against."""

    version: Id
    effective_from: datetime
    customers: frozenset[str]
    sites: frozenset[str]
    items: dict[str, Item]
    transport: dict[Mode, ModeLimit]
    needs_planning: frozenset[Mode]


class Rules:
    """All versions known to this deployment. ``at`` finds the one in force; old orders find theirs by name."""

    def __init__(self, policies: Sequence[Policy], references: Sequence[Reference], tenant: str = "main") -> None:
        self.tenant = tenant
        self.policies = {p.version: p for p in sorted(policies, key=lambda p: p.effective_from)}
        self.references = {r.version: r for r in sorted(references, key=lambda r: r.effective_from)}
        self._by_versions = {("", ""): digest(CODE_VERSION)}
        for policy in self.policies.values():
            for reference in self.references.values():
                parts = (CODE_VERSION, policy, _sorted(reference))
                self._by_versions[(policy.version, reference.version)] = digest(*parts)
        self.fingerprints = frozenset(self._by_versions.values())

    def at(self, when: datetime) -> tuple[str, str]:
        """Return (policy version, reference version) in force at ``when``; the earliest before all of them."""
        return _in_force(list(self.policies.values()), when), _in_force(list(self.references.values()), when)

    def fingerprint(self, policy: str, reference: str) -> str:
        """Return the digest of code and rules that a decision under these versions stands on."""
        return self._by_versions[(policy, reference)]


def _in_force(versions: Sequence[Policy] | Sequence[Reference], when: datetime) -> str:
    found = versions[0].version
    for one in versions:
        if one.effective_from <= when:
            found = one.version
    return found


def _sorted(reference: Reference) -> object:
    return (reference.version, sorted(reference.customers), sorted(reference.sites), reference.items,
            reference.transport, sorted(reference.needs_planning))  # fmt: skip
