"""One mistake in topics, users and brokers for every rule: one field each, and the rule that must find it alone."""

from __future__ import annotations

from milepost.tests.ops.manifests.changes import Mutation, add, cut, put, without

ACLS = "spec:authorization:acls"
OF_KAFKA = (
    Mutation("topics_are_those_of_the_table", "a topic that is missing", without("KafkaTopic", "dead.letters")),
    Mutation("topics_are_those_of_the_table", "records that are kept longer than remembered",
             put("KafkaTopic", "partner.events", "spec:config:retention.ms", "-1")),
    Mutation("topics_are_those_of_the_table", "a source without enough copies to answer",
             put("KafkaTopic", "erp.commands", "spec:config:min.insync.replicas", "1")),
    Mutation("topics_are_those_of_the_table", "a misspelt setting",
             put("KafkaTopic", "erp.commands", "spec:config:retention", "1")),
    Mutation("topics_are_those_of_the_table", "fewer partitions of a topic that stands alone",
             put("KafkaTopic", "dead.letters", "spec:partitions", 6)),
    Mutation("rights_are_exact", "a lane that may write commands",
             add("KafkaUser", "milepost-intake", ACLS, {
                 "resource": {"type": "topic", "name": "erp.commands", "patternType": "literal"},
                 "operations": ["Write"]})),
    Mutation("rights_are_exact", "a right that is gone", cut("KafkaUser", "milepost-intake", f"{ACLS}:0")),
    Mutation("rights_are_exact", "a right on every topic", put("KafkaUser", "milepost-intake", f"{ACLS}:0:resource",
             {"type": "topic", "name": "", "patternType": "prefix"})),
    Mutation("users_are_who_the_lanes_say_they_are", "a user with a password where lanes have certificates",
             put("KafkaUser", "milepost-intake", "spec:authentication", {"type": "scram-sha-512"})),
    Mutation("operators_find_them", "a user in the namespace of the lanes",
             put("KafkaUser", "milepost-intake", "metadata:namespace", "milepost")),
    Mutation("operators_find_them", "a topic of no cluster",
             cut("KafkaTopic", "erp.commands", "metadata:labels:strimzi.io/cluster")),
    Mutation("the_slow_have_a_quota", "a lane that reads as much as it likes",
             cut("KafkaUser", "milepost-reconciliation", "spec:quotas")),
)  # fmt: skip
"""Mistakes in what is applied in Kafka's namespace: topics and users."""

OF_BOTH = (
    Mutation("changelogs_are_there", "a changelog that forgets",
             put("KafkaTopic", "milepost-posting-commands-changelog", "spec:config:cleanup.policy", "delete")),
    Mutation("what_meets_has_equal_partitions", "a source with more partitions than its changelog",
             put("KafkaTopic", "erp.receipts", "spec:partitions", 24)),
)  # fmt: skip
"""Mistakes that the table of topics shows as well: two rules find them."""

OF_CLUSTER = (
    Mutation("brokers_hold_what_is_promised", "a listener for anybody",
             cut("Kafka", "milepost", "spec:kafka:listeners:0:authentication")),
    Mutation("brokers_hold_what_is_promised", "everybody may do everything",
             cut("Kafka", "milepost", "spec:kafka:authorization")),
    Mutation("brokers_hold_what_is_promised", "topics by accident",
             cut("Kafka", "milepost", "spec:kafka:config:auto.create.topics.enable")),
    Mutation("brokers_hold_what_is_promised", "all brokers in one zone", cut("Kafka", "milepost", "spec:kafka:rack")),
    Mutation("brokers_hold_what_is_promised", "one broker that must keep three copies",
             put("KafkaNodePool", "brokers", "spec:replicas", 1)),
)  # fmt: skip
"""Mistakes in the cluster of three brokers."""
