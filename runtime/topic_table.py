"""The one table of topics: what each carries, who owns it and by which rules it lives. Data only.

Creation, the check at start, the documentation and the cluster's manifests all read it from here.
"""

from __future__ import annotations

from collections.abc import Mapping

from milepost.runtime.topic_kinds import DAY_S, LANES, DomainName, Lane, Topic, changelog_name

PARTNER_EVENTS = "partner.events"
PARTNER_PARKED = "partner.parked"
PARTNER_DOCUMENTS = "partner.documents"
PARTNER_REFERENCES = "partner.references"
PARTNER_STATEMENTS = "partner.statements"
PARTNER_SHADOWED = "partner.shadowed"
PARTNER_ANSWERS = "partner.answers"
PARTNER_DELIVERIES = "partner.deliveries"
INSTRUCTIONS_RECEIVED = "instructions.received"
MASTER_REFERENCES = "master.references"
SOURCES_PAUSED = "sources.paused"
ERP_ORDERS = "erp.orders"
WMS_MILESTONES = "wms.milestones"
TMS_MILESTONES = "tms.milestones"
ORDERS_CONTROLS = "orders.controls"
ORDERS_FACTS = "orders.facts"
ORDERS_TICKS = "orders.ticks"
ORDERS_REOPENINGS = "orders.reopenings"
ORDERS_REOPENED = "orders.reopened"
ORDERS_JOURNAL = "orders.journal"
ORDERS_EXCEPTIONS = "orders.exceptions"
ERP_COMMANDS = "erp.commands"
ERP_COMMANDS_RECONCILIATION = "erp.commands.reconciliation"
ERP_RECEIPTS = "erp.receipts"
POSTING_LEASES = "posting.leases"
WMS_INSTRUCTIONS = "wms.instructions"
TMS_INSTRUCTIONS = "tms.instructions"
CUSTOMER_NOTICES = "customer.notices"
FULFILMENT_REQUESTS = "fulfilment.requests"
DEAD_LETTERS = "dead.letters"
DEAD_LETTERS_ACTS = "dead.letters.acts"
ORDERS_CHANGELOG = changelog_name("fulfilment", "orders")
LOADS_CHANGELOG = changelog_name("fulfilment", "loads")
COMMANDS_CHANGELOG = changelog_name("posting", "commands")
LEDGERS_CHANGELOG = changelog_name("reconciliation", "ledgers")
SOURCES_CHANGELOG = changelog_name("intake", "sources")
WAITING_CHANGELOG = changelog_name("intake", "waiting")
REFERENCES_CHANGELOG = changelog_name("intake", "references")
DELIVERIES_CHANGELOG = changelog_name("dispatch", "deliveries")

_OWNER = "order id, or load/ID"
_PEOPLE = ("people",)


def _operational(name: str, owner: Lane, readers: tuple[str, ...], carries: str, key: str = _OWNER) -> Topic:
    return Topic(name=name, domain="operational", owner=owner, readers=readers, carries=carries, key=key)


