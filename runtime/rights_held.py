"""Which of its rights a user has not got, as the broker tells it: asked before a lane starts, and by `doctor`.

A lane without a right would stop in the middle of its work, or wait for a group that never takes it. The broker tells
a user's own rights with topics and groups (KIP-430), so that nothing has to be tried. aiokafka has neither answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String
from milepost.runtime import kafka_access
from milepost.runtime.asking import ask
from milepost.runtime.erp.lease import group_of
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rights import LEASE_GROUPS, Right, rights_of

RETRY_S = 0.2
SHOWN = 4
_BITS = {"Read": 3, "Write": 4, "Describe": 8, "DescribeConfigs": 10}  # codes of Kafka's AclOperation
_NOT_TOLD = -(2**31)
_COMING = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)

Held = dict[tuple[str, str], int]
"""(resource, name) -> the operations this process may do with it, as Kafka's bit field."""


def require(bootstrap: str, lane_or_user: str, account: str) -> None:
    """Raise ConfigurationError, one line, unless this process has every right of the lane or user."""
    lacks = lacking(bootstrap, lane_or_user, account)
    if lacks:
        who = f"user {kafka_access.user()!r}" if kafka_access.user() else "the user of this certificate"
        more = f"; and {len(lacks) - SHOWN} more" if len(lacks) > SHOWN else ""
        raise ConfigurationError(f"on {bootstrap} {who} has no right to {'; '.join(lacks[:SHOWN])}{more}")


def lacking(bootstrap: str, lane_or_user: str, account: str) -> list[str]:
    """The rights of `lane_or_user` that this process has not got: "Write on topic erp.commands", one each.

    ``account``: the ERP account, by which its lease is named; other groups of a common beginning are not asked about.
    Raises BrokerUnreachable.
    """
    rights = [one for one in (_literal(right, account) for right in rights_of(lane_or_user)) if one]
    held = ask(bootstrap, lambda admin: _held(admin, rights))
    return [lack for right in rights for lack in _lacks(right, held)]


def _literal(right: Right, account: str) -> Right | None:
    if right.pattern == "literal":
        return right
    return right._replace(name=group_of(account), pattern="literal") if right.name == LEASE_GROUPS else None


def _lacks(right: Right, held: Mapping[tuple[str, str], int]) -> Iterable[str]:
    bits = held.get((right.resource, right.name), 0)
    if bits != _NOT_TOLD:
        missing = [one for one in right.operations if not bits & (1 << _BITS[one])]
        yield from (f"{one} on {right.resource} {right.name}" for one in missing[:1])  # one without is as good as none


async def _held(admin: AIOKafkaAdminClient, rights: Sequence[Right]) -> Held:
    topics = [right.name for right in rights if right.resource == "topic"]
    answer = await admin._send_request(_AboutTopics(topics))
    found = {("topic", row[1]): row[4] if row[0] == 0 else 0 for row in answer.topics}
    for right in rights:
        if right.resource == "group":
            found["group", right.name] = await _held_on_group(admin, right.name)
    return found


async def _held_on_group(admin: AIOKafkaAdminClient, group: str) -> int:
    while True:
        try:
            answer = await admin._send_request(_AboutGroups([group]), await admin.find_coordinator(group))
            (row,) = answer.groups
            if row[0]:
                raise for_code(row[0])
            return int(row[-1])
        except GroupAuthorizationFailedError:
            return 0
        except _COMING:  # nobody has used a group on this broker yet
            await asyncio.sleep(RETRY_S)


class _TopicsTold(Response):  # type: ignore[misc]
    API_KEY, API_VERSION = 3, 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", String()), ("port", Int32), ("rack", String()))),
        ("cluster_id", String()),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16), ("name", String()), ("is_internal", Boolean),
                ("partitions", Array(
                    ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32),
                    ("replicas", Array(Int32)), ("isr", Array(Int32)), ("offline", Array(Int32)),
                )),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )  # fmt: skip


class _TopicsAsked(RequestStruct):  # type: ignore[misc]
    API_KEY, API_VERSION, RESPONSE_TYPE = 3, 8, _TopicsTold
    SCHEMA = Schema(("topics", Array(String())), ("create", Boolean), ("of_cluster", Boolean), ("of_topics", Boolean))


class _AboutTopics(Request[_TopicsAsked]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = list(topics)

    def build(self, asked: type[_TopicsAsked]) -> _TopicsAsked:
        return asked(self._topics, False, False, True)


class _GroupsAsked(DescribeGroupsRequest_v3):  # type: ignore[misc]
    RESPONSE_TYPE = DescribeGroupsResponse_v3


class _AboutGroups(Request[_GroupsAsked]):  # type: ignore[misc]
    API_KEY = 15

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = list(groups)

    def build(self, asked: type[_GroupsAsked]) -> _GroupsAsked:
        return asked(self._groups, True)
