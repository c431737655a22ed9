"""Rules of running it: what the API server takes and what then does not start, scale, roll, page or come back."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.k8s.scaling import SCALED
from milepost.metrics.health import LOOP_LIMIT_S
from milepost.runtime.settings import from_environment
from milepost.runtime.topic_kinds import PARTITIONS, Lane
from milepost.runtime.topic_table import dedupe_horizon_problem
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import (
    ASK_THE_ERP,
    WATCHER,
    Docs,
    component,
    containers,
    environment,
    named,
    of_kind,
    pod,
    serving,
    workloads,
)
from milepost.tests.ops.manifests.rendering import K8S

GROUP_MAY_READ, OTHERS_MAY = 0o040, 0o007
TOLD = ("MILEPOST_PARTITIONS", "MILEPOST_REMEMBERED_S", "MILEPOST_TICKS")
SOON_S = 60
ANSWER_LEAST_S = 3
ZONES = 3


def no_service_becomes_a_setting(docs: Docs) -> Iterator[str]:
    """Kubernetes tells pods of services by variables; one of a service `milepost-...` would be refused as unknown."""
    for doc in workloads(docs):
        if pod(doc).get("enableServiceLinks") is not False:
            yield f"{named(doc)} is told of services"


def certificates_can_be_read(docs: Docs) -> Iterator[str]:
    """Files of a secret belong to root: the group of the process may read them, and nobody else."""
    for doc in workloads(docs):
        context = pod(doc)["securityContext"]
        for volume in (one for one in pod(doc)["volumes"] if "secret" in one):
            mode = volume["secret"].get("defaultMode", 0o644)
            if context.get("fsGroup") != context["runAsGroup"] or not mode & GROUP_MAY_READ or mode & OTHERS_MAY:
                yield f"{named(doc)} volume {volume['name']}: mode {mode:o}, group {context.get('fsGroup')}"


def settings_fit_what_is_there(docs: Docs) -> Iterator[str]:
    """As many partitions as topics have, a memory as long as sources keep, and somebody who tells the time."""
    for doc in workloads(docs):
        variables = environment(docs, containers(doc)[0])
        settings = from_environment({name: variables[name] for name in TOLD if name in variables})
        if settings.partitions != PARTITIONS:
            yield f"{named(doc)} is told of {settings.partitions} partitions, topics have {PARTITIONS}"
        if problem := dedupe_horizon_problem(settings.remembered_s):
            yield f"{named(doc)}: {problem}"
        if settings.ticks != "internal":
            yield f"{named(doc)}: nobody tells the time"


def one_erp_account(docs: Docs) -> Iterator[str]:
    """Who books and who compares ask the same account of the same ERP."""
    asking = [doc for doc in workloads(docs) if component(doc) in ASK_THE_ERP]
    for name in ("MILEPOST_ERP_URL", "MILEPOST_ERP_ACCOUNT"):
        told = {environment(docs, containers(doc)[0]).get(name) for doc in asking}
        if len(told) != 1 or None in told:
            yield f"{name} is {sorted(map(str, told))}"


def one_watches(docs: Docs) -> Iterator[str]:
    """There is one lag-watcher, and never two: each lag is told once."""
    for doc in (one for one in workloads(docs) if component(one) == WATCHER):
        if doc["spec"].get("replicas") != 1 or doc["spec"].get("strategy") != {"type": "Recreate"}:
            yield f"{named(doc)} has {doc['spec'].get('replicas')} replicas, {doc['spec'].get('strategy')}"


def lanes_roll(docs: Docs) -> Iterator[str]:
    """A new version reaches every pod by itself, the one before can come back, and nothing eats up the time to end."""
    for doc in of_kind(docs, "StatefulSet"):
        spec = doc["spec"]
        if spec.get("updateStrategy", {"type": "RollingUpdate"}) != {"type": "RollingUpdate"}:
            yield f"{named(doc)} is updated by {spec['updateStrategy']}"
        if not spec.get("revisionHistoryLimit", 10):
            yield f"{named(doc)} can not be rolled back"
        if any("lifecycle" in one for one in containers(doc)):
            yield f"{named(doc)} does something else before it ends"


def names_are_its_own(docs: Docs) -> Iterator[str]:
    """A workload's account and service are its own, with its name, and not those of another."""
    everybody = {doc["metadata"]["name"] for doc in workloads(docs)}
    for doc in workloads(docs):
        others = everybody - {doc["metadata"]["name"]}
        for name in (pod(doc).get("serviceAccountName"), doc["spec"].get("serviceName")):
            if name in others:
                yield f"{named(doc)} goes by the name {name}"


