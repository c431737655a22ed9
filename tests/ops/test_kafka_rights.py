"""The table of rights on Kafka's own authorizer: what a user has no right to is tried, and refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.fetch import FetchRequest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from milepost.runtime import kafka_access
from milepost.runtime.rights import GATEWAY, LAG_WATCHER, OPERATOR, PARTNERS, REBUILDER, REOPENER_GROUP, rights_of
from milepost.runtime.topic_kinds import LANES, app_id
from milepost.runtime.topic_table import (
    COMMANDS_CHANGELOG,
    DELIVERIES_CHANGELOG,
    ERP_COMMANDS,
    ERP_COMMANDS_RECONCILIATION,
    ERP_RECEIPTS,
    LEDGERS_CHANGELOG,
    ORDERS_CHANGELOG,
    ORDERS_CONTROLS,
    ORDERS_EXCEPTIONS,
    ORDERS_JOURNAL,
    PARTNER_DOCUMENTS,
    PARTNER_EVENTS,
    PARTNER_STATEMENTS,
    REFERENCES_CHANGELOG,
    SOURCES_CHANGELOG,
    TOPICS,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
)
from milepost.tests.ops.secured_kafka import EVERYBODY, SecuredKafka, as_who

WITHIN_S = 60.0
FETCH_BYTES = 1024
NO_TOPIC, NO_GROUP = KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED
GROUPS = (*map(app_id, LANES), REOPENER_GROUP, "milepost-lease-main", "milepost-lease-dispatch")

# By hand, so that a right too many in the table is noticed: user -> what it may never write, what it may never read.
NEVER: dict[str, tuple[set[str], set[str]]] = {
    "intake": (
        {ERP_COMMANDS, ERP_RECEIPTS, PARTNER_DOCUMENTS, WMS_INSTRUCTIONS, ORDERS_CHANGELOG, DELIVERIES_CHANGELOG},
        {ORDERS_CHANGELOG, ERP_RECEIPTS, WMS_INSTRUCTIONS, PARTNER_STATEMENTS},
    ),
    "fulfilment": ({ERP_RECEIPTS, WMS_MILESTONES, COMMANDS_CHANGELOG}, {PARTNER_EVENTS, COMMANDS_CHANGELOG}),
    "posting": ({WMS_MILESTONES, ERP_COMMANDS, ORDERS_CONTROLS}, {PARTNER_EVENTS, ORDERS_CHANGELOG, ORDERS_JOURNAL}),
    "reconciliation": ({ERP_COMMANDS, ERP_COMMANDS_RECONCILIATION, ERP_RECEIPTS}, {ORDERS_CHANGELOG, PARTNER_EVENTS}),
    "dispatch": (
        {ERP_COMMANDS, ERP_RECEIPTS, PARTNER_EVENTS, PARTNER_DOCUMENTS}
        | {ORDERS_CONTROLS, WMS_INSTRUCTIONS, WMS_MILESTONES},
        {PARTNER_EVENTS, PARTNER_DOCUMENTS, ERP_COMMANDS, ERP_RECEIPTS, ORDERS_CHANGELOG, COMMANDS_CHANGELOG},
    ),
    LAG_WATCHER: (set(TOPICS), {ORDERS_CHANGELOG, COMMANDS_CHANGELOG, LEDGERS_CHANGELOG, SOURCES_CHANGELOG}),
    OPERATOR: ({ERP_COMMANDS, ORDERS_CHANGELOG, COMMANDS_CHANGELOG, ORDERS_JOURNAL, WMS_INSTRUCTIONS}, set()),
    REBUILDER: (
        {PARTNER_EVENTS, PARTNER_DOCUMENTS, ORDERS_CONTROLS, WMS_MILESTONES}
        | {SOURCES_CHANGELOG, REFERENCES_CHANGELOG, DELIVERIES_CHANGELOG},
        set(),
    ),
    GATEWAY: (set(TOPICS) - {PARTNER_DOCUMENTS, ORDERS_EXCEPTIONS}, set(TOPICS) - {PARTNER_DOCUMENTS}),
    PARTNERS: (set(TOPICS) - {PARTNER_EVENTS}, {PARTNER_EVENTS, ERP_COMMANDS, ORDERS_CHANGELOG}),
}


def having(user: str, operation: str) -> set[str]:
    return {right.name for right in rights_of(user) if right.resource == "topic" and operation in right.operations}


def refused_writes(login: dict[str, Any], topics: Iterable[str]) -> set[str]:
    """The topics to which the broker would not let a record be written."""
    refused: set[str] = set()

    def told(topic: str) -> Any:
        return lambda error, _: refused.add(topic) if error is not None and error.code() == NO_TOPIC else None

    producer = Producer({**login, "message.timeout.ms": int(WITHIN_S * 1000)})
    for topic in topics:
        producer.produce(topic, b"nothing", partition=0, on_delivery=told(topic))
    producer.flush(WITHIN_S)
    return refused


async def refused_reads(bootstrap: str, topics: Iterable[str]) -> set[str]:
    """The topics of which the broker would not let a record be read; one request asks for all of them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **kafka_access.options())
    await admin.start()
    try:
        places = [(topic, [(0, 0, FETCH_BYTES)]) for topic in sorted(topics)]
        answer = await admin._send_request(FetchRequest(0, 0, FETCH_BYTES, 0, places))
        return {topic for topic, partitions in answer.topics for one in partitions if one[1] == NO_TOPIC}
    finally:
        await admin.close()


