"""The laws by which the closed loop is judged find what they are for; no cluster runs here."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from milepost.chaos.findings import Verdict
from milepost.runtime.topic_kinds import PARTITIONS
from milepost.tests.cluster.adapted import Fit, adapted
from milepost.tests.cluster.building import replaced_libraries
from milepost.tests.cluster.judged import judged
from milepost.tests.cluster.looks import Look, Replicas, still_s
from milepost.tests.cluster.scenario import Course
from milepost.tests.cluster.throttle import Throttle


@dataclass(eq=False)
class Ran:
    """A pod, as far as the laws look at it."""

    name: str = "milepost-fulfilment-0"
    codes: list[int] = field(default_factory=lambda: [0])
    killed: bool = False
    ready_s: float | None = 1.0
    asked_s: float | None = None


def look(at_s: float, wanted: int, ready: int | None = None, posting: int = 2, behind: int = 0, done: int = 0) -> Look:
    lanes = {"fulfilment": Replicas(wanted, wanted if ready is None else ready), "posting": Replicas(posting, posting)}
    return Look(at_s, lanes, [behind] * PARTITIONS, [done] * PARTITIONS)


def one_after_the_other() -> dict[Ran, Ran | None]:
    """Two pods: b is asked to end once the new a is ready."""
    return {Ran("b", asked_s=75.0): Ran("b", ready_s=85.0), Ran("a", asked_s=61.0): Ran("a", ready_s=72.0)}


SOUND = Course(calm_s=40.0, rolled=(60.0, 90.0), replaced=one_after_the_other())
LOOKS = (
    look(0, 1), look(10, 4, 1, behind=9), look(20, 4), look(30, 1), look(40, 1),
    look(60, 2), look(70, 2, 1), look(90, 2),
)  # fmt: skip


def broken(course: Course = SOUND, looks: tuple[Look, ...] = LOOKS, *pods: Ran) -> list[str]:
    found = judged(Verdict(()), course, looks, pods or (Ran(),))
    return [one.name for one in found.judgements if not one.holds]


def test_a_sound_run_is_green() -> None:
    """A run that did all that it promised breaks no law."""
    assert broken() == []


@pytest.mark.parametrize(
    ("law", "looks"),
    [
        ("scaled", (look(0, 1), look(30, 1), *LOOKS[5:])),
        ("scaled", (look(0, 1), look(10, 4), look(40, 4), *LOOKS[5:])),
        ("scaled", (look(0, 2), *LOOKS[1:])),
        ("even", (*LOOKS[:2], look(15, 5), *LOOKS[2:])),
        ("posting", (*LOOKS[:2], look(15, 4, posting=3), *LOOKS[2:])),
    ],
)
def test_what_was_seen_of_replicas_is_judged(law: str, looks: tuple[Look, ...]) -> None:
    """No replica more, one that stays, a number that does not divide, posting scaled: each breaks its law."""
    assert law in broken(looks=looks)


@pytest.mark.parametrize("new", [None, Ran("b", ready_s=None)])
def test_a_pod_that_was_not_replaced_is_found(new: Ran | None) -> None:
    """A rolling update that leaves an old pod, or a new one that never was ready, is not done."""
    first, *_ = pods = one_after_the_other()
    assert broken(replace(SOUND, replaced=pods | {first: new})) == ["rolled"]


def test_two_pods_away_at_a_time_are_found() -> None:
    """A pod that is asked to end before the last one is back breaks the law of rolling updates."""
    _, last = pods = one_after_the_other()
    assert broken(replace(SOUND, replaced=pods | {last: Ran("a", ready_s=80.0)})) == ["rolled"]


@pytest.mark.parametrize("pod", [Ran(killed=True), Ran(codes=[70, 0])])
def test_a_process_that_did_not_end_by_itself_is_found(pod: Ran) -> None:
    """A process that was killed at the end of its grace period, or crashed, breaks a law."""
    assert broken(SOUND, LOOKS, pod) == ["ended"]


def test_a_partition_stands_while_its_records_wait() -> None:
    """Time counts in which records wait and none is committed, of each partition by itself."""
    waiting = [look(second, 2, behind=5, done=7) for second in range(0, 36, 5)]
    assert still_s(waiting, 0, 100) == [35.0] * PARTITIONS
    moved = [one._replace(done=[8, *one.done[1:]]) if one.at_s > 20 else one for one in waiting]
    assert still_s(moved, 0, 100) == [20.0] + [35.0] * (PARTITIONS - 1)


def test_an_idle_partition_does_not_stand() -> None:
    """Time without records to read is not counted, and progress begins it anew."""
    idle = [look(second, 1, done=3) for second in range(0, 50, 5)]
    moving = [look(second, 1, behind=1, done=second) for second in range(50, 100, 5)]
    assert max(still_s([*idle, *moving], 0, 100)) <= 5


def scaled_object() -> dict[str, Any]:
    behaviour = {"scaleUp": {"stabilizationWindowSeconds": 30}, "scaleDown": {"stabilizationWindowSeconds": 900}}
    return {
        "kind": "ScaledObject",
        "spec": {
            "scaleTargetRef": {"name": "milepost-fulfilment"},
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behaviour}},
            "triggers": [{"type": "kafka", "authenticationRef": {"name": "x"}, "metadata": {
                "topic": "wms.milestones", "lagThreshold": "10000", "ensureEvenDistributionOfPartitions": "true",
                "bootstrapServersFromEnv": "MILEPOST_BROKER"}}],
        },
    }  # fmt: skip


def test_scaling_stays_as_the_manifest_says() -> None:
    """Of a scaler only the lag per replica, the most replicas, the waits and the login are this machine's."""
    settings = {"kind": "ConfigMap", "data": {"MILEPOST_BROKER": "kafka:9093", "MILEPOST_KAFKA_SECURITY": "tls"}}
    fit = Fit({"MILEPOST_BROKER": "127.0.0.1:1", "MILEPOST_TICKS": "external"}, {"fulfilment": 600}, 6, 5, 20)
    kept, scaler = adapted([settings, scaled_object(), {"kind": "KafkaTopic"}], fit)
    assert kept["data"] == {"MILEPOST_BROKER": "127.0.0.1:1", "MILEPOST_TICKS": "external"}
    assert scaler["spec"]["triggers"][0]["metadata"] == {
        "topic": "wms.milestones", "lagThreshold": "600", "ensureEvenDistributionOfPartitions": "true",
        "bootstrapServersFromEnv": "MILEPOST_BROKER",
    }  # fmt: skip
    assert scaler["spec"]["maxReplicaCount"] == 6
    behaviour = scaler["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert {way: one["stabilizationWindowSeconds"] for way, one in behaviour.items()} == {"scaleUp": 5, "scaleDown": 20}
    assert "authenticationRef" not in scaler["spec"]["triggers"][0]


def test_kubernetes_libraries_are_those_that_are_published() -> None:
    """Each library that Kubernetes' own module replaces by a folder is replaced by its published self."""
    own = "".join(f"\t{name} => ./staging/src/{name}\n" for name in ("k8s.io/api", "k8s.io/cri-api"))
    text = f"module k8s.io/kubernetes\n\nreplace (\n{own})\n"
    assert replaced_libraries(text, "v1.34.4") == [
        "replace k8s.io/api => k8s.io/api v0.34.4", "replace k8s.io/cri-api => k8s.io/cri-api v0.34.4",
    ]  # fmt: skip


def test_a_held_process_has_its_share() -> None:
    """A process that is held runs for about its share of the time, and goes on when its holder ends."""
    counting = "import time; began = time.monotonic()\nwhile time.monotonic() - began < 20: pass"
    with subprocess.Popen([sys.executable, "-c", counting]) as busy:
        try:
            for _ in range(3):  # a holder that leaves it stopped may meet it running by chance
                with Throttle() as throttle:
                    throttle.hold(busy.pid, 0.2)
                    seen = looked_at(busy.pid, 70)
                    assert seen[True] > seen[False] > 0
                assert not stopped(busy.pid)
        finally:
            busy.kill()


def looked_at(pid: int, times: int) -> Counter[bool]:
    """How often it was stopped, of so many looks."""
    seen: Counter[bool] = Counter()
    for _ in range(times):
        time.sleep(0.01)
        seen[stopped(pid)] += 1
    return seen


def stopped(pid: int) -> bool:
    """Whether the kernel says so: T is the state of a process that was stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
