"""The manifests obey their rules, and every rule notices the mistake it is there for."""

from __future__ import annotations

import pytest
import yaml
from milepost.tests.ops.manifests import (
    mistakes_of_kafka,
    mistakes_of_operation,
    mistakes_of_overlays,
    mistakes_of_partners,
    rules,
)
from milepost.tests.ops.manifests.changes import Mutation
from milepost.tests.ops.manifests.rendering import K8S, OVERLAYS, TRACED, rendered
from milepost.tests.ops.manifests.rules import Rule, wrong

CLUSTER = {"brokers_hold_what_is_promised", "operators_find_them"}
"""What can be said of a cluster without its topics and users."""
MISTAKES = (*mistakes_of_overlays.MISTAKES, *mistakes_of_operation.MISTAKES, *mistakes_of_partners.MISTAKES)
ELSEWHERE = (*mistakes_of_overlays.ELSEWHERE, *mistakes_of_operation.ELSEWHERE, *mistakes_of_partners.ELSEWHERE)


@pytest.mark.parametrize("overlay", [*OVERLAYS, TRACED])
def test_every_overlay_obeys_every_rule(overlay: str) -> None:
    """No rule finds anything wrong in what an overlay renders."""
    assert wrong(rendered(overlay), rules.OF_OVERLAYS) == {}


def test_every_component_is_rendered() -> None:
    """There is no component that the rules above never see: an overlay has it, or it is that of traces."""
    taken = [yaml.safe_load((K8S / "overlays" / one / "kustomization.yaml").read_text()) for one in OVERLAYS]
    seen = {component.rpartition("/")[2] for one in taken for component in one["components"]} | {"traces"}
    assert seen == {path.parent.name for path in (K8S / "components").glob("*/kustomization.yaml")}
    assert set(OVERLAYS) == {path.parent.name for path in (K8S / "overlays").glob("*/kustomization.yaml")}


@pytest.mark.parametrize("folder", ["kafka", "kafka-single"])
def test_kafkas_manifests_obey_every_rule(folder: str) -> None:
    """No rule finds anything wrong in topics, users and the small cluster."""
    assert wrong(rendered(folder), rules.OF_KAFKA) == {}


def test_the_cluster_holds_what_is_promised() -> None:
    """Three brokers speak to whom they know and keep three copies."""
    assert wrong(rendered("kafka-cluster"), _of_cluster()) == {}


@pytest.mark.parametrize("mutation", MISTAKES, ids=lambda one: one.mistake)
def test_one_mistake_is_found_by_the_rule_that_is_there_for_it(mutation: Mutation) -> None:
    """One changed field breaks exactly the rule named with it, and no other."""
    docs = rendered("dev")
    mutation.change(docs)
    assert list(wrong(docs, rules.OF_OVERLAYS)) == [mutation.rule]


@pytest.mark.parametrize(("overlay", "mutation"), ELSEWHERE, ids=lambda one: getattr(one, "mistake", one))
def test_one_mistake_in_another_overlay_is_found(overlay: str, mutation: Mutation) -> None:
    """What only production or a managed Kafka has is looked at by the same rules."""
    docs = rendered(overlay)
    mutation.change(docs)
    assert list(wrong(docs, rules.OF_OVERLAYS)) == [mutation.rule]


@pytest.mark.parametrize("mutation", mistakes_of_kafka.OF_KAFKA, ids=lambda one: one.mistake)
def test_one_mistake_in_topics_and_users_is_found(mutation: Mutation) -> None:
    """One changed field of a topic or a user breaks exactly the rule named with it."""
    docs = rendered("kafka")
    mutation.change(docs)
    assert list(wrong(docs, rules.OF_KAFKA)) == [mutation.rule]


@pytest.mark.parametrize("mutation", mistakes_of_kafka.OF_BOTH, ids=lambda one: one.mistake)
def test_a_topic_that_the_lanes_disagree_with_is_found_twice(mutation: Mutation) -> None:
    """What Faust's own app says of a topic is compared beside the table of topics."""
    docs = rendered("kafka")
    mutation.change(docs)
    assert set(wrong(docs, rules.OF_KAFKA)) == {mutation.rule, "topics_are_those_of_the_table"}


@pytest.mark.parametrize("mutation", mistakes_of_kafka.OF_CLUSTER, ids=lambda one: one.mistake)
def test_one_mistake_in_the_cluster_is_found(mutation: Mutation) -> None:
    """One changed field of the brokers breaks the rule of brokers."""
    docs = rendered("kafka-cluster")
    mutation.change(docs)
    assert list(wrong(docs, _of_cluster())) == [mutation.rule]


def test_every_rule_has_its_mistake() -> None:
    """There is no rule that was never seen to find something."""
    of_kafka = (*mistakes_of_kafka.OF_KAFKA, *mistakes_of_kafka.OF_BOTH, *mistakes_of_kafka.OF_CLUSTER)
    tried = (*MISTAKES, *(mutation for _, mutation in ELSEWHERE), *of_kafka)
    assert {one.rule for one in tried} == rules.OF_OVERLAYS.keys() | rules.OF_KAFKA.keys()


def _of_cluster() -> dict[str, Rule]:
    return {name: rule for name, rule in rules.OF_KAFKA.items() if name in CLUSTER}
