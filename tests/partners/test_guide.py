"""The guide is true: a newcomer who does what it says, and nothing else, has a partner that counts."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from milepost.commands.main import cli
from milepost.simulators.voice import read_voices
from milepost.tests.partners.shipped import DIRECTORY, ROOT

GUIDE = (ROOT / "docs" / "onboarding.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`((?:samples|dialects)/[\w.-]+)`\n\n```(?:json|yaml)\n(.*?)```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
COMMANDS = [line for block in CONSOLE.findall(GUIDE) for line in block.strip().splitlines()]
ELSEWHERE = ("curl", "mkdir", "cp")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A newcomer's folder: the shipped dialects, and the guide's samples."""
    shutil.copytree(DIRECTORY, tmp_path / "dialects")
    for name, text in NAMED.findall(GUIDE):
        if name.startswith("samples/"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MILEPOST_DIALECT_DIR", str(tmp_path / "dialects"))
    return tmp_path


def run(line: str) -> tuple[int, str]:
    """Return how a line of the guide ends, and what it prints."""
    result = CliRunner().invoke(cli, shlex.split(line)[1:])
    error = "" if result.exception is None or isinstance(result.exception, SystemExit) else str(result.exception)
    return result.exit_code, result.output + error


def test_every_command_is_one() -> None:
    """Each line of a console block is a verb of ours with options it has, or one of the few tools the guide names."""
    assert len(COMMANDS) >= 15
    for line in COMMANDS:
        words = [word for word in shlex.split(line) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
        if words[0] in ELSEWHERE:
            continue
        assert words[0] == "milepost", line
        _parsed(cli, words[1:])


def _parsed(verb: click.Command, words: list[str]) -> None:
    """Parse words as the console script would, without running anything; files that they name need not be there."""
    context = click.Context(verb)
    while isinstance(verb, click.Group) and words and (found := verb.get_command(context, words[0])):
        verb, words = found, words[1:]
    assert not isinstance(verb, click.Group) or not words or words[0].startswith("-"), f"there is no verb {words[0]}"
    for parameter in verb.params:
        if isinstance(parameter.type, click.Path):
            parameter.type.exists = False
    verb.make_context(verb.name, words)


def test_a_newcomer_does_what_it_says(desk: Path) -> None:
    """Draft, decide, check, try, keep, test, specify: every step ends as the guide says, with the file it shows."""
    code, told = run("milepost partner try --any samples/shipped.json samples/shorted.json samples/received.json")
    assert code == 1
    code, told = run("milepost partner onboard lakeside --samples samples")
    assert code == 0, told
    assert "order     $.payload.orderNumber" in told
    assert "1 of 2 values come again in another sample" in told
    assert "NOSTOCK" in told
    code, told = run("milepost partner onboard lakeside --samples samples")
    assert "never overwritten" in told
    code, told = run("milepost partner check lakeside")
    assert code == 1
    assert "TODO" in told
    (desk / "dialects" / "lakeside.yaml").write_text(dict(NAMED.findall(GUIDE))["dialects/lakeside.yaml"])
    code, told = run("milepost partner check lakeside")
    assert code == 0, told
    code, told = run("milepost partner try lakeside samples/shipped.json samples/shorted.json samples/received.json")
    assert code == 0, told
    assert "wms.departed SO-1001 at 2026-03-04T16:00:00Z" in told
    assert "quantity 12" in told
    _kept(desk)


def _kept(desk: Path) -> None:
    kept = desk / "dialects" / "samples" / "lakeside"
    kept.mkdir(parents=True)
    for path in (desk / "samples").iterdir():
        shutil.copy(path, kept)
    outbound = re.search(r"order\.out\.json`\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
    assert outbound
    (kept / "order.out.json").write_text(outbound[1])
    assert run("milepost partner test lakeside")[0] == 1
    assert run("milepost partner test lakeside --accept")[0] == 0
    code, told = run("milepost partner test lakeside")
    assert code == 0
    assert "green lakeside 1: 4 of 4" in told
    code, told = run("milepost partner spec lakeside")
    assert "| `NOSTOCK` | not_found |" in told
    assert "LAKESIDE_KEY" not in told
    assert json.loads((kept / "order.out.expected.json").read_text())["read_back"][0]["order_id"] == "SO-1001"


def test_the_sites_it_shows_are_sites(desk: Path) -> None:
    """The list of the shadow step is a list the dialects are served by."""
    (desk / "dialects" / "lakeside.yaml").write_text(dict(NAMED.findall(GUIDE))["dialects/lakeside.yaml"])
    shown = re.search(r"```yaml\n(sites:.*?)```", GUIDE, re.DOTALL)
    assert shown
    (desk / "dialects" / "sites.yaml").write_text(shown[1])
    code, told = run("milepost partner check")
    assert code == 0, told
    assert "1 sites are served by one" in told


def test_the_voice_it_shows_is_one() -> None:
    """What the guide says to play in the demo is a voice that is read, of the event that it names."""
    shown = re.findall(r"```yaml\n(partner: demo-.*?)```", GUIDE, re.DOTALL)
    (voice,) = read_voices({"1-lakeside.yaml": shown[0].encode()})
    assert (len(shown), voice.partner, set(voice.says)) == (1, "demo-lakeside", {"wms.departed"})
