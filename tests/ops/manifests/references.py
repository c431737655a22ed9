"""Rules of references: what a manifest names is in the same render, or is said to come from the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.tests.cluster.kubectl import Manifest
from milepost.tests.ops.manifests.looking import CA, FROM_THE_CLUSTER, Docs, containers, named, of_kind, pod, workloads

SECRET, SETTINGS = "Secret", "ConfigMap"
KEYS_OF_A_USER = frozenset({"ca.crt", "user.crt", "user.key", "user.p12", "user.password"})
KEYS_OF_THE_CA = frozenset({"ca.crt", "ca.p12", "ca.password"})
KEYS_OF_A_LOGIN = frozenset({"username", "password"})
"""What Strimzi writes into the secrets of a user with a certificate and of the cluster's authority ("Security", its own
documentation); and what README.md asks for where Kafka knows us by passwords."""
STRIMZI = "milepost-kafka"
"""The store that reads Strimzi's namespace; every other secret is of the store `milepost`."""


def what_is_named_is_there(docs: Docs) -> Iterator[str]:
    """ConfigMaps, secrets and their keys, service accounts, priority classes, services, scaled objects, logins."""
    for doc, kind, name, key in _references(docs):
        held = _keys(docs, kind, name)
        if held is None:
            yield f"{named(doc)} names {kind} {name}, which is not there"
        elif key is not None and key not in held:
            yield f"{named(doc)} names {key} of {kind} {name}, which it has not"


def _keys(docs: Docs, kind: str, name: str) -> set[str] | None:
    """The keys of an object; None when there is no such object."""
    for doc in of_kind(docs, kind):
        if doc["metadata"]["name"] == name:
            return set(doc.get("data", {})) | set(doc.get("stringData", {}))
    if kind != SECRET:
        return None
    copied = of_kind(docs, "ExternalSecret")
    for doc in copied:
        if doc["spec"]["target"]["name"] == name:
            whole = _of_strimzi(name) if doc["spec"]["secretStoreRef"]["name"] == STRIMZI else KEYS_OF_A_LOGIN
            return {one["secretKey"] for one in doc["spec"].get("data", ())} or set(whole)
    return set(_of_strimzi(name)) if name in FROM_THE_CLUSTER and not copied else None


def _of_strimzi(name: str) -> frozenset[str]:
    return KEYS_OF_THE_CA if name == CA else KEYS_OF_A_USER


Reference = tuple[Manifest, str, str, str | None]


def _references(docs: Docs) -> Iterator[Reference]:
    for doc in workloads(docs, ours=False):
        spec = pod(doc)
        if account := spec.get("serviceAccountName"):
            yield doc, "ServiceAccount", account, None
        if priority := spec.get("priorityClassName"):
            yield doc, "PriorityClass", priority, None
        if service := doc["spec"].get("serviceName"):
            yield doc, "Service", service, None
        yield from _of_containers(doc)
        yield from _of_volumes(doc)
    for doc in of_kind(docs, "ScaledObject"):
        target = doc["spec"]["scaleTargetRef"]
        yield doc, target["kind"], target["name"], None
        for trigger in doc["spec"]["triggers"]:
            yield doc, "TriggerAuthentication", trigger.get("authenticationRef", {}).get("name", ""), None
    for doc in of_kind(docs, "TriggerAuthentication"):
        for kind, field in ((SECRET, "secretTargetRef"), (SETTINGS, "configMapTargetRef")):
            yield from ((doc, kind, one["name"], one["key"]) for one in doc["spec"].get(field, ()))


def _of_containers(doc: Manifest) -> Iterator[Reference]:
    for container in containers(doc):
        for source in container.get("envFrom", ()):
            kind, field = (SETTINGS, "configMapRef") if "configMapRef" in source else (SECRET, "secretRef")
            yield doc, kind, source[field]["name"], None
        for source in (one["valueFrom"] for one in container.get("env", ()) if "valueFrom" in one):
            for kind, field in ((SETTINGS, "configMapKeyRef"), (SECRET, "secretKeyRef")):
                if field in source:
                    yield doc, kind, source[field]["name"], source[field]["key"]


def _of_volumes(doc: Manifest) -> Iterator[Reference]:
    for volume in pod(doc).get("volumes", ()):
        if secret := volume.get("secret"):
            yield from (
                (doc, SECRET, secret["secretName"], one["key"]) for one in secret.get("items", ({"key": None},))
            )


