"""One mistake in an overlay for every rule, for some several: one field each, and the rule that must find it alone."""

from __future__ import annotations

from typing import Any

from milepost.tests.ops.manifests.changes import Change, Mutation, add, again, cut, put, shared, variable, without
from milepost.tests.ops.manifests.looking import Docs, find

LANE, POSTING, COMPARING = "milepost-fulfilment", "milepost-posting", "milepost-reconciliation"
WATCHER = "milepost-lag-watcher"
SET, POD = "StatefulSet", "spec:template:spec"
WORKER = f"{POD}:containers:0"
COMPONENT = "app.kubernetes.io/component"
SCALER = "spec:advanced:horizontalPodAutoscalerConfig:behavior"
TRIGGER = "spec:triggers:0:metadata"


def lane(path: str, value: Any) -> Change:
    """Change the StatefulSet of fulfilment."""
    return put(SET, LANE, path, value)


def _token(docs: Docs) -> Any:
    """How the token of posting comes into its process."""
    return find(docs, SET, POSTING)["spec"]["template"]["spec"]["containers"][0]["env"][0]


def _given_token_and_address(docs: Docs) -> None:
    for one in (_token(docs), {"name": "MILEPOST_ERP_URL", "value": "http://erp"}):
        add(SET, LANE, f"{WORKER}:env", one)(docs)


def _variables(docs: Docs, lane: str) -> list[Any]:
    found: list[Any] = find(docs, SET, lane)["spec"]["template"]["spec"]["containers"][0]["env"]
    return found


def _desks_key(docs: Docs) -> Any:
    return next(one for one in _variables(docs, "milepost-intake") if one["name"] == "MILEPOST_OPERATOR_KEY")