_SOURCES = (
    _operational(PARTNER_EVENTS, "intake", ("intake",), "events in our own words, from partners or made of documents"),
    Topic(
        name=PARTNER_DOCUMENTS,
        domain="operational",
        owner="intake",
        key="partner and message id",
        carries="what partners send in their own formats, byte for byte",
        readers=("intake",),
        retried="a bad part is redriven by a person, after its dialect or its bytes are mended",
    ),
    Topic(
        name=PARTNER_REFERENCES,
        domain="operational",
        owner="intake",
        key="native id: ref/KIND/ISSUER/VALUE, or snapshot/PARTNER/ENTITY",
        carries="links between native ids and orders, milestones that carry only a native id, snapshots",
        readers=("intake",),
    ),
    Topic(
        name=PARTNER_PARKED,
        domain="operational",
        owner="intake",
        key="key of the parked record",
        carries="what paused sources send, byte for byte",
        readers=_PEOPLE,
        kept_s=90 * DAY_S,
        acted_on_within_s=DAY_S,
        retried="sent again when a person resumes the source",
    ),
    _operational(ERP_ORDERS, "intake", ("fulfilment",), "events: released, amended, cancel requested"),
    _operational(WMS_MILESTONES, "intake", ("fulfilment", "dispatch"), "events of the warehouses"),
    _operational(TMS_MILESTONES, "intake", ("fulfilment", "dispatch"), "events of transport"),
    _operational(
        ORDERS_FACTS, "fulfilment", ("fulfilment",), "events from loads to their orders, and of reconciliation"
    ),
    Topic(
        name=ORDERS_CONTROLS,
        domain="operational",
        owner="intake",
        key=_OWNER,
        carries="what people decided: hold, release, cancel, resolve, retry",
        readers=("fulfilment",),
        kept_s=400 * DAY_S,
    ),
    Topic(
        name=ORDERS_TICKS,
        domain="operational",
        owner="fulfilment",
        key="none: one record for every partition",
        carries="the time, so that deadlines fire as events",
        readers=("fulfilment", "intake", "dispatch"),
        kept_s=DAY_S,
        retried="none: the next tick says the same and more",
    ),
    Topic(
        name=ORDERS_REOPENINGS,
        domain="operational",
        owner="fulfilment",
        key=_OWNER,
        carries="closed orders in which news waits: they ask for their facts",
        readers=("reopener",),
        kept_s=DAY_S,
        acted_on_within_s=3600,
        retried="asked again after each recovery, and on a person's reprocess",
    ),
    Topic(
        name=ORDERS_REOPENED,
        domain="operational",
        owner="reconciliation",
        key=_OWNER,
        carries="all facts that the journal has of a closed order, packed",
        readers=("fulfilment",),
        kept_s=DAY_S,
        acted_on_within_s=60,
    ),
    Topic(
        name=MASTER_REFERENCES,
        domain="master",
        owner="intake",
        key="version of the reference data",
        carries="reference versions a deployment decides by, with extent and digest",
        readers=_PEOPLE,
        cleanup="compact",
    ),
    Topic(
        name=SOURCES_PAUSED,
        domain="operational",
        owner="intake",
        key="source system",
        carries="which sources are paused, since when and why",
        readers=("intake",),
        cleanup="compact",
        retried="none: paused until a person resumes it",
    ),
)

_POSTINGS = (
    Topic(
        name=ERP_COMMANDS,
        domain="financial",
        owner="fulfilment",
        key=_OWNER,
        carries="posting commands, priority",
        readers=("posting", "reconciliation"),
        acted_on_within_s=30,
    ),
    Topic(
        name=ERP_COMMANDS_RECONCILIATION,
        domain="financial",
        owner="reconciliation",
        key="owner of the document: invoice, count or period",
        carries="posting commands, when the ERP has time",
        readers=("posting", "reconciliation"),
        acted_on_within_s=3600,
    ),
    Topic(
        name=ERP_RECEIPTS,
        domain="financial",
        owner="posting",
        key=_OWNER,
        carries="events: what the ERP answered",
        readers=("fulfilment", "posting", "reconciliation"),
        acted_on_within_s=5,
    ),
    Topic(
        name=POSTING_LEASES,
        domain="operational",
        owner="posting",
        key="none: no record is ever written",
        carries="nothing: whoever is assigned its partition 0 is the active process of the ERP account, or of dispatch",
        readers=("posting", "dispatch"),
        kept_s=DAY_S,
        retried="none: the standby takes over when the session ends",
    ),
)

