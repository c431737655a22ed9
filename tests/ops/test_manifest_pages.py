"""What is generated is what is committed, and what k8s/README.md tells an operator to type exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from milepost.commands.main import Verbs
from milepost.k8s.generate import files
from milepost.runtime.topic_kinds import PARTITION_COUNTS
from milepost.tests.ops.manifests.rendering import K8S, rendered

ROOT = K8S.parent
README = (K8S / "README.md").read_text()
CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`", re.DOTALL)


def test_generated_manifests_are_what_the_code_says() -> None:
    """Topics, users and triggers are committed as the generator writes them."""
    stale = [str(place) for place, text in files().items() if place.read_text() != text]
    assert not stale, f"run `python -m milepost.k8s.generate`: {stale}"


TOLD = """
import yaml
from milepost.k8s.generate import files
from milepost.runtime.topic_kinds import PARTITIONS
for place, text in files().items():
    if place.suffix == ".env":
        assert text.endswith(f"MILEPOST_PARTITIONS={PARTITIONS}\\n"), text
        continue
    for spec in (doc["spec"] for doc in yaml.safe_load_all(text)):
        if "maxReplicaCount" in spec:
            (up,) = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleUp"]["policies"]
            assert spec["maxReplicaCount"] == PARTITIONS <= 1 + up["value"] / 100, spec
        assert spec.get("partitions", PARTITIONS) == PARTITIONS, spec
print(PARTITIONS)
"""


@pytest.mark.parametrize("partitions", PARTITION_COUNTS[1::2])
def test_manifests_follow_the_partitions(partitions: int) -> None:
    """With another count of partitions, topics, what processes are told, the most workers and the way up to them
    follow: at one stroke, or a lane would stand at a count that does not divide them.
    """
    environment = {**os.environ, "MILEPOST_PARTITIONS": str(partitions)}
    told = subprocess.run([sys.executable, "-c", TOLD], env=environment, capture_output=True, text=True, timeout=60,
                          check=False)  # fmt: skip
    assert (told.stdout, told.returncode) == (f"{partitions}\n", 0), told.stderr


def _commands() -> Iterator[str]:
    """Every command of the page, a line each, continued lines and pipes taken apart."""
    for block, inline in CODE.findall(README):
        yield from (block or inline).splitlines()


def _milepost_calls() -> list[str]:
    calls = [met[1] for line in _commands() if (met := re.search(r"(?:^|-- )milepost ([^|;]+)", line.strip()))]
    return sorted(set(calls))


@pytest.mark.parametrize("call", _milepost_calls())
def test_every_verb_in_the_page_exists(call: str) -> None:
    """Every `milepost ...` parses: the verb exists, and its options and arguments are accepted."""
    command: click.Command = Verbs()
    words = shlex.split(call)
    context = click.Context(command, info_name="milepost")
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None, call
        command, context = found, click.Context(found, parent=context, info_name=found.name)
    if words != ["--help"]:
        command.parse_args(context, words)


def test_a_verb_that_does_not_exist_would_be_found() -> None:
    """The check above refuses an unknown verb and an unknown option."""
    with pytest.raises((AssertionError, click.UsageError)):
        test_every_verb_in_the_page_exists("docter --lane posting")
    with pytest.raises(click.UsageError):
        test_every_verb_in_the_page_exists("doctor --lanes posting")


def test_every_folder_in_the_page_exists() -> None:
    """Every `-k` names a folder that renders, and every file that the page names is there."""
    folders = {met for line in _commands() for met in re.findall(r"-k (k8s/\S+)", line)}
    assert folders >= {"k8s/kafka", "k8s/kafka-cluster", "k8s/kafka-single", "k8s/overlays/production"}
    for folder in folders:
        assert rendered(folder.removeprefix("k8s/").removeprefix("overlays/")), folder
    named = set(re.findall(r"`((?:docs|k8s|tests|base|lanes|components)/[\w./-]+\.\w+)`", README))
    missing = [one for one in named if not (ROOT / one).exists() and not (K8S / one).exists()]
    assert named
    assert not missing


def test_every_object_in_the_page_exists() -> None:
    """Workloads, pods and scalers that commands name are in the overlay of their namespace."""
    of_namespace = {"milepost": "production", "milepost-staging": "staging", "milepost-dev": "dev"}
    seen = 0
    for line in _commands():
        space = re.search(r"-n (milepost\S*)", line)
        for kind, name in re.findall(r"(statefulset|deployment|deploy|scaledobject)[/ ](milepost-[\w-]+)", line):
            seen += 1
            docs = rendered(of_namespace[space[1]] if space else "production")
            kinds = {"deploy": "deployment"}.get(kind, kind)
            assert (kinds, name) in {(doc["kind"].lower(), doc["metadata"]["name"]) for doc in docs}, line
        for lane in re.findall(r"(?:exec|pod) milepost-(\w+)-\d", line):
            seen += 1
            assert f"statefulset/milepost-{lane}" in README, line
    assert seen > 10
