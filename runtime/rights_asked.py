"""Questions to a broker that the client library has no words for: what we may do, and who is in a group by which name.

Source: Apache Kafka protocol guide, Metadata (key 3) version 8, DescribeGroups (15) version 4; KIP-430.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Bytes, Int16, Int32, Schema, String

OPERATIONS: Mapping[str, int] = {"Read": 3, "Write": 4, "Describe": 8, "DescribeConfigs": 10}
"""Names to bits in "authorized operations" (AclOperation)."""

TOPIC_REFUSED = 29
GROUP_REFUSED = 30


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
