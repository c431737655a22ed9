"""Mistakes that a cluster takes and that show later: one field each, and the rule that must find it alone."""

from __future__ import annotations

from typing import Any

from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.changes import Change, Mutation, add, cut, put, shared, without
from milepost.tests.ops.manifests.looking import Docs, find, of_kind

LANE, INTAKE, COMPARING, WATCHER = (
    f"milepost-{one}" for one in ("fulfilment", "intake", "reconciliation", "lag-watcher")
)
SET, SCALER, POLICY, LOGIN = "StatefulSet", "ScaledObject", "NetworkPolicy", "TriggerAuthentication"
POD = "spec:template:spec"
WORKER = f"{POD}:containers:0"
BEHAVIOUR = "spec:advanced:horizontalPodAutoscalerConfig:behavior"
ENDPOINT = "spec:podMetricsEndpoints:0"


def lane(path: str, value: Any) -> Change:
    """Change the StatefulSet of fulfilment."""
    return put(SET, LANE, path, value)


def erp(url: str) -> Change:
    """Tell everybody of another address of the ERP."""

    def change(docs: Docs) -> None:
        (held,) = (one for one in of_kind(docs, "ConfigMap") if "MILEPOST_ERP_URL" in one["data"])
        held["data"]["MILEPOST_ERP_URL"] = url

    return change


def _a_second_way(docs: list[Manifest]) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"protocol": "TCP", "port": 443}]}]}
    metadata = {"name": "allow-https", "namespace": find(docs, SET, LANE)["metadata"]["namespace"]}
    docs.append({"kind": POLICY, "apiVersion": "networking.k8s.io/v1", "metadata": metadata, "spec": spec})


def _paused(docs: Docs) -> None:
    find(docs, SCALER, LANE)["metadata"]["annotations"] = {"autoscaling.keda.sh/paused-replicas": "0"}


def _by_tag(docs: Docs) -> None:
    for doc in of_kind(docs, SET, "Deployment"):
        doc["spec"]["template"]["spec"]["containers"][0]["image"] = "ghcr.io/example/milepost:0.1.0"


