"""The closed loop: real workers on a real Kafka, scaled by a real KEDA through a real control plane.

KEDA reads the lag, the HPA decides, the StatefulSet's controller makes and ends pods, the scheduler places them; our
own kubelet runs each as a process. At the end the ERP's ledger is judged as that of a drill is.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
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
from milepost.commands.demo_gathering import all_documents, told_by_topics
from milepost.commands.demo_scene import quick
from milepost.commands.demo_watch import RunNotQuiet, watching
from milepost.commands.lags import lags_of_lanes
from milepost.commands.topic_reading import latest
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import PREFIX, Settings, to_environment
from milepost.runtime.topic_kinds import LANES
from milepost.runtime.topic_table import LOADS_CHANGELOG, ORDERS_CHANGELOG
from milepost.runtime.topics import BrokerUnreachable, create_missing
from milepost.simulators.life import lives
from milepost.simulators.quiet import NotQuiet
from milepost.tests.cluster import keda
from milepost.tests.cluster.adapted import Fit, adapted, lane_of
from milepost.tests.cluster.api import Api, Unanswered
from milepost.tests.cluster.control_plane import HOST, ControlPlane
from milepost.tests.cluster.judged import judged
from milepost.tests.cluster.kubectl import Manifest, Refused, kustomized
from milepost.tests.cluster.kubelet import Kubelet
from milepost.tests.cluster.picture import picture
from milepost.tests.cluster.pod import Place, Pod
from milepost.tests.cluster.processes import Failed, Processes
from milepost.tests.cluster.scenario import Late, Scenario
from milepost.tests.cluster.told import facts, lines
from milepost.workflow.reopening import whole

ERP: Final = "erp"
NODES: Final = ("node-0", "node-1", "node-2")
QUIET_WITHIN_S: Final = 120.0
ERP_READY_S: Final = 30.0
MOST: Final = 6
LAG_PER_REPLICA: Final = {"fulfilment": 600, "intake": 20_000}
UP_S: Final = 5
DOWN_S: Final = 20
SHARES: Final = {"fulfilment": 0.15}
"""Of a core, for each pod of a lane: two cores hold the control plane, Kafka, six of these and the other lanes."""


NO_END = (Failed, Late, Refused, Unanswered, NotQuiet, RunNotQuiet, BrokerError, BrokerUnreachable, *AWAY)
"""A loop that does not come to its end is red; the text of these says what was missing."""


class Asked(NamedTuple):
    """`picture`: where it is drawn; None: nowhere."""

    overlay: Path
    orders: int
    seed: int
    run_dir: Path
    picture: Path | None


class Outcome(NamedTuple):
    """What came of it: the laws, and what is told of them."""

    verdict: Verdict
    lines: list[str]


def run(asked: Asked) -> Outcome:
    """Run it. Raises Failed, Late, Refused, NotQuiet, BrokerError; everything is ended in any case."""
    settings = Settings()
    port = free_ports(HOST, 1)[0]
    with (
        kafka.start(fresh=True, port=0, log_file=asked.run_dir / "kafka.log") as broker,
        Processes(asked.run_dir) as processes,
    ):
        create_missing(broker.bootstrap)
        processes.start(ERP, [sys.executable, "-m", "milepost.simulators.erp", "--port", str(port), "--seed",
                              str(asked.seed), "--unique-reference"])  # fmt: skip
        processes.until(ERP, lambda: not port_is_free(HOST, port), ERP_READY_S)
        settings = replace(
            quick(settings), broker=broker.bootstrap, erp_url=f"http://{HOST}:{port}", data_dir=asked.run_dir,
        )  # fmt: skip
        plane = ControlPlane(processes, asked.run_dir / "cluster")
        plane.start()
        keda.install(plane)
        plane.start_controllers()
        keda.start(plane)
        fit = Fit(_settings(settings), LAG_PER_REPLICA, MOST, UP_S, DOWN_S)
        manifests = adapted(kustomized(asked.overlay), fit)
        _apply(plane, manifests)
        return asyncio.run(_played(asked, plane, manifests, settings))


def _apply(plane: ControlPlane, manifests: list[Manifest]) -> None:
    """Namespaces first: kubectl applies in the order that it is given."""
    spaces = {one["metadata"]["namespace"] for one in manifests if "namespace" in one["metadata"]}
    there = {one["metadata"]["name"] for one in manifests if one["kind"] == "Namespace"}
    missing = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in spaces - there]
    first = [*missing, *(one for one in manifests if one["kind"] == "Namespace")]
    if first:
        plane.kubectl.apply(first)
    plane.kubectl.apply(manifests)


async def _played(asked: Asked, plane: ControlPlane, manifests: list[Manifest], settings: Settings) -> Outcome:
    sets = _sets(manifests)
    scaler = next(one for one in manifests if one["kind"] == "ScaledObject" and "fulfilment" in
                  one["spec"]["scaleTargetRef"]["name"])  # fmt: skip
    space = scaler["metadata"]["namespace"]
    async with Api(plane.url, plane.token) as api:
        kubelet = Kubelet(api, NODES, _place(asked), _say)
        scenario = Scenario(api, kubelet, space, sets, scaler["metadata"]["name"], settings.broker, settings.erp_url,
                            print)  # fmt: skip
        serving = asyncio.create_task(kubelet.run())
        working = asyncio.create_task(_work(asked, scenario, settings))
        try:
            await asyncio.wait({serving, working, asyncio.create_task(_checked(plane))},
                               return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
            plane.processes.check()
            if serving.done():
                serving.result()
            gathered = await working
        finally:
            working.cancel()
            serving.cancel()
            await asyncio.wait([working, serving])
    return _outcome(asked, gathered, scenario, list(kubelet.pods.values()), settings)


def _outcome(asked: Asked, gathered: Gathered, scenario: Scenario, pods: list[Pod], settings: Settings) -> Outcome:
    course, looks = scenario.course, scenario.looks.seen
    verdict = judged(judge(gathered), course, looks, pods, settings.session_timeout_s)
    if asked.picture is not None:
        headline = f"A cluster under load: {asked.orders:,} orders, seed {asked.seed}"
        said = f"{len(gathered.facts):,} facts, {len(gathered.documents):,} documents, {facts(course, looks)}"
        asked.picture.write_text(picture(headline, verdict, said, looks, gathered.samples, course.marks))
    return Outcome(verdict, list(lines(verdict, course, looks, pods)))


def _say(text: str) -> None:
    print(text, flush=True)


async def _checked(plane: ControlPlane) -> None:
    """Return, by raising, when a part of the control plane ends."""
    while True:
        plane.processes.check()
        await asyncio.sleep(1.0)


async def _work(asked: Asked, scenario: Scenario, settings: Settings) -> Gathered:
    await scenario.all_ready()
    world = lives(asked.seed, asked.orders)
    began = time.monotonic()
    summary = await scenario.play(world, asked.seed)
    async with watching(settings.broker, settings.erp_url) as watch:
        await watch.until_quiet(QUIET_WITHIN_S)
    told = await told_by_topics(settings.broker)
    found = await latest(settings.broker, ORDERS_CHANGELOG) | await latest(settings.broker, LOADS_CHANGELOG)
    return Gathered(
        seed=asked.seed, orders=asked.orders, faults="none", repeat="python -m milepost.tests.cluster loop",
        world=world, rules=load_rules(settings.policy_dir, settings.reference_dir, settings.tenant),
        documents=await all_documents(settings.erp_url), facts=told.facts, journal=told.journal,
        records={owner: whole(value, told.journal.get(owner, ())) for owner, value in found.items()},
        dead_letters=told.letters, lags={str(k): v for k, v in (await lags_of_lanes(settings.broker)).items()},
        unsent=summary.waiting, samples=scenario.sampler.samples if scenario.sampler else (),
        elapsed_s=time.monotonic() - began,
    )  # fmt: skip


def _sets(manifests: list[Manifest]) -> Mapping[str, str]:
    """The StatefulSet of each lane."""
    names = [one["metadata"]["name"] for one in manifests if one["kind"] == "StatefulSet"]
    return {lane: name for name in names if (lane := lane_of(name, LANES))}


def _settings(settings: Settings) -> dict[str, str]:
    """What every pod is told: this run's addresses, and the demo's paces."""
    told, usual = to_environment(settings), to_environment(Settings())
    names = {name for name in told if told[name] != usual.get(name)} - {f"{PREFIX}DATA_DIR", f"{PREFIX}WEB_PORT"}
    return {name: told[name] for name in sorted(names)}


def _place(asked: Asked) -> Place:
    return Place(logs=asked.run_dir, environment={f"{PREFIX}DATA_DIR": str(asked.run_dir)}, shares=SHARES)