def refusal(asked: Iterable[Any]) -> Iterator[int]:
    """The code of the error of each answer, 0 where there is none."""
    for answer in asked:
        try:
            told = answer.result(WITHIN_S)
        except KafkaException as error:
            yield error.args[0].code()
        else:
            errors = [place.error for place in getattr(told, "topic_partitions", ())]
            yield errors[0].code() if errors and errors[0] else 0


def test_the_table_gives_nobody_what_nobody_may_have() -> None:
    """The refusals that matter, written by hand, are refusals of the table of rights, too."""
    assert set(NEVER) == set(EVERYBODY)
    for user, (unwritten, unread) in NEVER.items():
        assert not having(user, "Write") & unwritten, user
        assert not having(user, "Read") & unread, user


@pytest.mark.parametrize("user", EVERYBODY)
def test_what_a_user_may_not_write_the_broker_refuses(secured: SecuredKafka, user: str) -> None:
    """Every topic without the right to write is tried, with a record, and refused."""
    others = set(TOPICS) - having(user, "Write")
    assert others >= NEVER[user][0]
    assert refused_writes(secured.librdkafka(user), others) == others


@pytest.mark.parametrize("user", EVERYBODY)
def test_what_a_user_may_not_read_the_broker_refuses(secured: SecuredKafka, user: str) -> None:
    """Every topic without the right to read is tried and refused."""
    others = set(TOPICS) - having(user, "Read")
    assert others >= NEVER[user][1]
    with as_who(secured.environment(user)):
        assert asyncio.run(refused_reads(secured.scram, others)) == others


@pytest.mark.parametrize("user", EVERYBODY)
def test_nobody_moves_the_offsets_of_another(secured: SecuredKafka, user: str) -> None:
    """A group that is not the user's own lets it commit nothing: nobody can make a lane skip or repeat."""
    own = [right for right in rights_of(user) if right.resource == "group" and "Read" in right.operations]
    others = [group for group in GROUPS if not any(_covers(right, group) for right in own)]
    admin = AdminClient(secured.librdkafka(user))
    for group in others:
        place = [TopicPartition(PARTNER_EVENTS, 0, 0)]
        asked = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, place)])
        assert list(refusal(asked.values())) == [NO_GROUP], group


def _covers(right: Any, group: str) -> bool:
    return group == right.name if right.pattern == "literal" else group.startswith(right.name)


@pytest.mark.parametrize("user", EVERYBODY)
def test_nobody_creates_or_deletes_a_topic(secured: SecuredKafka, user: str) -> None:
    """Topics are the administrator's: no user of ours makes one or takes one away."""
    admin = AdminClient(secured.librdkafka(user))
    made = admin.create_topics([NewTopic("of.their.own", 1, 1)])
    gone = admin.delete_topics([PARTNER_EVENTS, ORDERS_CHANGELOG])
    refused = {NO_TOPIC, KafkaError.CLUSTER_AUTHORIZATION_FAILED}
    assert set(refusal([*made.values(), *gone.values()])) <= refused


def test_who_says_no_name_may_do_nothing(secured: SecuredKafka) -> None:
    """Behind the plaintext door, too, rights are asked for: a client without a name has none."""
    nameless = {"bootstrap.servers": secured.plaintext}
    assert refused_writes(nameless, [PARTNER_EVENTS, ERP_COMMANDS]) == {PARTNER_EVENTS, ERP_COMMANDS}
    assert AdminClient(nameless).list_topics(timeout=WITHIN_S).topics == {}