MISTAKES = (
    Mutation("no_service_becomes_a_setting", "services told by variables", cut(SET, LANE, f"{POD}:enableServiceLinks")),
    Mutation("certificates_can_be_read", "a key of root's group", cut(SET, LANE, f"{POD}:securityContext:fsGroup")),
    Mutation("certificates_can_be_read", "a key for root alone", lane(f"{POD}:volumes:0:secret:defaultMode", 0o400)),
    Mutation("certificates_can_be_read", "a key for everybody", cut(SET, LANE, f"{POD}:volumes:0:secret:defaultMode")),
    Mutation("what_is_named_is_there", "a file that Strimzi does not write",
             lane(f"{POD}:volumes:0:secret:items:1:key", "user.pem")),
    Mutation("the_authority_is_kafkas", "KEDA trusts who signs users", put(LOGIN, "milepost-kafka",
             "spec:secretTargetRef:0:name", WATCHER)),
    Mutation("the_authority_is_kafkas", "a lane trusts who signs users",
             lane(f"{POD}:volumes:1:secret:secretName", LANE)),
    Mutation("logins_are_not_mixed_up", "KEDA's certificate for its key",
             put(LOGIN, "milepost-kafka", "spec:secretTargetRef:2:key", "user.crt")),
    Mutation("policies_work_in_their_direction", "the way to Kafka in the wrong direction",
             put(POLICY, "allow-kafka", "spec:policyTypes", ["Ingress"])),
    Mutation("the_way_out_is_narrow", "a policy that lets everybody out", _a_second_way),
    Mutation("kafka_is_where_it_is_looked_for", "the way to Kafka in another namespace",
             put(POLICY, "allow-kafka",
                 "spec:egress:0:to:0:namespaceSelector:matchLabels:kubernetes.io/metadata.name", "strimzi")),
    Mutation("kafka_is_where_it_is_looked_for", "another cluster's brokers",
             shared("MILEPOST_BROKER", "other-kafka-bootstrap.kafka.svc:9093")),
    Mutation("the_erp_is_where_it_is_looked_for", "an ERP on a closed port", erp("http://erp-simulator:9999")),
    Mutation("the_erp_is_where_it_is_looked_for", "a service that is nowhere", erp("http://erp:8085")),
    Mutation("the_erp_is_where_it_is_looked_for", "a way that leads to other pods",
             put(POLICY, "allow-erp", "spec:egress:0:to:0:podSelector:matchLabels", {"app": "erp"})),
    Mutation("prometheus_gets_in", "the label of Grafana's pods",
             put(POLICY, "allow-metrics",
                 "spec:ingress:0:from:0:podSelector:matchLabels:app.kubernetes.io/name", "grafana")),
    Mutation("prometheus_gets_in", "one lane's page alone", put(POLICY, "allow-metrics", "spec:podSelector:matchLabels",
             {"app.kubernetes.io/component": "fulfilment"})),
    Mutation("settings_fit_what_is_there", "twice the partitions", shared("MILEPOST_PARTITIONS", "24")),
    Mutation("settings_fit_what_is_there", "a memory of a day", shared("MILEPOST_REMEMBERED_S", "86400")),
    Mutation("settings_fit_what_is_there", "a clock that nobody feeds", shared("MILEPOST_TICKS", "external")),
    Mutation("one_erp_account", "comparisons with another account",
             add(SET, COMPARING, f"{WORKER}:env", {"name": "MILEPOST_ERP_ACCOUNT", "value": "other"})),
    Mutation("one_watches", "two who watch", put("Deployment", WATCHER, "spec:replicas", 2)),
    Mutation("one_watches", "two for a moment", put("Deployment", WATCHER, "spec:strategy", {"type": "RollingUpdate"})),
    Mutation("lanes_roll", "updates by hand", lane("spec:updateStrategy", {"type": "OnDelete"})),
    Mutation("lanes_roll", "an update of some pods",
             lane("spec:updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 5}})),
    Mutation("lanes_roll", "no way back", lane("spec:revisionHistoryLimit", 0)),
    Mutation("lanes_roll", "a nap before the end",
             lane(f"{WORKER}:lifecycle", {"preStop": {"exec": {"command": ["sleep", "100"]}}})),
    Mutation("names_are_its_own", "the account of another lane", lane(f"{POD}:serviceAccountName", INTAKE)),
    Mutation("names_are_its_own", "the service of another lane", lane("spec:serviceName", INTAKE)),
    Mutation("a_busy_process_is_not_killed", "killed at the first late answer",
             lane(f"{WORKER}:livenessProbe:failureThreshold", 1)),
    Mutation("a_busy_process_is_not_killed", "a second to answer", cut(SET, LANE,
             f"{WORKER}:livenessProbe:timeoutSeconds")),
    Mutation("data_can_be_written", "a directory to look at", lane(f"{WORKER}:volumeMounts:2:readOnly", True)),
    Mutation("memory_is_what_was_asked_for", "no CPU", lane(f"{WORKER}:resources:requests:cpu", "0")),
    Mutation("scaling_follows_the_lag_soon", "a lane that was left paused", _paused),
    Mutation("scaling_follows_the_lag_soon", "a worker for every record",
             put(SCALER, LANE, "spec:triggers:0:metadata:lagThreshold", "1")),
    Mutation("scaling_follows_the_lag_soon", "lag that is not shared out",
             put(SCALER, LANE, "spec:triggers:0:metricType", "Value")),
    Mutation("scaling_follows_the_lag_soon", "a look an hour", put(SCALER, LANE, "spec:pollingInterval", 3600)),
    Mutation("scaling_follows_the_lag_soon", "never down",
             put(SCALER, LANE, f"{BEHAVIOUR}:scaleDown:selectPolicy", "Disabled")),
    Mutation("scaling_follows_the_lag_soon", "workers taken away while Kafka is silent",
             cut(SCALER, LANE, "spec:fallback:behavior")),
    Mutation("what_watches_is_found", "no alerts", without("PrometheusRule", "milepost")),
    Mutation("what_watches_is_found", "a dashboard without its label",
             cut("ConfigMap", "milepost-dashboard-lag", "metadata:labels:grafana_dashboard")),
    Mutation("what_watches_is_found", "a page that is read every ten minutes",
             put("PodMonitor", LANE, f"{ENDPOINT}:interval", "10m")),
    Mutation("production_is_meant", "a place for tests that books for a real tenant",
             shared("MILEPOST_TENANT", "main")),
    Mutation("a_priority_is_for_those_who_name_it", "a class for the whole cluster",
             put("PriorityClass", LANE, "globalDefault", True)),
)  # fmt: skip
"""Mistakes in the overlay dev."""

ELSEWHERE = (
    ("production", Mutation("the_erp_is_where_it_is_looked_for", "an ERP on another port",
                            erp("https://erp.example.com:8443"))),
    ("production", Mutation("the_erp_is_where_it_is_looked_for", "a token that anybody on the way can read",
                            erp("http://erp.example.com:443"))),
    ("production", Mutation("production_is_meant", "a tenant for tests", shared("MILEPOST_TENANT", "test-1"))),
    ("production", Mutation("production_is_meant", "logs of everything", shared("MILEPOST_LOG_LEVEL", "debug"))),
    ("production", Mutation("production_is_meant", "one zone", put(SCALER, LANE, "spec:minReplicaCount", 1))),
    ("production", Mutation("production_is_meant", "an image by its tag", _by_tag)),
    ("production", Mutation("secrets_come_from_their_own_place", "a secret that is copied once",
                            put("ExternalSecret", LANE, "spec:refreshInterval", "0"))),
    ("managed-kafka", Mutation("secrets_come_from_their_own_place", "Strimzi's store where there is no Strimzi",
                               put("ExternalSecret", "milepost-erp-reading", "spec:secretStoreRef:name",
                                   "milepost-kafka"))),
    ("managed-kafka", Mutation("logins_are_not_mixed_up", "KEDA's name for its password",
                               put(LOGIN, "milepost-kafka", "spec:secretTargetRef:1:key", "username"))),
)  # fmt: skip
"""Mistakes in other overlays."""