MISTAKES = (
    Mutation("selectors_take_their_own_pods", "a monitor that reads every lane",
             cut("PodMonitor", LANE, f"spec:selector:matchLabels:{COMPONENT}")),
    Mutation("selectors_take_their_own_pods", "a service of another lane",
             put("Service", LANE, f"spec:selector:{COMPONENT}", "intake")),
    Mutation("selectors_take_their_own_pods", "a spread that counts other lanes' pods",
             cut(SET, LANE, f"{POD}:topologySpreadConstraints:0:labelSelector:matchLabels:{COMPONENT}")),
    Mutation("names_are_names", "a name with capitals",
             put("NetworkPolicy", "default-deny", "metadata:name", "Deny_All")),
    Mutation("names_are_names", "a name that is too long",
             put("NetworkPolicy", "default-deny", "metadata:name", "d" * 64)),
    Mutation("nothing_is_there_twice", "a policy that is there twice", again("NetworkPolicy", "allow-dns")),
    Mutation("one_namespace", "a policy in the namespace default",
             put("NetworkPolicy", "allow-dns", "metadata:namespace", "default")),
    Mutation("quantities_can_be_read", "megabytes with an x",
             put(SET, LANE, f"{POD}:volumes:2:emptyDir:sizeLimit", "64Mx")),
    Mutation("memory_is_what_was_asked_for", "a limit above the request",
             lane(f"{WORKER}:resources:limits:memory", "9Gi")),
    Mutation("memory_is_what_was_asked_for", "a limit of CPU", lane(f"{WORKER}:resources:limits:cpu", "1")),
    Mutation("images_are_pinned", "one image that is the latest",
             lane(f"{WORKER}:image", "ghcr.io/example/milepost:latest")),
    Mutation("images_are_pinned", "an image of another version",
             lane(f"{WORKER}:image", "ghcr.io/example/milepost:0.0.1")),
    Mutation("images_are_pinned", "an image without a tag", lane(f"{WORKER}:image", "ghcr.io/example/milepost")),
    Mutation("values_are_text", "a number in a ConfigMap", put("ConfigMap", "milepost-dashboard-lag", "data:note", 1)),
    Mutation("lanes_are_spread", "pods spread over nodes only", cut(SET, LANE, f"{POD}:topologySpreadConstraints:0")),
    Mutation("lanes_are_spread", "a budget that lets all go",
             put("PodDisruptionBudget", LANE, "spec:maxUnavailable", "100%")),
    Mutation("lanes_are_spread", "a broken pod that holds up a drain",
             cut("PodDisruptionBudget", LANE, "spec:unhealthyPodEvictionPolicy")),
    Mutation("stateful_sets_keep_names_and_nothing_else", "pods started one by one",
             lane("spec:podManagementPolicy", "OrderedReady")),
    Mutation("stateful_sets_keep_names_and_nothing_else", "a volume for each pod",
             lane("spec:volumeClaimTemplates", [{"metadata": {"name": "data"}}])),
    Mutation("stateful_sets_keep_names_and_nothing_else", "the next pod at once",
             cut(SET, LANE, "spec:minReadySeconds")),
    Mutation("stateful_sets_keep_names_and_nothing_else", "names for ready pods only",
             cut("Service", LANE, "spec:publishNotReadyAddresses")),
    Mutation("priorities_are_in_order", "comparisons before postings",
             put("PriorityClass", "milepost-reconciliation", "value", 100_450)),
    Mutation("priorities_are_in_order", "comparisons that evict others",
             put("PriorityClass", "milepost-reconciliation", "preemptionPolicy", "PreemptLowerPriority")),
    Mutation("the_desk_is_empty", "somebody who always sits at the desk",
             put("Deployment", "milepost-desk", "spec:replicas", 1)),
    Mutation("what_is_named_is_there", "settings that are nowhere",
             lane(f"{WORKER}:envFrom:1:configMapRef:name", "milepost-settings-of-yesterday")),
    Mutation("what_is_named_is_there", "an account that is nowhere", lane(f"{POD}:serviceAccountName", "milepost")),
    Mutation("what_is_named_is_there", "a scaled lane that is nowhere",
             put("ScaledObject", LANE, "spec:scaleTargetRef:name", "fulfilment")),
    Mutation("what_is_named_is_there", "a key that its ConfigMap has not",
             put("TriggerAuthentication", "milepost-kafka", "spec:configMapTargetRef:0:key", "TLS")),
    Mutation("what_is_named_is_there", "a token that nobody brings",
             put(SET, POSTING, f"{WORKER}:env:0:valueFrom:secretKeyRef:name", "milepost-erp-writing")),
    Mutation("mounts_have_volumes", "a mount of a volume that is not there",
             add(SET, LANE, f"{WORKER}:volumeMounts", {"name": "cache", "mountPath": "/cache"})),
    Mutation("ports_are_ports", "a service of a port that nobody has",
             put("Service", LANE, "spec:ports:0:targetPort", "metrics")),
    Mutation("ports_are_ports", "a monitor of a port that nobody has",
             put("PodMonitor", LANE, "spec:podMetricsEndpoints:0:port", "metrics")),
    Mutation("every_process_has_its_own_secret", "the certificate of another lane",
             put(SET, LANE, f"{POD}:volumes:0:secret:secretName", "milepost-intake")),
    Mutation("pods_are_restricted", "a process that may gain privileges",
             lane(f"{WORKER}:securityContext:allowPrivilegeEscalation", True)),
    Mutation("pods_are_restricted", "a process that keeps one capability",
             lane(f"{WORKER}:securityContext:capabilities:add", ["NET_RAW"])),
    Mutation("pods_are_restricted", "root", lane(f"{POD}:securityContext:runAsUser", 0)),
    Mutation("pods_are_restricted", "no seccomp", cut(SET, LANE, f"{POD}:securityContext:seccompProfile")),
    Mutation("pods_are_restricted", "the node's network", lane(f"{POD}:hostNetwork", True)),
    Mutation("root_is_read_only", "an image that can be written to",
             lane(f"{WORKER}:securityContext:readOnlyRootFilesystem", False)),
    Mutation("root_is_read_only", "a directory without a limit", put(SET, LANE, f"{POD}:volumes:2:emptyDir", {})),
    Mutation("nobody_holds_a_token", "a pod with a token", cut(SET, LANE, f"{POD}:automountServiceAccountToken")),
    Mutation("nobody_holds_a_token", "an account that gives tokens",
             put("ServiceAccount", LANE, "automountServiceAccountToken", True)),
    Mutation("the_namespace_is_restricted", "a namespace that takes any pod",
             put("Namespace", "milepost-dev", "metadata:labels:pod-security.kubernetes.io/enforce", "baseline")),
    Mutation("nothing_is_open_by_default", "a default that closes one way only",
             put("NetworkPolicy", "default-deny", "spec:policyTypes", ["Ingress"])),
    Mutation("names_can_be_looked_up", "the DNS of a lane: labels written into its selector",
             put("NetworkPolicy", "allow-dns", f"spec:egress:0:to:0:podSelector:matchLabels:{COMPONENT}", "posting")),
    Mutation("names_can_be_looked_up", "DNS over UDP only", cut("NetworkPolicy", "allow-dns", "spec:egress:0:ports:1")),
    Mutation("kafka_can_be_reached", "a port of Kafka that is closed",
             put("NetworkPolicy", "allow-kafka", "spec:egress:0:ports:0:port", 9092)),
    Mutation("the_erp_hears_few", "an ERP that everybody reaches",
             cut("NetworkPolicy", "allow-erp", "spec:podSelector:matchExpressions")),
    Mutation("the_erp_hears_few", "a lane that can't reach it",
             put("NetworkPolicy", "allow-erp", "spec:podSelector:matchExpressions:0:values", ["posting"])),
    Mutation("the_erp_hears_few", "one token for writing and reading",
             lambda docs: put(SET, COMPARING, f"{WORKER}:env:0:valueFrom", _token(docs)["valueFrom"])(docs)),
    Mutation("the_erp_hears_few", "a lane that has no use for a token and an address", _given_token_and_address),
    Mutation("people_speak_at_the_desk", "a lane that could speak for people",
             lambda docs: _variables(docs, LANE).append(_desks_key(docs))),
    Mutation("people_speak_at_the_desk", "an intake that takes anybody's word",
             lambda docs: _variables(docs, "milepost-intake").remove(_desks_key(docs))),
    Mutation("secrets_are_not_written_down", "a password in a ConfigMap",
             put("ConfigMap", "milepost-dashboard-lag", "data:MILEPOST_KAFKA_PASSWORD", "secret")),
    Mutation("metrics_are_asked_by_prometheus_alone", "metrics for everybody",
             put("NetworkPolicy", "allow-metrics", "spec:ingress:0:from", [])),
    Mutation("settings_are_known", "a misspelt setting", shared("MILEPOST_LOGLEVEL", "info")),
    Mutation("settings_are_known", "a level that is none", shared("MILEPOST_LOG_LEVEL", "verbose")),
    Mutation("settings_are_known", "a certificate without its key", shared("MILEPOST_KAFKA_KEY_FILE", None)),
    Mutation("settings_have_our_prefix", "a setting without its prefix", shared("LOG_LEVEL", "info")),
    Mutation("names_come_from_the_pod", "one name for all pods",
             put(SET, LANE, f"{WORKER}:env:0", {"name": "MILEPOST_INSTANCE", "value": "0"})),
    Mutation("the_page_is_where_it_is_looked_for", "a page on another port",
             variable(SET, LANE, "MILEPOST_WEB_PORT", "9090")),
    Mutation("the_page_is_where_it_is_looked_for", "a page for its own pod",
             variable(SET, LANE, "MILEPOST_WEB_HOST", "127.0.0.1")),
    Mutation("the_page_is_where_it_is_looked_for", "a port that is closed to Prometheus",
             put("NetworkPolicy", "allow-metrics", "spec:ingress:0:ports:0:port", 9090)),
    Mutation("probes_ask_the_right_page", "liveness that waits for Kafka",
             lane(f"{WORKER}:livenessProbe:httpGet:path", "/readyz")),
    Mutation("probes_ask_the_right_page", "no readiness", cut(SET, LANE, f"{WORKER}:readinessProbe:httpGet")),
    Mutation("probes_ask_the_right_page", "little time to start", lane(f"{WORKER}:startupProbe:failureThreshold", 3)),
    Mutation("probes_ask_the_right_page", "unready at the first late answer",
             lane(f"{WORKER}:readinessProbe:failureThreshold", 1)),
    Mutation("metrics_are_read", "another page of metrics",
             put("PodMonitor", LANE, "spec:podMetricsEndpoints:0:path", "/performance/")),
    Mutation("metrics_are_read", "no limit of series", cut("PodMonitor", LANE, "spec:sampleLimit")),
    Mutation("metrics_are_read", "a limit below a lane's page", put("PodMonitor", LANE, "spec:sampleLimit", 500)),
    Mutation("metrics_are_read", "a component that nobody reads", without("PodMonitor", WATCHER)),
    Mutation("metrics_are_read", "the lag-watcher's lanes under another name",
             put("PodMonitor", WATCHER, "spec:podMetricsEndpoints:0:honorLabels", False)),
    Mutation("commands_are_verbs", "a lane under a supervisor", cut(SET, LANE, f"{WORKER}:args:2")),
    Mutation("commands_are_verbs", "the wrong lane", lane(f"{WORKER}:args:1", "intake")),
    Mutation("data_has_a_place", "a directory that is on no volume",
             variable(SET, LANE, "MILEPOST_DATA_DIR", "/data")),
    Mutation("data_has_a_place", "a certificate that is elsewhere",
             shared("MILEPOST_KAFKA_CA_FILE", "/etc/ssl/ca.crt")),
    Mutation("there_is_time_to_end", "Kubernetes' own thirty seconds",
             cut(SET, LANE, f"{POD}:terminationGracePeriodSeconds")),
    Mutation("there_is_time_to_end", "a session that is longer than was thought of",
             shared("MILEPOST_SESSION_TIMEOUT_S", "60")),
    Mutation("logs_can_be_joined", "logs for people", variable(SET, LANE, "MILEPOST_LOG_FORMAT", "text")),
    Mutation("one_tenant", "a lane of another tenant",
             add(SET, LANE, f"{WORKER}:env", {"name": "MILEPOST_TENANT", "value": "test-other"})),
    Mutation("lanes_are_scaled_by_one", "a count beside KEDA's", lane("spec:replicas", 3)),
    Mutation("lanes_are_scaled_by_one", "two who compare", put(SET, "milepost-reconciliation", "spec:replicas", 2)),
    Mutation("lanes_are_scaled_by_one", "no standby for postings", put(SET, POSTING, "spec:replicas", 1)),
    Mutation("counts_divide_the_partitions", "more workers than partitions",
             put("ScaledObject", LANE, "spec:maxReplicaCount", 24)),
    Mutation("counts_divide_the_partitions", "five workers", put("ScaledObject", LANE, "spec:minReplicaCount", 5)),
    Mutation("counts_divide_the_partitions", "a lane that sleeps",
             put("ScaledObject", LANE, "spec:minReplicaCount", 0)),
    Mutation("triggers_are_what_is_consumed", "a source that is not looked at",
             cut("ScaledObject", LANE, "spec:triggers:0")),
    Mutation("triggers_are_what_is_consumed", "the lag of another group",
             put("ScaledObject", LANE, f"{TRIGGER}:consumerGroup", "fulfilment")),
    Mutation("triggers_are_what_is_consumed", "uneven partitions",
             cut("ScaledObject", LANE, f"{TRIGGER}:ensureEvenDistributionOfPartitions")),
    Mutation("triggers_are_what_is_consumed", "a new group without lag",
             put("ScaledObject", LANE, f"{TRIGGER}:offsetResetPolicy", "latest")),
    Mutation("triggers_are_what_is_consumed", "a stuck partition that does not count",
             put("ScaledObject", LANE, f"{TRIGGER}:excludePersistentLag", "true")),
    Mutation("triggers_say_what_keda_reads", "a misspelt key",
             put("ScaledObject", LANE, f"{TRIGGER}:lagTreshold", "10")),
    Mutation("triggers_say_what_keda_reads", "a parameter that is none",
             add("TriggerAuthentication", "milepost-kafka", "spec:secretTargetRef",
                 {"parameter": "authority", "name": WATCHER, "key": "user.crt"})),
    Mutation("scaling_is_slow_to_take_away", "workers taken away at once",
             put("ScaledObject", LANE, f"{SCALER}:scaleDown:stabilizationWindowSeconds", 60)),
    Mutation("scaling_is_slow_to_take_away", "workers taken away one by one",
             put("ScaledObject", LANE, f"{SCALER}:scaleDown:policies:0",
                 {"type": "Pods", "value": 1, "periodSeconds": 60})),
    Mutation("keda_speaks_to_kafka_as_the_lanes_do", "no TLS for KEDA",
             put("ConfigMap", "milepost-keda", "data:tls", "disable")),
    Mutation("keda_speaks_to_kafka_as_the_lanes_do", "KEDA as a lane",
             put("TriggerAuthentication", "milepost-kafka", "spec:secretTargetRef:1:name", LANE)),
)  # fmt: skip
"""Mistakes in the overlay dev."""

