"""Policies and reference data, by version. An order keeps the versions that its release pinned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from milepost.contracts.base import Id, IsoDate, OptionalId
from milepost.contracts.identifiers import digest
from milepost.contracts.orders import Mode
from milepost.workflow.practice import PATIENCE_MAX_S, Practice

__all__ = [
    "CODE_VERSION", "PATIENCE_MAX_S", "Calendar", "Carrier", "Item", "ModeLimit", "Policy", "Practice", "Reference",
    "Rules", "Site", "Special",
]  # fmt: skip

# Raise it with every change of workflow/ that can decide otherwise on the same facts: see drift.py.
CODE_VERSION = "2"

Grams = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
PRACTICES_MAX = 100_000  # resolved policies remembered
FINGERPRINTS_MAX = 8  # of an order: its own and those of loads that were planned under other rules

TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Special(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Knobs set otherwise for some. All named of ``customer``, ``lane``, ``site`` and ``service`` must fit.

    Of several that fit, one that names a customer goes before one that names a site, then lane, then service; of two
    that name the same kinds, the one that names more.
    """

    customer: OptionalId = ""
    site: OptionalId = ""
    lane: OptionalId = ""
    service: OptionalId = ""
    set: dict[str, object]

    @property
    def rank(self) -> tuple[bool, bool, bool, bool]:
        return bool(self.customer), bool(self.site), bool(self.lane), bool(self.service)

    def fits(self, customer: str, site: str, lane: str, service: str) -> bool:
        """Say whether this entry is about that customer, site, lane and service."""
        wanted = ((self.customer, customer), (self.site, site), (self.lane, lane), (self.service, service))
        return all(mine in ("", other) for mine, other in wanted)


class Policy(Practice, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of the decisions left to the user. It is in force before ``effective_until``."""

    version: Id
    effective_from: datetime
    effective_until: datetime | None = None
    special: tuple[Special, ...] = ()

    def for_whom(self, customer: str = "", site: str = "", lane: str = "", service: str = "") -> Policy:
        """Return the policy as it is for these; itself where nothing special is said."""
        chosen = [s for s in self.special if s.fits(customer, site, lane, service)]
        if not chosen:
            return self
        return self.with_special(*sorted(chosen, key=lambda s: s.rank))

    def with_special(self, *specials: Special) -> Policy:
        """Return the policy with these entries applied, later ones over earlier. msgspec.ValidationError."""
        plain = {name: getattr(self, name) for name in self.__struct_fields__}
        for special in specials:
            plain |= special.set
        return msgspec.convert(msgspec.to_builtins(plain), Policy)


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When somebody works: ``days`` from ``opens`` to ``closes`` in their own time zone, but not on ``holidays``."""

    time_zone: str = "UTC"  # IANA name
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    opens: TimeOfDay = "00:00"
    closes: TimeOfDay = "24:00"
    holidays: frozenset[IsoDate] = frozenset()


CancelUntil = Literal["released", "allocated", "picked", "packed", "loaded"]


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A ship-from node. ``wave_cut_offs`` are times of its day; a cancellation is asked for up to ``cancel_until``."""

    calendar: Calendar = Calendar()
    wave_cut_offs: tuple[TimeOfDay, ...] = ()
    cancel_until: CancelUntil = "loaded"


class Carrier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A carrier and its contract: how long it has to answer a tender, counted over its opening hours."""

    calendar: Calendar = Calendar()
    answer_within_s: Annotated[int, msgspec.Meta(ge=60, le=PATIENCE_MAX_S)] = 14_400


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``sites``: where the item is stocked, the preferred one first."""

    weight_grams: Grams = 0
    sites: tuple[Id, ...] = ()


class ModeLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    max_weight_grams: Grams


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the master data that a release is validated against."""

    version: Id
    effective_from: datetime
    customers: frozenset[str]
    sites: dict[str, Site]
    items: dict[str, Item]
    transport: dict[Mode, ModeLimit]
    needs_planning: frozenset[Mode]
    carriers: dict[str, Carrier] = {}
    suppliers: frozenset[str] = frozenset()


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
        self._practices: dict[tuple[str, str, str, str, str], Policy] = {}

    def at(self, when: datetime) -> tuple[str, str]:
        """Return (policy version, reference version) in force at ``when``; the earliest before all of them."""
        return _in_force(list(self.policies.values()), when), _in_force(list(self.references.values()), when)

    def practice(self, version: str, customer: str = "", site: str = "", lane: str = "", service: str = "") -> Policy:
        """Return the policy ``version`` as it is for a customer, site, lane and service. KeyError: no such version."""
        whom = (version, customer, site, lane, service)
        found = self._practices.get(whom)
        if found is None:
            if len(self._practices) >= PRACTICES_MAX:
                self._practices.clear()
            found = self._practices[whom] = self.policies[version].for_whom(customer, site, lane, service)
        return found

    def fingerprint(self, policy: str, reference: str, also: Iterable[tuple[str, str]] = ()) -> str:
        """Return the digest of code and rules that a decision under these versions stands on.

        ``also``: other (policy, reference) versions that were looked at; their digests follow, after a ``+`` each.
        """
        own = self._by_versions[(policy, reference)]
        others = {self._by_versions[versions] for versions in also} - {own} if also else ()
        return "+".join([own, *sorted(others)[:FINGERPRINTS_MAX]]) if others else own

    def known(self, fingerprint: str) -> bool:
        """Say whether a decision under ``fingerprint`` stands on nothing but code and rules that are here."""
        return fingerprint in self.fingerprints or self.fingerprints.issuperset(fingerprint.split("+"))


def _in_force(versions: Sequence[Policy] | Sequence[Reference], when: datetime) -> str:
    found = versions[0].version
    for one in versions:
        if one.effective_from <= when:
            found = one.version
    return found


def _sorted(reference: Reference) -> object:
    """The reference data with its sets in order: the same in every process."""
    return msgspec.to_builtins(reference, order="deterministic")
