"""A real API server accepts what `kubectl apply -k` would send it, and refuses what is wrong with it.

Without the control plane's binaries these tests say how they are built and are not run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from milepost.tests.cluster.accepting import (
    DEFINITIONS,
    accepting,
    definitions,
    known,
    make_namespaces,
    overlays,
)
from milepost.tests.cluster.binaries import ACCEPTING, lacking
from milepost.tests.cluster.control_plane import ControlPlane
from milepost.tests.cluster.kubectl import Manifest, Refused, kustomized
from milepost.tests.cluster.mutations import MUTATIONS, Mutation, original, put
from milepost.tests.cluster.processes import Processes

PRODUCTION = "production"
DRY = "--dry-run=server"
NO_DEFINITIONS = f"no definitions of Strimzi and the other operators; {DEFINITIONS} may name their folder"
ASKED = (("get", "secrets"), ("list", "pods"), ("create", "pods"), ("get", "configmaps"), ("delete", "statefulsets"),
         ("*", "*"))  # fmt: skip


class Applied(NamedTuple):
    """An API server, and what production (with Kafka's topics and users) looks like on it."""

    plane: ControlPlane
    manifests: list[Manifest]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """etcd and the API server; production stays applied, since some fields are refused only when they change."""
    if missing := lacking(ACCEPTING):
        pytest.skip(f"not run, missing: {'; '.join(missing)}")
    foreign, folder = definitions(), tmp_path_factory.mktemp("cluster")
    with Processes(folder / "logs") as processes:
        plane = accepting(processes, folder / "plane", foreign)
        manifests = [
            one for overlay in overlays() if overlay.name in (PRODUCTION, "kafka")
            for one in known(kustomized(overlay), foreign)
        ]  # fmt: skip
        make_namespaces(plane, manifests)
        plane.kubectl.apply(manifests)
        yield Applied(plane, manifests)


@pytest.mark.parametrize("overlay", overlays(), ids=lambda path: path.name)
def test_every_overlay_is_accepted(applied: Applied, overlay: Path) -> None:
    """The API server takes every object of every overlay without a warning, such as one of pods it would not let in."""
    manifests = known(kustomized(overlay), definitions())
    if not manifests:
        pytest.skip(f"not run: {NO_DEFINITIONS}")
    make_namespaces(applied.plane, manifests)
    said = applied.plane.kubectl.apply(manifests, DRY)
    assert said.objects == len(manifests)
    assert said.warnings == []


def test_what_is_mutated_was_accepted(applied: Applied) -> None:
    """Each object that a mutation changes is accepted before it is changed."""
    unchanged = [original(applied.manifests, mutation) for mutation in MUTATIONS if has(applied, mutation)]
    assert applied.plane.kubectl.apply(unchanged, DRY).objects == len(unchanged)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_mistake_is_refused(applied: Applied, mutation: Mutation) -> None:
    """The API server refuses each mistake, and for the reason that it was made for."""
    if not has(applied, mutation):
        pytest.skip(f"not run: {NO_DEFINITIONS}" if definitions() is None else f"no overlay has a {mutation.of}")
    thing = original(applied.manifests, mutation)
    mutation.change(thing)
    with pytest.raises(Refused) as refused:
        applied.plane.kubectl.apply([thing], DRY)
    assert mutation.says in str(refused.value)


def has(applied: Applied, mutation: Mutation) -> bool:
    return mutation.of == "Pod" or any(one["kind"] == mutation.of for one in applied.manifests)


def test_pods_that_would_not_be_let_in_are_warned_of(applied: Applied) -> None:
    """A StatefulSet whose pods the namespace's pod security would refuse is warned of: so a warning tells something."""
    mutation = next(one for one in MUTATIONS if one.of == "StatefulSet" and not one.in_place)
    thing = original(applied.manifests, mutation)
    put("spec.template.spec.hostNetwork", True)(thing)
    assert "would violate PodSecurity" in " ".join(applied.plane.kubectl.apply([thing], DRY).warnings)


def test_service_accounts_may_nothing(applied: Applied) -> None:
    """The accounts that the pods run under may ask the API server for nothing: none of them has a role."""
    accounts = [one["metadata"] for one in applied.manifests if one["kind"] == "ServiceAccount"]
    assert accounts
    assert allowed(applied.plane, accounts) == []


def test_a_role_would_be_seen(applied: Applied) -> None:
    """An account that is given a role may what the role says, and the question above finds it."""
    account = {"namespace": "default", "name": "lister"}
    applied.plane.kubectl("create", "role", "lists", "--verb=list", "--resource=pods", "-n", "default")
    applied.plane.kubectl("create", "rolebinding", "lists", "--role=lists", "--serviceaccount=default:lister", "-n",
                          "default")  # fmt: skip
    found = allowed(applied.plane, [account])
    assert [(one["verb"], one["resource"]) for one in found] == [("list", "pods")]


def allowed(plane: ControlPlane, accounts: list[Manifest]) -> list[Manifest]:
    """What of ASKED the accounts may do in their own namespace."""
    reviews = [
        {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": f"system:serviceaccount:{account['namespace']}:{account['name']}",
            "groups": ["system:serviceaccounts", "system:authenticated"],
            "resourceAttributes": {"namespace": account["namespace"], "verb": verb, "resource": resource}}}
        for account in accounts for verb, resource in ASKED
    ]  # fmt: skip
    answers = list(yaml.safe_load_all(plane.kubectl("create", "-f", "-", "-o", "yaml", given=yaml.dump_all(reviews))))
    assert len(answers) == len(reviews)
    return [one["spec"]["resourceAttributes"] for one in answers if one["status"]["allowed"]]