_OUTPUTS = (
    _operational(WMS_INSTRUCTIONS, "fulfilment", ("dispatch", "WMS"), "instructions to the warehouses"),
    _operational(TMS_INSTRUCTIONS, "fulfilment", ("dispatch", "TMS"), "instructions to transport"),
    Topic(
        name=PARTNER_STATEMENTS,
        domain="financial",
        owner="intake",
        key="what is stated: freight invoice, inventory of a node ...",
        carries="freight invoices, remittances, inventory counts, trade documents: for reconciliation",
        readers=_PEOPLE,
    ),
    _operational(
        PARTNER_SHADOWED, "intake", _PEOPLE, "events of dialects that do not serve their site now, and of sandboxes"
    ),
    _operational(INSTRUCTIONS_RECEIVED, "intake", ("dispatch",), "events: a partner has our instruction"),
    _operational(PARTNER_ANSWERS, "intake", ("dispatch",), "acknowledgements to send back (997, 999)", "partner"),
    _operational(
        PARTNER_DELIVERIES, "dispatch", ("dispatch",), "what became of each delivery; a person's word to try again",
        "order id, load/ID, or partner/NAME",
    ),
    _operational(FULFILMENT_REQUESTS, "fulfilment", _PEOPLE, "the normalised request of each order, version 1"),
    _operational(CUSTOMER_NOTICES, "fulfilment", ("dispatch", "customers"), "notices to customers"),
    Topic(
        name=ORDERS_JOURNAL,
        domain="operational",
        owner="fulfilment",
        key=_OWNER,
        carries="what was decided and on which facts",
        readers=("reopener", *_PEOPLE),
        kept_s=400 * DAY_S,
        acted_on_within_s=60,
    ),
    Topic(
        name=ORDERS_EXCEPTIONS,
        domain="operational",
        owner="fulfilment",
        key=_OWNER,
        carries="exceptions opened and closed",
        readers=_PEOPLE,
        kept_s=90 * DAY_S,
        acted_on_within_s=60,
    ),
    Topic(
        name=DEAD_LETTERS,
        domain="operational",
        owner="intake",
        key="key of the refused record",
        carries="refused records with place, bytes and reason",
        readers=_PEOPLE,
        kept_s=90 * DAY_S,
        acted_on_within_s=DAY_S,
        retried="by a person, after the cause is mended",
    ),
    Topic(
        name=DEAD_LETTERS_ACTS,
        domain="operational",
        owner="intake",
        key="key of the refused record",
        carries="what people did with dead letters: mended, sent again, given up; who and why",
        readers=("intake", *_PEOPLE),
        kept_s=90 * DAY_S,
    ),
)


def _changelog(lane: Lane, table: str, domain: DomainName, key: str, carries: str) -> Topic:
    name = changelog_name(lane, table)
    return Topic(name=name, domain=domain, owner=lane, key=key, carries=carries, readers=(lane,), cleanup="compact")


_CHANGELOGS = (
    _changelog("fulfilment", "orders", "operational", "order id", "order records with their outbox"),
    _changelog("fulfilment", "loads", "operational", "load/ID", "load records with their outbox"),
    _changelog("posting", "commands", "financial", _OWNER, "the command log: what was sent to the ERP"),
    _changelog("reconciliation", "ledgers", "financial", _OWNER, "commands and documents already compared"),
    _changelog("intake", "sources", "operational", "source system", "dead letters counted by source and hour"),
    _changelog("intake", "waiting", "operational", "order id, or load/ID", "who waits behind a dead letter"),
    _changelog("intake", "references", "operational", "native id", "what native ids mean, and what was said of them"),
    _changelog("dispatch", "deliveries", "operational", _OWNER, "what partners got and answered"),
)

TOPICS: Mapping[str, Topic] = {topic.name: topic for topic in (*_SOURCES, *_POSTINGS, *_OUTPUTS, *_CHANGELOGS)}
"""Every topic by its name."""


# Topics that a lane writes, or that its reopener reads in a group of its own, without owning or consuming them.
_ALSO_WRITES: Mapping[Lane, list[str]] = {
    "intake": [ORDERS_EXCEPTIONS, PARTNER_EVENTS],
    "dispatch": [DEAD_LETTERS, ORDERS_EXCEPTIONS, PARTNER_REFERENCES],
    "fulfilment": [DEAD_LETTERS],
    "posting": [DEAD_LETTERS],
    "reconciliation": [DEAD_LETTERS, ORDERS_FACTS, ORDERS_REOPENINGS, ORDERS_JOURNAL],
}


def topics_of(lane: Lane) -> list[str]:
    """Names a lane cannot start without: what it reads, what it keeps and what it may write."""
    return [topic.name for topic in TOPICS.values() if lane in (*topic.readers, topic.owner)] + _ALSO_WRITES[lane]


def longest_source_retention_s() -> int:
    """How long a record can come back to be read again; the memory of what was done must reach at least as far."""
    return max(topic.retention_s for topic in TOPICS.values() if topic.retention_s and set(topic.readers) & set(LANES))


def dedupe_horizon_problem(horizon_s: float) -> str | None:
    """Why a memory of `horizon_s` seconds is too short, or None: a duplicate that outlives it would post again."""
    longest_s = longest_source_retention_s()
    if horizon_s >= longest_s:
        return None
    return f"what was done is remembered for {horizon_s:.0f} s, but sources keep records for {longest_s} s"
