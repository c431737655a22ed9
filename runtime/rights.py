"""Who may do what on the broker: the rights of each lane and of each other user, from the table of topics. Data only.

A right that is not here is refused by a cluster that allows nothing by default. The manifests of the cluster's users,
the page about security and the tests of what is refused are all made from this file. Names of operations are Kafka's
own. An idempotent producer needs nothing beyond Write on a topic (KIP-679, brokers from 3.0 on), and nothing of ours
uses transactions, so there is no right on a transactional id or on the cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from milepost.codecs.dialects.model import EXCHANGE_IN, EXCHANGE_OUT
from milepost.runtime.topic_kinds import LANES, Lane, app_id
from milepost.runtime.topic_table import (
    CUSTOMER_NOTICES,
    DEAD_LETTERS,
    DEAD_LETTERS_ACTS,
    ERP_COMMANDS_RECONCILIATION,
    ERP_ORDERS,
    ERP_RECEIPTS,
    ORDERS_CONTROLS,
    ORDERS_EXCEPTIONS,
    ORDERS_FACTS,
    ORDERS_REOPENINGS,
    ORDERS_TICKS,
    PARTNER_DELIVERIES,
    PARTNER_DOCUMENTS,
    PARTNER_EVENTS,
    PARTNER_REFERENCES,
    POSTING_LEASES,
    TMS_INSTRUCTIONS,
    TMS_MILESTONES,
    TOPICS,
    WMS_INSTRUCTIONS,
    WMS_MILESTONES,
    topics_of,
)

Resource = Literal["topic", "group", "transactionalId", "cluster"]
Pattern = Literal["literal", "prefix"]

LAG_WATCHER = "lag-watcher"
OPERATOR = "operator"
REBUILDER = "rebuilder"
GATEWAY = "gateway"
PARTNERS = "partners"
USERS = (LAG_WATCHER, OPERATOR, REBUILDER, GATEWAY, PARTNERS)
"""Everybody beside the lanes. lag-watcher looks; operator is the desk's verbs, `doctor` and `smoke`; rebuilder is
`replay --rebuild`, for the day a changelog is lost; gateway puts partners' documents on the broker and reads them;
partners is whoever writes events in our own words and reads instructions without lane dispatch."""

REOPENER_GROUP = "milepost-reopener"
LEASE_GROUPS = "milepost-lease-"
PARKED_GROUPS = "milepost-parked-"
PARTNER_GROUPS = "partners-"
GATEWAY_GROUP = "milepost-gateway"

_UNWRITTEN = frozenset({PARTNER_DOCUMENTS, DEAD_LETTERS_ACTS, POSTING_LEASES, ERP_COMMANDS_RECONCILIATION})
"""Topics whose owner writes nothing to them: the gateway writes the first, people the second, nobody the third, and no
rule of today commands what the last carries, so nobody is let near it."""
_WRITES_ELSEWHERE: Mapping[Lane, tuple[str, ...]] = {
    "intake": (ORDERS_EXCEPTIONS,),
    "dispatch": (DEAD_LETTERS, ORDERS_EXCEPTIONS, PARTNER_REFERENCES),
    "fulfilment": (DEAD_LETTERS,),
    "posting": (DEAD_LETTERS,),
    "reconciliation": (DEAD_LETTERS, ORDERS_FACTS),
}
_READ_AGAIN = (ERP_ORDERS, WMS_MILESTONES, TMS_MILESTONES, ORDERS_CONTROLS, ORDERS_FACTS, ERP_RECEIPTS)
"""What `replay` publishes once more when a record lacks it."""

REBUILT: tuple[Lane, ...] = ("fulfilment", "posting", "reconciliation")
"""Lanes whose changelog `replay --rebuild` can write anew. What intake and dispatch keep is said in no other topic."""

_CHANGELOG = "-changelog"
_ORDER = ("Read", "Write", "Describe", "DescribeConfigs")


class Right(NamedTuple):
    """What one user may do with a resource of that name, or with all whose names begin so."""

    resource: Resource
    name: str
    pattern: Pattern
    operations: tuple[str, ...]


def rights_of(lane_or_user: str) -> tuple[Right, ...]:
    """Every right of a lane or of one of USERS; KeyError for a name that is neither."""
    return _RIGHTS[lane_or_user]()


def reads(lane: Lane) -> frozenset[str]:
    """Topics whose records a lane reads: its sources, its changelogs, and what its reopener reads."""
    also = ("reopener",) if lane == "reconciliation" else ()
    return frozenset(topic.name for topic in TOPICS.values() if {lane, *also} & set(topic.readers))


def writes(lane: Lane) -> frozenset[str]:
    """Topics a lane writes: what it owns, as far as it writes that itself, and its words on topics of others."""
    owned = {topic.name for topic in TOPICS.values() if topic.owner == lane and topic.name not in _UNWRITTEN}
    return frozenset(owned | set(_WRITES_ELSEWHERE[lane]))


def _lane(lane: Lane) -> tuple[Right, ...]:
    # The check at start asks for partitions and policies of everything the lane cannot do without.
    groups = [_group(app_id(lane), "Read")]
    if lane == "posting":
        groups.append(_group(LEASE_GROUPS, "Read", "prefix"))
    if lane == "dispatch":
        groups.append(_group(LEASE_GROUPS + lane, "Read"))
    if lane == "reconciliation":
        groups.append(_group(REOPENER_GROUP, "Read"))
    topics = _topics(reads=reads(lane), writes=writes(lane), checks=topics_of(lane))
    return (*_with(topics, EXCHANGE_OUT, "Write"), *groups) if lane == "dispatch" else (*topics, *groups)


def _lag_watcher() -> tuple[Right, ...]:
    # The records too: how late a lane is says the time of the record it has come to.
    sources = {name for lane in LANES for name in reads(lane) if not name.endswith(_CHANGELOG)}
    return (*_topics(reads=sources), *(_group(name) for name in (*map(app_id, LANES), REOPENER_GROUP)))


def _operator() -> tuple[Right, ...]:
    groups = (*(_group(name) for name in (*map(app_id, LANES), REOPENER_GROUP)), _group(LEASE_GROUPS, pattern="prefix"))
    parked = _group(PARKED_GROUPS, "Read", "prefix")
    sent = (PARTNER_EVENTS, PARTNER_DELIVERIES, PARTNER_DOCUMENTS, PARTNER_REFERENCES)
    said = (DEAD_LETTERS_ACTS, ORDERS_EXCEPTIONS, *sent, *_READ_AGAIN)
    return (*_topics(reads=TOPICS, writes=said, checks=TOPICS), *groups, parked)


def _rebuilder() -> tuple[Right, ...]:
    changelogs = {name for name in TOPICS if name.endswith(_CHANGELOG) and TOPICS[name].owner in REBUILT}
    said = writes("fulfilment") - {DEAD_LETTERS, ORDERS_TICKS, ORDERS_REOPENINGS} | {ERP_RECEIPTS}
    return (*_topics(reads=TOPICS, writes=changelogs | said, checks=TOPICS), *(_group(app_id(lane)) for lane in LANES))


def _gateway() -> tuple[Right, ...]:
    # It asks at its start whether its topics are as they should be, and reads what every gateway took in.
    written = (PARTNER_DOCUMENTS, ORDERS_EXCEPTIONS)
    topics = _topics(reads=[PARTNER_DOCUMENTS], writes=written, checks=written)
    return (*_with(topics, EXCHANGE_IN, "Read"), _group(GATEWAY_GROUP, "Read"))


def _partners() -> tuple[Right, ...]:
    heard = (WMS_INSTRUCTIONS, TMS_INSTRUCTIONS, CUSTOMER_NOTICES)
    return (*_topics(reads=heard, writes=[PARTNER_EVENTS]), _group(PARTNER_GROUPS, "Read", "prefix"))


def _topics(*, reads: Iterable[str] = (), writes: Iterable[str] = (), checks: Iterable[str] = ()) -> tuple[Right, ...]:
    wanted: dict[str, set[str]] = {}
    for operation, names in (("Read", reads), ("Write", writes), ("DescribeConfigs", checks)):
        for name in names:
            wanted.setdefault(name, {"Describe"}).add(operation)
    return tuple(Right("topic", name, "literal", _ordered(wanted[name])) for name in sorted(wanted))


def _with(topics: tuple[Right, ...], begins: str, operation: str) -> tuple[Right, ...]:
    """Return ``topics`` and the right on all that begin so: those that dialects name, each with one partner."""
    theirs = Right("topic", begins, "prefix", _ordered({operation, "Describe"}))
    return tuple(sorted((*topics, theirs), key=lambda right: right.name))


def _group(name: str, operation: str = "Describe", pattern: Pattern = "literal") -> Right:
    return Right("group", name, pattern, _ordered({operation, "Describe"}))


def _ordered(operations: set[str]) -> tuple[str, ...]:
    return tuple(one for one in _ORDER if one in operations)


_RIGHTS: Mapping[str, Callable[[], tuple[Right, ...]]] = {
    "intake": lambda: _lane("intake"),
    "fulfilment": lambda: _lane("fulfilment"),
    "posting": lambda: _lane("posting"),
    "reconciliation": lambda: _lane("reconciliation"),
    "dispatch": lambda: _lane("dispatch"),
    LAG_WATCHER: _lag_watcher,
    OPERATOR: _operator,
    REBUILDER: _rebuilder,
    GATEWAY: _gateway,
    PARTNERS: _partners,
}
