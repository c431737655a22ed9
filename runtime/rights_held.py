"""Which of its rights a user has not got, as the broker tells it: asked before a lane starts, and by `doctor`.

A lane without a right would stop in the middle of its work, or wait for a group that never takes it. The broker tells
a user's own rights with topics and groups, so that nothing has to be tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError
from milepost.runtime import kafka_access
from milepost.runtime.asking import COORDINATOR_COMING, ask
from milepost.runtime.erp.lease import group_of
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rights import LEASE_GROUPS, Right, rights_of
from milepost.runtime.rights_asked import TOPIC_REFUSED, Asked, group_asked, topics_asked

RETRY_S = 0.2
SHOWN = 4
_COMING_CODES = tuple(one.errno for one in COORDINATOR_COMING)


def require(bootstrap: str, lane_or_user: str, account: str) -> None:
    """Raise ConfigurationError, one line, unless this process has every right of the lane or user."""
    lacks = lacking(bootstrap, lane_or_user, account)
    if lacks:
        who = f"user {kafka_access.user()!r}" if kafka_access.user() else "the user of this certificate"
        more = f"; and {len(lacks) - SHOWN} more" if len(lacks) > SHOWN else ""
        raise ConfigurationError(f"on {bootstrap} {who} has no right to {'; '.join(lacks[:SHOWN])}{more}")


def lacking(bootstrap: str, lane_or_user: str, account: str) -> list[str]:
    """The rights of `lane_or_user` that this process has not got, one each: "Write on topic erp.commands".

    ``account``: the ERP account, by which its lease is named; other groups of a common beginning are not asked about.
    Raises BrokerUnreachable.
    """
    rights = [one for one in (_literal(right, account) for right in rights_of(lane_or_user)) if one]
    held = ask(bootstrap, lambda admin: _held(admin, rights))
    return [
        f"{', '.join(lacks)} on {right.resource} {right.name}"
        for right, asked in zip(rights, held, strict=True)
        if (lacks := asked.lacks(right.operations))
    ]


def _literal(right: Right, account: str) -> Right | None:
    if right.pattern == "literal":
        return right
    return right._replace(name=group_of(account), pattern="literal") if right.name == LEASE_GROUPS else None


async def _held(admin: AIOKafkaAdminClient, rights: Sequence[Right]) -> list[Asked]:
    topics = await topics_asked(admin, [right.name for right in rights if right.resource == "topic"])
    unseen = Asked(TOPIC_REFUSED, 0)
    return [
        await _held_on_group(admin, right.name) if right.resource == "group" else topics.get(right.name, unseen)
        for right in rights
    ]


async def _held_on_group(admin: AIOKafkaAdminClient, group: str) -> Asked:
    while True:
        try:
            told = await group_asked(admin, group)
            if told.error not in _COMING_CODES:
                return Asked(told.error, told.may)
        except GroupAuthorizationFailedError as refused:
            return Asked(refused.errno, 0)
        except COORDINATOR_COMING:  # nobody has used a group on this broker yet
            pass
        await asyncio.sleep(RETRY_S)