def secrets_come_from_their_own_place(docs: Docs) -> Iterator[str]:
    """A secret that is copied has the name that processes ask for, and is what the store has under that name."""
    for doc in of_kind(docs, "ExternalSecret"):
        spec, name = doc["spec"], doc["metadata"]["name"]
        places = [one["remoteRef"]["key"] for one in spec.get("data", ())]
        places += [one["extract"]["key"] for one in spec.get("dataFrom", ())]
        short = name.removeprefix("milepost-")
        own = {name, f"milepost/{short}", f"milepost/kafka-{short}"}
        if spec["target"]["name"] != name or not own.issuperset(places):
            yield f"{named(doc)} makes {spec['target']['name']} of {', '.join(places)}"
        store = STRIMZI if name in places else "milepost"
        if spec["secretStoreRef"] != {"kind": "ClusterSecretStore", "name": store}:
            yield f"{named(doc)} asks store {spec['secretStoreRef'].get('name')} instead of {store}"
        if spec.get("refreshInterval", "1h").strip("0smh") == "":
            yield f"{named(doc)} is never copied again"


def the_authority_is_kafkas(docs: Docs) -> Iterator[str]:
    """Brokers are known by the cluster's authority. A user's secret has a `ca.crt` as well: of those who sign users."""
    for doc in workloads(docs):
        told = {one["name"]: one["secret"]["secretName"] for one in pod(doc)["volumes"] if "secret" in one}
        if told.get("kafka-ca", CA) != CA:
            yield f"{named(doc)} trusts {told['kafka-ca']}"
    for doc in of_kind(docs, "TriggerAuthentication"):
        for one in doc["spec"].get("secretTargetRef", ()):
            if (one["parameter"] == "ca") is not (one["name"] == CA):
                yield f"{named(doc)} takes {one['parameter']} of {one['name']}"


def logins_are_not_mixed_up(docs: Docs) -> Iterator[str]:
    """Each part of a login is the one that its name says."""
    for doc in of_kind(docs, "TriggerAuthentication"):
        for one in doc["spec"].get("secretTargetRef", ()):
            if one["key"] != PARTS.get(one["parameter"], one["key"]):
                yield f"{named(doc)} takes {one['parameter']} from {one['key']}"
    for doc in workloads(docs):
        for one in (one for container in containers(doc) for one in container.get("env", ())):
            wanted = {"MILEPOST_KAFKA_USER": "username", "MILEPOST_KAFKA_PASSWORD": "password"}.get(one["name"])
            if wanted and (key := one.get("valueFrom", {}).get("secretKeyRef", {}).get("key", wanted)) != wanted:
                yield f"{named(doc)} takes {one['name']} from {key}"


PARTS = {"ca": "ca.crt", "cert": "user.crt", "key": "user.key", "username": "username", "password": "password"}


def mounts_have_volumes(docs: Docs) -> Iterator[str]:
    """Every mount has its volume, and every volume is mounted."""
    for doc in workloads(docs, ours=False):
        volumes = {one["name"] for one in pod(doc).get("volumes", ())}
        mounted = {one["name"] for container in containers(doc) for one in container.get("volumeMounts", ())}
        if volumes != mounted:
            yield f"{named(doc)} mounts {sorted(mounted)} of {sorted(volumes)}"


def ports_are_ports(docs: Docs) -> Iterator[str]:
    """Probes, services and monitors name a port that the pods have."""
    ports = {one["metadata"]["name"]: _ports(one) for one in workloads(docs, ours=False)}
    for doc in workloads(docs, ours=False):
        for container in containers(doc):
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                handler = container.get(probe, {})
                port = (handler.get("httpGet") or handler.get("tcpSocket") or {}).get("port")
                if port is not None and port not in ports[doc["metadata"]["name"]]:
                    yield f"{named(doc)} {probe} asks port {port}"
    for doc in of_kind(docs, "Service", "PodMonitor"):
        asked = [one["targetPort"] for one in doc["spec"].get("ports", ())]
        asked += [one["port"] for one in doc["spec"].get("podMetricsEndpoints", ())]
        had = ports.get(doc["metadata"]["name"], set())
        yield from (f"{named(doc)} asks port {port}" for port in asked if port not in had)


def _ports(workload: Manifest) -> set[str | int]:
    found = [one for container in containers(workload) for one in container.get("ports", ())]
    return {one["name"] for one in found} | {one["containerPort"] for one in found}


def every_process_has_its_own_secret(docs: Docs) -> Iterator[str]:
    """A process shows Kafka its own certificate or password, never another's: rights are by name."""
    for doc in workloads(docs):
        wanted = doc["metadata"]["name"].replace("milepost-desk", "milepost-operator")
        shown = set(_kafka_secrets(doc))
        if shown != {wanted}:
            yield f"{named(doc)} shows Kafka {sorted(shown)} instead of {wanted}"


def _kafka_secrets(doc: Manifest) -> Iterator[str]:
    for volume in pod(doc).get("volumes", ()):
        if volume["name"] == "kafka-user":
            yield volume["secret"]["secretName"]
    for one in (one for container in containers(doc) for one in container.get("env", ())):
        if one["name"].startswith("MILEPOST_KAFKA_") and "valueFrom" in one:
            yield one["valueFrom"]["secretKeyRef"]["name"]
