"""Laws of the table of rights; that a real authorizer keeps them is tested in tests/ops/test_kafka_rights.py."""

from __future__ import annotations

import pytest
from milepost.agents import dispatch, reopener
from milepost.codecs.dialects.model import EXCHANGE_IN, EXCHANGE_OUT
from milepost.commands import replay_run
from milepost.runtime.erp.lease import group_of
from milepost.runtime.rights import (
    GATEWAY,
    GATEWAY_GROUP,
    LAG_WATCHER,
    LEASE_GROUPS,
    OPERATOR,
    REBUILDER,
    REBUILT,
    REOPENER_GROUP,
    USERS,
    reads,
    rights_of,
    writes,
)
from milepost.runtime.topic_kinds import LANES, Lane, app_id
from milepost.runtime.topic_table import (
    DEAD_LETTERS,
    ERP_COMMANDS,
    ERP_RECEIPTS,
    ORDERS_EXCEPTIONS,
    PARTNER_DOCUMENTS,
    PARTNER_EVENTS,
    POSTING_LEASES,
    TOPICS,
    topics_of,
)

EVERYBODY = (*LANES, *USERS)


def having(operation: str, name: str, among: tuple[str, ...] = EVERYBODY) -> set[str]:
    """Who may do that with a topic or group of this name."""
    return {user for user in among for right in rights_of(user) if right.name == name and operation in right.operations}


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_has_rights_on_what_its_start_asks_for_and_on_nothing_else(lane: Lane) -> None:
    """A lane's rights are on just the topics it cannot start without, each with the right to see how it is kept."""
    topics = [right for right in rights_of(lane) if right.resource == "topic" and right.pattern == "literal"]
    assert {right.name for right in topics} == set(topics_of(lane))
    assert all({"Describe", "DescribeConfigs"} <= set(right.operations) for right in topics)


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_reads_and_writes_what_the_table_of_topics_says(lane: Lane) -> None:
    """Every topic that names a lane as reader may be read by it; its changelogs it may write as well."""
    for topic in TOPICS.values():
        may_read = lane in having("Read", topic.name)
        assert may_read == (lane in topic.readers or ("reopener" in topic.readers and lane == "reconciliation")), topic
        if topic.name.startswith(app_id(lane)):
            assert topic.name in reads(lane) & writes(lane)


def test_money_has_one_writer_among_the_lanes() -> None:
    """Of the lanes fulfilment alone commands postings, and posting alone says what became of them."""
    assert having("Write", ERP_COMMANDS, LANES) == {"fulfilment"}
    assert having("Write", ERP_RECEIPTS, LANES) == {"posting"}


def test_a_changelog_belongs_to_its_lane() -> None:
    """No lane may read or write the changelog of another."""
    for topic in (topic for topic in TOPICS.values() if topic.name.endswith("-changelog")):
        assert having("Read", topic.name, LANES) == having("Write", topic.name, LANES) == {topic.owner}


def test_every_topic_that_a_lane_reads_has_somebody_who_writes_it() -> None:
    """A topic that is read but that nobody may write would mean a right that was forgotten."""
    unwritten = {POSTING_LEASES, "erp.commands.reconciliation"}  # of the first no record ever, of the other none yet
    for lane in LANES:
        for name in reads(lane) - unwritten:
            assert having("Write", name), name


def test_who_says_what_partners_say() -> None:
    """Of the lanes intake alone writes partner.events: what documents say. Documents themselves are the gateway's to
    write, and a person's who sends one again.
    """
    assert having("Write", PARTNER_EVENTS, LANES) == {"intake"}
    assert having("Write", PARTNER_DOCUMENTS) == {GATEWAY, OPERATOR}


def test_the_gateway_reads_nothing_of_ours() -> None:
    """Who is open to the world writes documents and exceptions, and reads what partners send: by gateways and by their
    own topics."""
    rights = {right.name: set(right.operations) for right in rights_of(GATEWAY)}
    written, read = {"Write", "Describe", "DescribeConfigs"}, {"Read", "Describe"}
    assert rights == {
        PARTNER_DOCUMENTS: written | read, ORDERS_EXCEPTIONS: written, EXCHANGE_IN: read, GATEWAY_GROUP: read,
    }  # fmt: skip


def test_a_topic_that_a_dialect_names_is_none_of_ours() -> None:
    """No file can have a topic of the table read as a partner's word, or written to: their names begin otherwise."""
    ours = [name for name in TOPICS if name.startswith((EXCHANGE_IN, EXCHANGE_OUT))]
    assert not ours
    assert having("Write", EXCHANGE_OUT) == {"dispatch"}
    assert having("Read", EXCHANGE_IN) == {GATEWAY}


def test_a_rebuild_writes_what_can_be_rebuilt() -> None:
    """The rebuilder writes the changelogs that `replay --rebuild` makes, and no other lane's."""
    changelogs = {name for name in TOPICS if name.endswith("-changelog")}
    assert {TOPICS[name].owner for name in changelogs if REBUILDER in having("Write", name)} == set(REBUILT)
    assert set(replay_run.CHANGELOGS) == set(REBUILT)


def test_every_lane_may_put_a_bad_record_aside() -> None:
    """A lane without the right to write dead letters would stop at its first bad record."""
    assert having("Write", DEAD_LETTERS, LANES) == set(LANES)


def test_who_looks_writes_nothing() -> None:
    """The lag-watcher has no right but to read and to describe, and joins no group."""
    assert {operation for right in rights_of(LAG_WATCHER) for operation in right.operations} == {"Read", "Describe"}
    assert {right.operations for right in rights_of(LAG_WATCHER) if right.resource == "group"} == {("Describe",)}


@pytest.mark.parametrize("user", EVERYBODY)
def test_rights_are_told_once_and_in_one_order(user: str) -> None:
    """Each resource appears once, its topics sorted: manifests made from the table do not change by themselves."""
    rights = rights_of(user)
    assert len({(right.resource, right.name, right.pattern) for right in rights}) == len(rights)
    topics = [right.name for right in rights if right.resource == "topic"]
    assert topics == sorted(topics)
    assert {right.resource for right in rights} == {"topic", "group"}


def test_groups_have_the_names_their_members_give() -> None:
    """The groups of the table are those that the clients join; a lane's own and no other lane's."""
    assert reopener.GROUP == REOPENER_GROUP
    assert group_of("any").startswith(LEASE_GROUPS)
    assert "Read" in {operation for right in rights_of("dispatch") for operation in right.operations
                      if right.name == group_of(dispatch.LEASE_NAME)}  # fmt: skip
    for lane in LANES:
        assert having("Read", app_id(lane)) == {lane}


def test_a_name_nobody_has_is_an_error() -> None:
    """Rights of an unknown user are not "none": the name is wrong."""
    with pytest.raises(KeyError):
        rights_of("somebody")
