"""A real Kafka with TLS, passwords and an authorizer, on which every user has exactly the rights of `rights.py`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from milepost.broker import kafka as local_kafka
from milepost.broker.readiness import free_ports
from milepost.broker.secured import ADMIN, HOST, Door, Secured
from milepost.runtime import kafka_access
from milepost.runtime.rights import USERS, Right, rights_of
from milepost.runtime.settings import Settings, from_environment
from milepost.runtime.topic_kinds import LANES
from milepost.runtime.topic_table import TOPICS
from milepost.runtime.topics import broker_settings
from milepost.tests.ops.certificates import Authority, Signed

EVERYBODY = (*LANES, *USERS)
NOBODY = "nobody"
"""A user with a password and no right at all."""
HALF = "half-intake"
"""A user who has the rights of intake, but for its group."""

GRANTED_WITHIN_S = 60.0
_ALL = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
)
_RESOURCES = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}
_PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}
_OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}


def password_of(user: str) -> str:
    """The password of a user of this broker."""
    return f"{user}-knows"


@dataclass(frozen=True)
class SecuredKafka:
    """The doors of the broker, HOST:PORT each, and the files its clients need."""

    plaintext: str
    scram: str
    expired: str
    mutual: str
    ca: Path
    stranger_ca: Path
    clients: Mapping[str, Signed]
    stranger: Signed

    def environment(self, user: str, **changed: str) -> dict[str, str]:
        """Settings of a process that is `user` by password; `changed` (without MILEPOST_, in lower case) wins."""
        given = {
            "broker": self.scram, "kafka_security": "scram", "kafka_ca_file": str(self.ca), "kafka_user": user,
            "kafka_password": password_of(user),
        }  # fmt: skip
        return {f"MILEPOST_{name.upper()}": text for name, text in (given | changed).items() if text}

    def with_certificate(self, signed: Signed, **changed: str) -> dict[str, str]:
        """Settings of a process that is known by its certificate."""
        files = {"kafka_cert_file": str(signed.certificate), "kafka_key_file": str(signed.key)}
        given = {"broker": self.mutual, "kafka_security": "tls", "kafka_ca_file": str(self.ca), **files}
        return {f"MILEPOST_{name.upper()}": text for name, text in (given | changed).items() if text}

    def librdkafka(self, user: str) -> dict[str, Any]:
        """The same login for clients that know nothing of ours."""
        return {
            "bootstrap.servers": self.scram, "security.protocol": "SASL_SSL", "ssl.ca.location": str(self.ca),
            "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": user, "sasl.password": password_of(user),
            "log_level": 0,
        }  # fmt: skip


@contextmanager
def secured_kafka(directory: Path) -> Iterator[SecuredKafka]:
    """Start it, with all topics of the table and everybody's rights."""
    ours, strange = Authority(directory, "authority"), Authority(directory, "stranger-authority")
    where = f"IP:{HOST}"
    good, late = (
        ours.sign("kafka", alternative=where),
        ours.sign("kafka", alternative=where, days=-1, file="late"),
    )
    scram, expired, mutual = free_ports(HOST, 3)
    doors = (
        Door("scram", scram, "scram", good.both),
        Door("expired", expired, "scram", late.both),
        Door("mutual", mutual, "mutual", good.both, ours.certificate),
    )
    passwords = {user: password_of(user) for user in (ADMIN, NOBODY, HALF, *EVERYBODY)}
    with local_kafka.start(fresh=True, port=0, secured=Secured(doors, passwords)) as running:
        there = SecuredKafka(
            plaintext=running.bootstrap, scram=f"{HOST}:{scram}", expired=f"{HOST}:{expired}",
            mutual=f"{HOST}:{mutual}", ca=ours.certificate, stranger_ca=strange.certificate,
            clients={user: ours.sign(user) for user in ("intake",)}, stranger=strange.sign("intake", file="forged"),
        )  # fmt: skip
        admin = AdminClient(there.librdkafka(ADMIN))
        _await(admin.create_topics([_new(name) for name in TOPICS]))
        half = acls(HALF, [right for right in rights_of("intake") if right.resource == "topic"])
        _grant(admin, half + [acl for user in EVERYBODY for acl in acls(user, rights_of(user))])
        yield there


@contextmanager
def as_who(environment: Mapping[str, str]) -> Iterator[Settings]:
    """This process with these settings, and nobody again afterwards."""
    settings = from_environment(environment)
    kafka_access.introduce(settings)
    try:
        yield settings
    finally:
        kafka_access.introduce(Settings())


def acls(user: str, rights: Iterable[Right]) -> list[AclBinding]:
    """What the authorizer is told of the rights of a user."""
    return [
        AclBinding(
            _RESOURCES[one.resource], one.name, _PATTERNS[one.pattern], f"User:{user}", "*", _OPERATIONS[operation],
            AclPermissionType.ALLOW,
        )
        for one in rights
        for operation in one.operations
    ]  # fmt: skip


def _grant(admin: AdminClient, wanted: list[AclBinding]) -> None:
    """Return when the broker's authorizer knows them: the controller, which has answered, is a moment ahead of it."""
    _await(admin.create_acls(wanted))
    deadline = time.monotonic() + GRANTED_WITHIN_S
    while len(admin.describe_acls(_ALL).result(60)) < len(wanted):
        assert time.monotonic() < deadline, "the authorizer does not learn of the rights"
        time.sleep(0.1)


def _new(name: str) -> NewTopic:
    topic = TOPICS[name]
    return NewTopic(name, topic.partitions, 1, config=broker_settings(topic, 1))


def _await(asked: Mapping[Any, Any]) -> None:
    for answer in asked.values():
        answer.result(60)
