"""Rules that hold a manifest against the code: settings, ports, pages, commands, the way a process ends."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields
from http import HTTPStatus

from milepost.commands.main import VERBS
from milepost.metrics.health import START_LIMIT_S
from milepost.metrics.registry import Registry
from milepost.metrics.serving import Page
from milepost.metrics.table import SERIES_MOST
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import PREFIX, Settings, from_environment, variable
from milepost.runtime.topic_kinds import LANES
from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import (
    DESK,
    GATEWAY,
    SERVING,
    WATCHER,
    Docs,
    component,
    containers,
    environment,
    find,
    named,
    of_kind,
    pod,
    serving,
    workloads,
)

OK, SERVICE_UNAVAILABLE = HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE
PROBES = {"startupProbe": (OK, OK), "livenessProbe": (OK, OK), "readinessProbe": (OK, SERVICE_UNAVAILABLE)}
"""What the page that a probe asks for answers when all is well, and when the process lives and is not ready."""
UNREADY_LEAST = 2
"""A rebalance is borne by the page itself; the probe bears one answer that was late."""


def settings_are_known(docs: Docs) -> Iterator[str]:
    """The settings of every process can be read: no unknown variable, no value that is not allowed."""
    for doc in workloads(docs):
        for container in containers(doc):
            if problem := _problem(environment(docs, container)):
                yield f"{named(doc)}: {problem}"


def _problem(variables: Mapping[str, str]) -> str | None:
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        there = {"_FILE": file.name, "DIALECT_DIR": folder}
        present = {
            name: next((path for end, path in there.items() if name.endswith(end)), value)
            for name, value in variables.items()
        }
        try:
            from_environment(present)
        except ConfigurationError as error:
            return str(error)
    return None


def settings_have_our_prefix(docs: Docs) -> Iterator[str]:
    """What is given to a process under another name than a setting's is given to nobody."""
    known = {variable(one) for one in fields(Settings)}
    for doc in workloads(docs):
        for container in containers(doc):
            foreign = set(environment(docs, container)) - known
            yield from (f"{named(doc)} is given {name}" for name in sorted(foreign) if not name.startswith(PREFIX))


def names_come_from_the_pod(docs: Docs) -> Iterator[str]:
    """The name in the consumer group is the pod's: the same after a restart, nobody else's."""
    for doc in workloads(docs):
        for container in containers(doc):
            found = [one for one in container["env"] if one["name"] == "MILEPOST_INSTANCE"]
            if [one.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath") for one in found] != ["metadata.name"]:
                yield f"{named(doc)} takes its name from elsewhere than its pod"


def the_page_is_where_it_is_looked_for(docs: Docs) -> Iterator[str]:
    """The port of the settings is the container's, the service's and the one Prometheus may reach; the page listens on
    every address of its pod.
    """
    for doc in serving(docs):
        container = containers(doc)[0]
        variables = environment(docs, container)
        port = int(variables.get("MILEPOST_WEB_PORT", 0))
        if {"name": "http", "containerPort": port} not in container.get("ports", ()):
            yield f"{named(doc)} listens on {port} and has ports {container.get('ports')}"
        if variables.get("MILEPOST_WEB_HOST") != "0.0.0.0":
            yield f"{named(doc)} listens on {variables.get('MILEPOST_WEB_HOST')} alone"
        allowed = find(docs, "NetworkPolicy", "allow-metrics")["spec"]["ingress"][0]["ports"]
        if allowed != [{"protocol": "TCP", "port": port}]:
            yield f"{named(doc)} listens on {port}, Prometheus may reach {allowed}"


def probes_ask_the_right_page(docs: Docs) -> Iterator[str]:
    """Liveness never depends on Kafka, readiness is recovery; a start may take its time."""
    for doc in serving(docs):
        container = containers(doc)[0]
        for probe, wanted in PROBES.items():
            path = container.get(probe, {}).get("httpGet", {}).get("path", "")
            if _answers(path) != wanted:
                yield f"{named(doc)} {probe} asks {path or 'nothing'}, which says {_answers(path)}"
        if (given := _lasts_s(container["startupProbe"])) <= START_LIMIT_S:
            yield f"{named(doc)} has {given} s to start"
        if (answers := container["readinessProbe"].get("failureThreshold", 3)) < UNREADY_LEAST:
            yield f"{named(doc)} is taken for unready after {answers} answer"


@functools.cache
def _answers(path: str) -> tuple[HTTPStatus, ...]:
    """What our own page says there while a process is ready, and while it is not."""
    registry = Registry("fulfilment")
    pages = [Page("127.0.0.1", 0, registry, live=lambda: None, ready=lambda why=why: why) for why in (None, "recovers")]
    return tuple(page.answer(path, "", "").status for page in pages)


def _lasts_s(probe: Manifest) -> int:
    return int(probe.get("periodSeconds", 10)) * int(probe.get("failureThreshold", 3))


def metrics_are_read(docs: Docs) -> Iterator[str]:
    """Prometheus reads /metrics of every process, with a limit above any page, and tells their lane from the pod."""
    monitors = {component(doc): doc["spec"] for doc in of_kind(docs, "PodMonitor")}
    for one in sorted(set(SERVING) ^ set(monitors)):
        yield f"component {one} has no monitor of its own"
    for name, spec in monitors.items():
        endpoint = spec["podMetricsEndpoints"][0]
        if not _metrics_at(endpoint.get("path", "")) or spec.get("sampleLimit", 0) < SERIES_MOST:
            yield f"monitor of {name} reads {endpoint.get('path')} with limit {spec.get('sampleLimit')}"
        if not endpoint.get("honorLabels") or LANE_OF_POD not in endpoint.get("relabelings", ()):
            yield f"monitor of {name} does not tell lanes as our series do"


def _metrics_at(path: str) -> bool:
    answer = Page("127.0.0.1", 0, Registry("fulfilment"), live=lambda: None, ready=lambda: None).answer(path, "", "")
    return answer.status == OK and b"# TYPE process_" in answer.body


LANE_OF_POD = {
    "sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_component"],
    "targetLabel": "lane",
    "action": "replace",
}