def a_busy_process_is_not_killed(docs: Docs) -> Iterator[str]:
    """Liveness bears what the page itself bears, several times over, and waits for a slow answer."""
    for doc in serving(docs):
        probe = containers(doc)[0]["livenessProbe"]
        lasts_s = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
        if lasts_s < 3 * LOOP_LIMIT_S or probe.get("timeoutSeconds", 1) < ANSWER_LEAST_S:
            yield f"{named(doc)} is killed after {lasts_s} s, an answer may take {probe.get('timeoutSeconds', 1)} s"


def data_can_be_written(docs: Docs) -> Iterator[str]:
    """Directories of a process's own are not mounted read-only."""
    for doc in workloads(docs):
        own = {one["name"] for one in pod(doc)["volumes"] if "emptyDir" in one}
        for mount in containers(doc)[0]["volumeMounts"]:
            if mount["name"] in own and mount.get("readOnly"):
                yield f"{named(doc)} can't write to {mount['mountPath']}"


def scaling_follows_the_lag_soon(docs: Docs) -> Iterator[str]:
    """KEDA looks often at nothing but lag, by worker and as the code says, and nobody has left it paused."""
    for doc in of_kind(docs, "ScaledObject"):
        spec = doc["spec"]
        yield from (f"{named(doc)}: {wrong}" for wrong in _behaviour(spec))
        if any(key.startswith("autoscaling.keda.sh/paused") for key in doc["metadata"].get("annotations", {})):
            yield f"{named(doc)} is paused"
        for one in spec["triggers"]:
            told = (one["type"], one.get("metricType", "AverageValue"), one["metadata"].get("lagThreshold"))
            if told != ("kafka", "AverageValue", str(SCALED[_lane(doc)].records_a_worker)):
                yield f"{named(doc)} counts by {told}"


def _lane(doc: Manifest) -> Lane:
    return next(lane for lane in SCALED if lane == component(doc))


def _behaviour(spec: Manifest) -> Iterator[str]:
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    if spec.get("pollingInterval", 30) > SOON_S or behaviour["scaleUp"]["stabilizationWindowSeconds"] > SOON_S:
        yield "a burst waits for more than a minute"
    if any(one.get("selectPolicy") == "Disabled" for one in behaviour.values()):
        yield "one way is closed"
    if spec["fallback"].get("behavior") != "currentReplicasIfHigher":
        yield "workers are taken away while Kafka does not answer"


def what_watches_is_found(docs: Docs) -> Iterator[str]:
    """Alert rules, every dashboard with the label that Grafana looks for, and pages that are read often enough."""
    if len(of_kind(docs, "PrometheusRule")) != 1:
        yield "alerts are not there once"
    shown = [key for doc in of_kind(docs, "ConfigMap") for key in doc["data"] if key.endswith(".json")
             if doc["metadata"].get("labels", {}).get("grafana_dashboard") == "1"]  # fmt: skip
    wanted = sorted(path.name for path in (K8S.parent / "grafana" / "dashboards").glob("*.json"))
    if sorted(shown) != wanted:
        yield f"Grafana finds {sorted(shown)} of {wanted}"
    for doc in of_kind(docs, "PodMonitor"):
        for one in doc["spec"]["podMetricsEndpoints"]:
            if _seconds(one["scrapeTimeout"]) > _seconds(one["interval"]) or _seconds(one["interval"]) > SOON_S // 2:
                yield f"{named(doc)} reads every {one['interval']}, within {one['scrapeTimeout']}"


def _seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def production_is_meant(docs: Docs) -> Iterator[str]:
    """Namespace `milepost` posts real documents: no tenant for tests, an image by its digest, a worker a zone. Any
    other is for tests, and its tenant says so, or `milepost smoke` would leave documents behind.
    """
    real = "milepost" in {doc["metadata"]["name"] for doc in of_kind(docs, "Namespace")}
    for doc in workloads(docs):
        variables = environment(docs, containers(doc)[0])
        if variables.get("MILEPOST_TENANT", "").startswith("test") is real:
            yield f"{named(doc)} works for tenant {variables.get('MILEPOST_TENANT')}"
        if real and variables.get("MILEPOST_LOG_LEVEL") == "debug":
            yield f"{named(doc)} logs at level debug"
        if real and "@sha256:" not in containers(doc)[0]["image"]:
            yield f"{named(doc)} runs whatever is behind a tag"
    for doc in of_kind(docs, "ScaledObject") if real else ():
        if doc["spec"]["minReplicaCount"] < ZONES:
            yield f"{named(doc)} is in {doc['spec']['minReplicaCount']} zones"


def a_priority_is_for_those_who_name_it(docs: Docs) -> Iterator[str]:
    """No class of ours is the default of the whole cluster."""
    yield from (f"{named(doc)} is everybody's" for doc in of_kind(docs, "PriorityClass") if doc.get("globalDefault"))
