"""Questions to a broker that the client library has no words for: what we may do, and who is in a group by which name.

Source: Apache Kafka protocol guide, Metadata (key 3) version 8, DescribeGroups (15) version 4, DescribeAcls (29).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import ApiVersionRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Bytes, Int16, Int32, Schema, String

OPERATIONS: Mapping[str, int] = {"Read": 3, "Write": 4, "Describe": 8, "DescribeConfigs": 10}
"""Names to bits in "authorized operations" (AclOperation)."""

SECURITY_DISABLED = 54
TOPIC_REFUSED = 29
GROUP_REFUSED = 30
_ANY = 1


class Asked(NamedTuple):
    """An error code of Kafka, and a bit for each operation that we may do."""

    error: int
    may: int

    def lacks(self, operations: Iterable[str]) -> list[str]:
        """Return the operations that we may not do."""
        return [one for one in operations if self.error or not self.may >> OPERATIONS[one] & 1]


class Member(NamedTuple):
    """``name``: its static one, None where it has none."""

    name: str | None
    host: str


class Group(NamedTuple):
    error: int
    state: str
    members: tuple[Member, ...]
    may: int


class _Topics8(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("id", Int32), ("host", String("utf-8")), ("port", Int32), ("rack", String("utf-8")))),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("name", String("utf-8")),
                ("internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("epoch", Int32),
                        ("replicas", Array(Int32)), ("isr", Array(Int32)), ("offline", Array(Int32)),
                    ),
                ),
                ("may", Int32),
            ),
        ),
        ("cluster_may", Int32),
    )  # fmt: skip


class _AskTopics8(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _Topics8
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("create", Boolean),
        ("cluster_may", Boolean),
        ("topics_may", Boolean),
    )


class _AskTopics(Request[_AskTopics8]):  # type: ignore[misc]
    API_KEY: ClassVar[int] = 3

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_AskTopics8]) -> _AskTopics8:
        return request_struct_class(list(self._names), False, False, True)


class _Groups4(Response):  # type: ignore[misc]
    API_KEY = 15
    API_VERSION = 4
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "groups",
            Array(
                ("error_code", Int16), ("group", String("utf-8")), ("state", String("utf-8")),
                ("protocol_type", String("utf-8")), ("protocol", String("utf-8")),
                (
                    "members",
                    Array(
                        ("member_id", String("utf-8")), ("name", String("utf-8")), ("client_id", String("utf-8")),
                        ("host", String("utf-8")), ("metadata", Bytes), ("assignment", Bytes),
                    ),
                ),
                ("may", Int32),
            ),
        ),
    )  # fmt: skip


class _AskGroups4(RequestStruct):  # type: ignore[misc]
    API_KEY = 15
    API_VERSION = 4
    RESPONSE_TYPE = _Groups4
    SCHEMA = Schema(("groups", Array(String("utf-8"))), ("may", Boolean))


class _AskGroups(Request[_AskGroups4]):  # type: ignore[misc]
    API_KEY: ClassVar[int] = 15

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, request_struct_class: type[_AskGroups4]) -> _AskGroups4:
        return request_struct_class([self._group], True)


async def topics_asked(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, Asked]:
    """Return what we may do with each topic. IncompatibleBrokerVersion or NotImplementedError: before Kafka 2.3."""
    answer = (await admin._send_request(_AskTopics(names))).to_object()
    return {row["name"]: Asked(row["error_code"], row["may"]) for row in answer["topics"]}


async def group_asked(admin: AIOKafkaAdminClient, group: str) -> Group:
    """Return who is in a group, and what we may do with it. Raises as topics_asked, and KafkaError."""
    node = await admin.find_coordinator(group)
    (row,) = (await admin._send_request(_AskGroups(group), node)).to_object()["groups"]
    members = tuple(Member(one["name"], one["host"]) for one in row["members"])
    return Group(row["error_code"], row["state"], members, row["may"])


async def has_authorizer(admin: AIOKafkaAdminClient) -> bool:
    """Return whether the broker asks anybody for rights at all; who may not see them is told that there are some."""
    answer = (await admin._send_request(DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY))).to_object()
    return int(answer["error_code"]) != SECURITY_DISABLED


async def release_asked(admin: AIOKafkaAdminClient) -> str:
    """Return the oldest release of Kafka that has all the requests this broker has, as far as they tell."""
    rows: list[dict[str, Any]] = (await admin._send_request(ApiVersionRequest())).to_object()["api_versions"]
    oldest = {row["api_key"]: row["min_version"] for row in rows}
    return next((release for release, has in _RELEASES if has(oldest)), "")


_FETCH, _ADD_RAFT_VOTER, _DESCRIBE_TOPIC_PARTITIONS, _DESCRIBE_TRANSACTIONS = 1, 80, 75, 65
_RELEASES = (
    ("4.0", lambda oldest: oldest.get(_FETCH, 0) >= 4),  # KIP-896 took the older ones away
    ("3.9", lambda oldest: _ADD_RAFT_VOTER in oldest),
    ("3.8", lambda oldest: _DESCRIBE_TOPIC_PARTITIONS in oldest),
    ("3.0", lambda oldest: _DESCRIBE_TRANSACTIONS in oldest),
)