def commands_are_verbs(docs: Docs) -> Iterator[str]:
    """A process runs the verb of its component, and a lane is not supervised twice."""
    for doc in workloads(docs):
        container, name = containers(doc)[0], component(doc)
        words = [*container.get("command", ()), *container.get("args", ())]
        wanted = ["milepost", "worker", name, "--no-supervise"] if name in LANES else COMMANDS.get(name, [])
        if words != wanted or (words[0] == "milepost" and words[1] not in VERBS):
            yield f"{named(doc)} runs {' '.join(words)}"
    absent = {*LANES, *COMMANDS} - {component(doc) for doc in workloads(docs)}
    yield from (f"nothing runs {name}" for name in sorted(absent))


COMMANDS = {WATCHER: ["milepost", "lag-watcher"], GATEWAY: ["milepost", "gateway"], DESK: ["sleep", "infinity"]}


def data_has_a_place(docs: Docs) -> Iterator[str]:
    """The directory of the settings is a volume, and so is every file of theirs."""
    for doc in workloads(docs):
        container = containers(doc)[0]
        variables = environment(docs, container)
        mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
        held = {one["name"]: one for one in pod(doc)["volumes"]}
        if "emptyDir" not in held.get(mounts.get(variables["MILEPOST_DATA_DIR"], ""), {}):
            yield f"{named(doc)} can't write to {variables['MILEPOST_DATA_DIR']}"
        for name in sorted(one for one in variables if one.endswith("_FILE")):
            folder, _, file = variables[name].rpartition("/")
            secret = held.get(mounts.get(folder, ""), {}).get("secret", {})
            if file not in {one["path"] for one in secret.get("items", ())}:
                yield f"{named(doc)} {name}={variables[name]} is on no volume"


def there_is_time_to_end(docs: Docs) -> Iterator[str]:
    """A pod may take longer to end than the worst drain and commit of a lane."""
    for doc in (one for one in workloads(docs) if component(one) in LANES):
        variables = environment(docs, containers(doc)[0])
        told = {name: variables[name] for name in TIMES if name in variables}
        least = worst_end_s(from_environment(told), Tuning())
        given = pod(doc).get("terminationGracePeriodSeconds", 30)
        if given <= least:
            yield f"{named(doc)} is killed after {given} s, and may need {least:.0f} s"


TIMES = ("MILEPOST_SESSION_TIMEOUT_S", "MILEPOST_ERP_TIMEOUT_S")


def worst_end_s(settings: Settings, tuning: Tuning) -> float:
    """The longest a lane takes from SIGTERM: an interrupted recovery and a chunk under way are each drained
    (durable/lane.py), the commit's request has the session's time and ten seconds (durable/app.py), and a call to the
    ERP ends. While no broker answers a lane may take longer; then it is killed, which loses nothing.
    """
    return 2 * tuning.drain_timeout_s + settings.session_timeout_s + 10 + settings.erp_timeout_s


def logs_can_be_joined(docs: Docs) -> Iterator[str]:
    """Processes write JSON, a line an event."""
    for doc in serving(docs):
        if environment(docs, containers(doc)[0]).get("MILEPOST_LOG_FORMAT") != "json":
            yield f"{named(doc)} writes logs for people"


def one_tenant(docs: Docs) -> Iterator[str]:
    """All processes of an overlay work for one tenant on one Kafka: both are part of what they share."""
    for name in ("MILEPOST_TENANT", "MILEPOST_BROKER"):
        told = {environment(docs, containers(doc)[0]).get(name) for doc in workloads(docs)}
        if len(told) != 1 or None in told:
            yield f"{name} is {sorted(map(str, told))}"
