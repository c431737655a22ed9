"""Mistakes in manifests that only the API server finds: each a change of one field, and what it says of it.

A schema lets most of them through: quantities, enumerations that it does not list, selectors, names, references inside
an object, what may not change afterwards, and the rules that a definition brings along.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from milepost.tests.cluster.kubectl import Manifest

Change = Callable[[Manifest], None]
SUFFIX: Final = "-mutant"
FULFILMENT: Final = "fulfilment"


class Mutation(NamedTuple):
    """`of`: the kind that is changed; `says`: part of the refusal. `in_place`: of the object that is there, else of a
    copy under a new name, so that nothing is said of fields that may not change."""

    name: str
    of: str
    change: Change
    says: str
    in_place: bool = False


def put(path: str, value: Any) -> Change:
    """Set what a dotted path leads to; a number is a place in a list."""
    *way, last = path.split(".")

    def change(thing: Manifest) -> None:
        here: Any = thing
        for step in way:
            here = here[int(step)] if isinstance(here, list) else here.setdefault(step, {})
        here[int(last) if isinstance(here, list) else last] = value

    return change


def original(manifests: Iterable[Manifest], mutation: Mutation) -> Manifest:
    """A copy of the object that is changed, as it is applied before: lane fulfilment's, which has the most in it, or
    the first of its kind. LookupError where there is none."""
    if mutation.of == "Pod":
        return pod_of(manifests)
    of_kind = [one for one in manifests if one["kind"] == mutation.of]
    found = next((one for one in of_kind if FULFILMENT in one["metadata"]["name"]), None)
    thing = copy.deepcopy(found or of_kind[0])
    if not mutation.in_place:
        thing["metadata"]["name"] += SUFFIX
    return thing


def pod_of(manifests: Iterable[Manifest]) -> Manifest:
    """The pod that the StatefulSet's controller would make."""
    of = next(one for one in manifests if one["kind"] == "StatefulSet" and FULFILMENT in one["metadata"]["name"])
    template = copy.deepcopy(of["spec"]["template"])
    about = {"name": of["metadata"]["name"] + SUFFIX, "namespace": of["metadata"]["namespace"], **template["metadata"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": template["spec"]}


_POD: Final = "spec.template.spec"
_WORKER: Final = f"{_POD}.containers.0"

MUTATIONS: Final = (
    Mutation("a quantity with an unknown unit", "StatefulSet", put(f"{_WORKER}.resources.limits.memory", "768Mx"),
             "quantities must match the regular expression"),
    Mutation("a request above its limit", "StatefulSet", put(f"{_WORKER}.resources.requests.memory", "64Gi"),
             "must be less than or equal to memory limit"),
    Mutation("an unknown pull policy", "StatefulSet", put(f"{_WORKER}.imagePullPolicy", "Sometimes"),
             'Unsupported value: "Sometimes"'),
    Mutation("a selector that does not match its pods", "StatefulSet",
             put("spec.selector.matchLabels", {"app.kubernetes.io/name": "other"}), "does not match template"),
    Mutation("a port's name that is too long", "StatefulSet",
             put(f"{_WORKER}.ports.0.name", "a-name-of-a-port-too-long"), "must be no more than 15"),
    Mutation("two handlers in one probe", "StatefulSet", put(f"{_WORKER}.livenessProbe.tcpSocket", {"port": 8080}),
             "may not specify more than 1 handler type"),
    Mutation("a liveness probe that wants two successes", "StatefulSet",
             put(f"{_WORKER}.livenessProbe.successThreshold", 2), "must be 1"),
    Mutation("a mount without its volume", "StatefulSet",
             put(f"{_WORKER}.volumeMounts.0", {"name": "nowhere", "mountPath": "/nowhere"}), 'Not found: "nowhere"'),
    Mutation("a name that is none", "StatefulSet", put("metadata.name", "Bad_Name"), "a lowercase RFC 1123"),
    Mutation("a misspelt field", "StatefulSet", put(f"{_WORKER}.readinesProbe", {}), "field not declared in schema"),
    Mutation("a version of the API that is gone", "StatefulSet", put("apiVersion", "apps/v1beta2"),
             "no matches for kind"),
    Mutation("a variable that is a number", "StatefulSet",
             put(f"{_WORKER}.env.0", {"name": "MILEPOST_WEB_PORT", "value": 8080}), "expected string"),
    Mutation("fewer replicas than none", "StatefulSet", put("spec.replicas", -1), "greater than or equal to 0"),
    Mutation("a spread that nobody knows", "StatefulSet",
             put(f"{_POD}.topologySpreadConstraints.0.whenUnsatisfiable", "Maybe"), 'Unsupported value: "Maybe"'),
    Mutation("another service for pods that are there", "StatefulSet", put("spec.serviceName", "another"),
             "updates to statefulset spec", in_place=True),
    Mutation("another value of a priority that is in use", "PriorityClass", put("value", 7), "may not be changed",
             in_place=True),
    Mutation("a priority that is the system's", "PriorityClass", put("value", 2_000_000_000), "maximum allowed value"),
    Mutation("a budget with both limits", "PodDisruptionBudget", put("spec.minAvailable", 1), "cannot be both set"),
    Mutation("a port beyond the last", "NetworkPolicy",
             put("spec.egress", [{"ports": [{"port": 70_000, "protocol": "TCP"}]}]), "between 1 and 65535"),
    Mutation("a setting that is a number", "ConfigMap", put("data.MILEPOST_WEB_PORT", 8080), "expected string"),
    Mutation("a pod that may gain privileges", "Pod",
             put("spec.containers.0.securityContext.allowPrivilegeEscalation", True), "violates PodSecurity"),
    Mutation("a pod that runs as root", "Pod", put("spec.securityContext.runAsNonRoot", False), "violates PodSecurity"),
    Mutation("a pod of a service account that is not there", "Pod", put("spec.serviceAccountName", "nobody"),
             "not found"),
    Mutation("a topic without partitions", "KafkaTopic", put("spec.partitions", 0), "greater than or equal to 1"),
    Mutation("a user who proves himself by nothing known", "KafkaUser", put("spec.authentication.type", "kerberos"),
             'Unsupported value: "kerberos"'),
    Mutation("a user's certificate renewed after its end", "KafkaUser",
             put("spec.authentication", {"type": "tls", "validityDays": 30, "renewalDays": 60}),
             "must be less than 'validityDays'"),
    Mutation("a scaler's misspelt field", "ScaledObject", put("spec.maxReplicas", 12), "field not declared in schema"),
    Mutation("a scaler's threshold that is a number", "ScaledObject",
             put("spec.triggers.0.metadata.lagThreshold", 1000), "expected string"),
    Mutation("a scaler with its least above its most", "ScaledObject", put("spec.minReplicaCount", 24),
             "minReplicaCount must be less than or equal to maxReplicaCount"),
    Mutation("a monitor whose label is a number", "PodMonitor", put("spec.selector.matchLabels.lane", 1),
             "expected string"),
    Mutation("a rule whose label is a number", "PrometheusRule", put("spec.groups.0.rules.0.labels", {"severity": 1}),
             "expected string"),
)  # fmt: skip
