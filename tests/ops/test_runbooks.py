"""Runbooks: one for every alert, and what they tell people to type, look at and open is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import yaml
from milepost.commands.main import cli
from milepost.docs import pages
from milepost.k8s.monitoring.groups import ALERTS
from milepost.metrics.labels import CLOSED
from milepost.runtime.settings import table
from milepost.runtime.topic_kinds import LANES
from milepost.tests.ops.dashboards import dashboards
from milepost.tests.ops.rule_cases import program, run
from milepost.workflow.exception_types import TABLE

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOKS = sorted((DOCS / "runbooks").glob("*.md"))
ALERT_NAMES = {alert.name for alert in ALERTS}
SECTIONS = ["What it means", "How to look", "What to do", "When to escalate"]
BLOCK, INLINE = re.compile(r"```sh\n(.*?)```", re.DOTALL), re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
KUBECTL = {"get", "describe", "logs", "top", "rollout", "scale", "exec"}
KINDS = {
    "pod": "Pod", "pods": "Pod", "hpa": "HorizontalPodAutoscaler", "events": "Event", "statefulset": "StatefulSet",
    "deployment": "Deployment", "scaledobject": "ScaledObject", "podmonitor": "PodMonitor",
}  # fmt: skip


class Written(NamedTuple):
    page: Path
    line: str


def commands(program: str) -> Iterator[Written]:
    """Yield every command line of a program in blocks, and those in running text that go on after its name."""
    for page in RUNBOOKS:
        text = page.read_text()
        lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
        lines += [" ".join(found.split()) for found in INLINE.findall(BLOCK.sub("", text))]
        yield from (Written(page, line) for line in lines if line.startswith(f"{program} "))


def parse(words: list[str]) -> None:
    """Take the words of a command line as `milepost` would, and run nothing. ClickException where it would refuse."""
    group: click.Command = cli
    context = click.Context(cli, info_name="milepost")
    while isinstance(group, click.Group) and not (group.invoke_without_command and (not words or words[0][0] == "-")):
        name, group, words = group.resolve_command(context, words)
        if isinstance(group, click.Group):
            context = click.Context(group, parent=context, info_name=name)
    assert group is not None
    with group.make_context(group.name, list(words), parent=context):
        pass


def test_there_is_one_for_each_alert_and_for_nothing_else() -> None:
    """Alerts and runbooks have the same names, and the list of them is complete."""
    assert {page.stem for page in RUNBOOKS} - {"README"} == ALERT_NAMES
    listed = set(re.findall(r"\]\((\w+)\.md\)", pages.PAGES["runbooks/README.md"]()))
    assert listed == ALERT_NAMES


@pytest.mark.parametrize("page", [page for page in RUNBOOKS if page.stem != "README"], ids=lambda page: page.stem)
def test_a_runbook_has_its_parts_and_its_links_lead_somewhere(page: Path) -> None:
    """Each says what it means, how to look, what to do and when to escalate; every link is a file."""
    text = page.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith(f"# {page.stem}\n")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (page.parent / link).is_file(), link


@pytest.mark.parametrize("page", [page for page in RUNBOOKS if page.stem != "README"], ids=lambda page: page.stem)
def test_a_panel_that_is_named_is_there(page: Path) -> None:
    """The dashboard is the one the alert leads to, and has every panel that the runbook names."""
    titles = {one["uid"]: {panel.get("title") for panel in one["panels"]} for one in dashboards().values()}
    found = re.search(r"^Panels \(`([\w-]+)`\): (.+?)\.$", page.read_text(), re.MULTILINE)
    assert found is not None
    assert found[1] in {alert.dashboard for alert in ALERTS if alert.name == page.stem} | {"milepost-lag"}
    assert set(re.findall(r"\*([^*]+)\*", found[2])) <= titles[found[1]]
    everywhere = set().union(*titles.values())
    told = re.sub(r"\*\*[^*]+\*\*", "", page.read_text())
    assert {" ".join(one.split()) for one in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", told)} <= everywhere


@pytest.mark.parametrize("written", list(commands("milepost")), ids=lambda one: f"{one.page.stem}: {one.line}")
def test_every_milepost_command_is_one(written: Written) -> None:
    """A line with `milepost` is taken by the real command line: verb, arguments and options."""
    try:
        parse(shlex.split(written.line.partition("  #")[0])[1:])
    except click.exceptions.Exit:
        pass
    except click.FileError:
        raise AssertionError("names a file that must exist") from None
    except click.BadParameter as error:
        if "No such file" not in error.format_message():
            raise


@pytest.mark.parametrize("line", ["milepost staus", "milepost status --loud", "milepost act release SO-1 --reason x"])
def test_a_command_that_is_none_is_found(line: str) -> None:
    """A misspelt verb, an option that is not there and one that is missing do not pass."""
    with pytest.raises(click.UsageError):
        parse(line.split()[1:])


def test_nobody_is_left_waiting_for_what_has_passed() -> None:
    """`milepost tail` shows what comes from now on, unless it is told otherwise: a page that looks for what was refused
    says so, none counts lines that may never come, and each says how to end it."""
    tails = [(page, line) for page, line in commands("milepost") if shlex.split(line)[1] == "tail"]
    assert tails
    for page, line in tails:
        assert "--limit" not in line, page.name
        assert "until Ctrl-C" in page.read_text(), page.name
        assert "dead-letters" not in line or "--from-beginning" in line, page.name


def test_causes_stages_and_queues_that_are_asked_for_exist() -> None:
    """What follows --type, --stage, --queue and --rebuild is a word that an exception or a lane can have."""
    queues = {one.queue for one in TABLE.values()}
    known = {"--type": set(TABLE), "--stage": CLOSED["stage"], "--queue": queues, "--rebuild": set(LANES)}
    for page, line in commands("milepost"):
        words = shlex.split(line)
        for option, value in pairwise(words):
            assert value in known.get(option, {value}), f"{page.name}: {line}"


def rendered() -> dict[str, set[str]]:
    """Return the names of what production consists of, by kind."""
    overlay = DOCS.parent / "k8s" / "overlays" / "production"
    done = run(program("kubectl", "kubernetes-client"), "kustomize", str(overlay), within=overlay)
    assert done.returncode == 0, done.stderr
    found: dict[str, set[str]] = {}
    for one in yaml.safe_load_all(done.stdout):
        found.setdefault(one["kind"], set()).add(one["metadata"]["name"])
    return found


def test_every_kubectl_command_names_what_is_there() -> None:
    """A line with kubectl has a verb we know, our namespace, and kinds and names that the manifests have."""
    there = rendered()
    lanes = {name.removeprefix("milepost-") for kind in ("StatefulSet", "Deployment") for name in there[kind]}
    for page, line in commands("kubectl"):
        words = shlex.split(line)
        if words == ["kubectl", "-n", "milepost"]:
            continue
        where = f"{page.name}: {line}"
        assert words[1:3] == ["-n", "milepost"], where
        assert "milepost" in there["Namespace"], where
        assert words[3] in KUBECTL, where
        for word in (one for one in words[4:] if one.startswith("app.kubernetes.io/component=")):
            assert word.partition("=")[2] in lanes, where
        for kind, name in _named(words[4:]):
            if kind == "Pod":
                assert name.rpartition("-")[0] in there["StatefulSet"], where
            else:
                assert name in there[kind], where


def _named(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) of the objects a command is about."""
    words = [word for word in words[: words.index("--")] if word] if "--" in words else words
    plain = [one for at, one in enumerate(words) if not one.startswith("-") and words[at - 1] not in ("-l", "-o")]
    plain = [one for one in plain if one not in ("restart", "undo", "status")]
    if plain and "/" not in plain[0] and plain[0] in KINDS:
        yield from ((KINDS[plain[0]], name) for name in plain[1:])
        return
    for one in plain:
        kind, slash, name = one.partition("/")
        yield (KINDS[kind], name) if slash else ("Pod", one)


def test_every_setting_that_is_named_is_one() -> None:
    """A variable in a runbook is a setting of ours."""
    known = {name for name, *_ in table()}
    for page in (*RUNBOOKS, DOCS / "slo.md"):
        assert set(re.findall(r"MILEPOST_[A-Z_]+", page.read_text())) <= known, page.name
