"""What the ERP would be asked for if the shadowed dialect's word counted: the pure core, once with each of the two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.money import shown
from milepost.workflow.oracle import DOCUMENT, RowKey, ought_of
from milepost.workflow.rules import Rules

OURSELVES = "milepost"  # partner of facts that a load's record told its orders: the core tells them itself


def apart(facts: Iterable[Event], counted: Sequence[Event], shadowed: Sequence[Event], rules: Rules) -> list[str]:
    """Return one line for each amount that would be another with ``shadowed`` in the place of ``counted``.

    ``facts``: all that counted of any owner, ``counted`` (what counted of the site) among it. Of what counted only
    what is of the shadowed facts' time and owners is taken away. Deadlines have passed in neither world.
    """
    owners = {event.owner for event in shadowed}
    times = [event.occurred_at for event in shadowed]
    concerned = [one for one in facts if one.partner != OURSELVES and (one.owner in owners or is_load(one.owner))]
    gone = {one.event_id for one in counted if one.owner in owners and min(times) <= one.occurred_at <= max(times)}
    ours = ought_of(concerned, rules).rows
    theirs = ought_of([*(one for one in concerned if one.event_id not in gone), *shadowed], rules).rows
    differing = [key for key in sorted({*ours, *theirs}) if ours.get(key, 0) != theirs.get(key, 0)]
    return [_line(key, ours.get(key, 0), theirs.get(key, 0)) for key in differing]


def _line(key: RowKey, ours: int, theirs: int) -> str:
    owner, chain, account, currency, period = key
    if account == DOCUMENT:
        return f"posting        {owner} {chain} {period}: {'only counted' if ours else 'only shadowed'}"
    amounts = f"{shown(ours, currency)} and {shown(theirs, currency)}"
    return f"posting        {owner} {chain} {account} {period}: {amounts}"
