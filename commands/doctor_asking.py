"""Questions of `doctor` to a broker: does it ask anybody for rights, and which release is it.

Source: Apache Kafka protocol guide, DescribeAcls (key 29), ApiVersions (18).
"""

from __future__ import annotations

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import ApiVersionRequest, DescribeAclsRequest

SECURITY_DISABLED = 54
_ANY = 1


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
