"""The closed loop: real workers on a real Kafka, scaled by a real KEDA through a real control plane.

KEDA reads the lag, the HPA decides, the StatefulSet's controller makes and ends pods, the scheduler places them; our
own kubelet runs each as a process. At the end the ERP's ledger is judged as that of a drill is.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from milepost.broker import kafka
from milepost.broker.errors import BrokerError
from milepost.broker.readiness import free_ports, port_is_free
from milepost.chaos.findings import Verdict
from milepost.chaos.gathered import Gathered
from milepost.chaos.patience import AWAY
from milepost.chaos.verdict import judge
from milepost.commands.demo_scene import quick
from milepost.commands.demo_watch import RunNotQuiet
from milepost.runtime.asking import BrokerUnreachable
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import LANES
from milepost.runtime.topics import create_missing
from milepost.simulators.life import lives
from milepost.simulators.quiet import NotQuiet
from milepost.tests.cluster import keda
from milepost.tests.cluster.accepting import make_namespaces
from milepost.tests.cluster.adapted import adapted, lane_of
from milepost.tests.cluster.api import Api, Unanswered
from milepost.tests.cluster.beside import beside
from milepost.tests.cluster.control_plane import HOST, ControlPlane
from milepost.tests.cluster.fitted import fit_of, place_of
from milepost.tests.cluster.gathering import gathered
from milepost.tests.cluster.judged import judged
from milepost.tests.cluster.kubectl import Manifest, Refused, kustomized
from milepost.tests.cluster.kubelet import Kubelet
from milepost.tests.cluster.picture import picture
from milepost.tests.cluster.pod import Pod
from milepost.tests.cluster.processes import Failed, Processes
from milepost.tests.cluster.scenario import LANE, Late, Scenario, Targets
from milepost.tests.cluster.told import facts, lines

ERP: Final = "erp"
PICTURE: Final = "cluster.svg"
NODES: Final = ("node-0", "node-1", "node-2")
ERP_READY_S: Final = 30.0
NO_END: Final = (
    Failed, Late, Refused, Unanswered, NotQuiet, RunNotQuiet, BrokerError, BrokerUnreachable, *AWAY,
)  # fmt: skip
"""A loop that does not come to its end is red; the text of these says what was missing."""


class Asked(NamedTuple):
    """`run_dir`: an empty folder for logs and the picture."""

    overlay: Path
    orders: int
    seed: int
    run_dir: Path


class Outcome(NamedTuple):
    """What came of it: the laws, and what is told of them."""

    verdict: Verdict
    lines: list[str]


def run(asked: Asked) -> Outcome:
    """Run it. Raises what NO_END names; everything is ended in any case."""
    with _scratch(asked.run_dir) as folder, Processes(asked.run_dir) as processes, _world(asked, processes) as settings:
        plane = ControlPlane(processes, folder)
        plane.start()
        keda.install(plane)
        plane.start_controllers()
        keda.start(plane)
        manifests = adapted(kustomized(asked.overlay), fit_of(settings))
        make_namespaces(plane, manifests)
        plane.kubectl.apply(manifests)
        return asyncio.run(_played(asked, plane, targets_of(manifests), settings))


@contextmanager
def _scratch(run_dir: Path) -> Iterator[Path]:
    """For keys and etcd's data, which nobody reads afterwards. What a killed run leaves goes with its folder."""
    folder = run_dir / "cluster"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _world(asked: Asked, processes: Processes) -> Iterator[Settings]:
    """What a cluster finds outside of itself: Kafka with its topics, and the ERP. Yields settings that lead there."""
    port = free_ports(HOST, 1)[0]
    with kafka.start(fresh=True, port=0, log_file=asked.run_dir / "kafka.log") as broker:
        create_missing(broker.bootstrap)
        erp = ("--port", str(port), "--seed", str(asked.seed), "--unique-reference")
        processes.start(ERP, [sys.executable, "-m", "milepost.simulators.erp", *erp])
        processes.until(ERP, lambda: not port_is_free(HOST, port), ERP_READY_S)
        yield replace(quick(Settings()), broker=broker.bootstrap, erp_url=f"http://{HOST}:{port}")


def targets_of(manifests: list[Manifest]) -> Targets:
    """What the scenario watches and changes: each lane's StatefulSet, and lane fulfilment's scaler."""
    names = [one["metadata"]["name"] for one in manifests if one["kind"] == "StatefulSet"]
    sets = {str(lane): name for name in names if (lane := lane_of(name, LANES))}
    scalers = [one["metadata"] for one in manifests if one["kind"] == "ScaledObject"]
    scaler = next(one for one in scalers if LANE in one["name"])
    return Targets(scaler["namespace"], sets, scaler["name"])


async def _played(asked: Asked, plane: ControlPlane, targets: Targets, settings: Settings) -> Outcome:
    async with Api(plane.url, plane.token) as api:
        kubelet = Kubelet(api, NODES, place_of(asked.run_dir), _say)
        scenario = Scenario(api, kubelet, targets, settings.broker, settings.erp_url, _say)
        found = await beside(_work(asked, scenario, settings), kubelet.run(), _checked(plane.processes))
    return _outcome(asked, found, scenario, list(kubelet.pods.values()))


async def _checked(processes: Processes) -> None:
    """Raise when a part of the control plane ends."""
    while True:
        processes.check()
        await asyncio.sleep(1.0)


async def _work(asked: Asked, scenario: Scenario, settings: Settings) -> Gathered:
    await scenario.all_ready()
    world = lives(asked.seed, asked.orders)
    summary = await scenario.play(world, asked.seed)
    return await gathered(world, asked.seed, summary, settings, scenario.samples)


def _outcome(asked: Asked, found: Gathered, scenario: Scenario, pods: list[Pod]) -> Outcome:
    course, looks = scenario.course, scenario.looks.seen
    verdict = judged(judge(found), course, looks, pods)
    headline = f"A cluster under load: {asked.orders:,} orders, seed {asked.seed}"
    said = f"{len(found.facts):,} facts, {len(found.documents):,} documents, {facts(looks)}"
    (asked.run_dir / PICTURE).write_text(picture(headline, verdict, said, looks, found.samples, course.marks))
    return Outcome(verdict, list(lines(verdict, course, looks, pods)))


def _say(text: str) -> None:
    print(text, flush=True)