ENV = f"{WORKER}:env"
ELSEWHERE = (
    ("production", Mutation("what_is_named_is_there", "a certificate that nobody copies",
                            without("ExternalSecret", LANE))),
    ("production", Mutation("secrets_come_from_their_own_place", "the token for reading, of the one for writing",
                            put("ExternalSecret", "milepost-erp-reading", "spec:data:0:remoteRef:key",
                                "milepost/erp-posting"))),
    ("production", Mutation("secrets_come_from_their_own_place", "the certificate of another lane",
                            put("ExternalSecret", LANE, "spec:dataFrom:0:extract:key", "milepost-intake"))),
    ("production", Mutation("images_are_pinned", "a digest that was cut",
                            lane(f"{WORKER}:image", "ghcr.io/example/milepost@sha256:0000"))),
    ("managed-kafka", Mutation("every_process_has_its_own_secret", "the password of another lane",
                               put(SET, LANE, f"{ENV}:1:valueFrom:secretKeyRef:name", "milepost-intake"))),
    ("managed-kafka", Mutation("secrets_are_not_written_down", "a password in a manifest",
                               put(SET, LANE, f"{ENV}:1", {"name": "MILEPOST_KAFKA_PASSWORD", "value": "secret"}))),
    ("managed-kafka", Mutation("settings_are_known", "a name without its password", cut(SET, LANE, f"{ENV}:1"))),
    ("managed-kafka", Mutation("kafka_can_be_reached", "brokers on a port that is closed",
                               shared("MILEPOST_BROKER", "kafka-1.example.com:9094"))),
    ("managed-kafka", Mutation("keda_speaks_to_kafka_as_the_lanes_do", "KEDA without a password",
                               put("ConfigMap", "milepost-keda", "data:sasl", "none"))),
)  # fmt: skip
"""Mistakes in other overlays, where dev has nothing to make them with."""
