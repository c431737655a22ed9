"""Which orders and loads a replay is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from milepost.commands.replay_reading import Message, OwnerHeard
from milepost.contracts.tms import LoadPlanned, MemberAssigned


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Everybody, but for what is given. ``since`` and ``until`` are the broker's time: when messages arrived."""

    order: str | None = None
    partner: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def wants(self, heard: OwnerHeard) -> bool:
        """Say whether one message of an owner is what was asked for."""
        if self.partner is None and self.since is None and self.until is None:
            return True
        return any(self._fits(message) for message in heard.messages)

    def _fits(self, message: Message) -> bool:
        if self.partner is not None and self.partner not in (message.event.source, message.event.partner):
            return False
        if self.since is not None and message.timestamp_ms < self.since.timestamp() * 1000:
            return False
        return self.until is None or message.timestamp_ms < self.until.timestamp() * 1000


def members_of(heard: OwnerHeard) -> set[str]:
    """Return the orders that were ever on a load."""
    found: set[str] = set()
    for message in heard.messages:
        body = message.event.body
        if isinstance(body, LoadPlanned):
            found |= {member.order_id for member in body.members}
        elif isinstance(body, MemberAssigned):
            found.add(body.order_id)
    return found
