"""What of a load's freight falls on each shipment: by weight, value or equally, to the last minor unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from milepost.contracts.documents import FreightShare
from milepost.contracts.tms import Member

Split = Literal["weight", "value", "equal"]


def shares(amount_minor: int, aboard: Iterable[Member], split: Split) -> tuple[FreightShare, ...]:
    """Return the shares by (order, shipment); they add up to ``amount_minor``, each within one minor unit of its due.

    Largest remainder: every share is rounded down, then the units left over go to the largest remainders, of equal
    ones to the first. Equally where nothing is known of the basis.
    """
    members = sorted(aboard, key=_name)
    basis = bases(members, split)
    whole = sum(basis)
    parts = [divmod(amount_minor * of, whole) for of in basis]
    left = amount_minor - sum(down for down, _ in parts)
    first = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:left]
    more = set(first)
    return tuple(
        FreightShare(order_id=m.order_id, shipment=m.shipment, amount_minor=parts[i][0] + (i in more))
        for i, m in enumerate(members)
    )


def bases(members: list[Member], split: Split) -> list[int]:
    """Return each member's part of the whole; ones where the split is equal or its basis is zero for all."""
    found = [_basis(m, split) for m in members]
    return found if any(found) else [1] * len(found)


def falls_back(members: Iterable[Member], split: Split) -> bool:
    """Say whether freight is split equally only because nobody knows the basis; of one shipment there is no split."""
    found = list(members)
    return split != "equal" and len(found) > 1 and not any(_basis(m, split) for m in found)


def _basis(member: Member, split: Split) -> int:
    if split == "weight":
        return member.weight_grams
    return member.value_minor if split == "value" else 1


def _name(member: Member) -> tuple[str, str]:
    return member.order_id, member.shipment
