"""Laws of the console script: its help, its errors, its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from milepost.commands.main import VERBS, cli, run

NOBODY = "127.0.0.1:1"  # a port nobody listens on

EVENT = (
    '{"event_id":"e-1","business_key":"hold/1","owner":"SO-0001","occurred_at":"2026-01-05T10:00:00Z",'
    '"source":"desk","body":{"type":"control.hold","actor":"ann","reason":"credit"}}'
)


def milepost(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real script in a process of its own."""
    command = [sys.executable, "-m", "milepost.commands.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_explains_itself_with_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each verb of the list exists, and its help ends with an example that can be typed."""
    assert run([verb, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"Usage: milepost {verb}" in text
    assert "xample" in text
    assert f"milepost {verb}" in text.partition("xample")[2]


def test_help_is_quick_because_it_loads_nothing_heavy() -> None:
    """`milepost --help` imports neither Faust nor a Kafka client nor rich nor any verb."""
    code = (
        "import sys; from milepost.commands.main import run; run(['--help']); "
        "heavy = {'faust', 'aiokafka', 'aiohttp', 'rich', 'msgspec', 'milepost.commands.demo'} & set(sys.modules); "
        "print('heavy', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "heavy []"
    assert all(verb in done.stdout for verb in VERBS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["worker", "nonsense"], "'nonsense' is not one of"),
        (["tail", "--broker", "nonsense"], "neither kafka nor HOST:PORT"),
        (["send", "/does/not/exist"], "No such file"),
        (["act", "hold", "SO-1", "--reason", "r"], "--actor"),
        (["act", "release", "SO-1", "--actor", "a", "--reason", "r"], "release needs --cause"),
        (["act", "resolve", "SO-1", "--actor", "a", "--reason", "r", "--key", "k"], "resolve needs --payload"),
        (["demo", "--orders", "0"], "--orders"),
        (["demo", "--kill", "fulfilment@2"], "a number from 0 to 1"),
        (["demo", "--kill", "nonsense@0.5"], "allowed: intake|fulfilment|posting|reconciliation"),
        (["chaos", "--faults", "nonsense"], "allowed: all, none, or some of windows,workers,broker,network,erp"),
        (["chaos", "--seeds", "5-2"], "allowed: 1-20, 7, or 1-3,7"),
        (["chaos", "--without", "luck"], "durable_wait"),
        (["play"], "FILE"),
        (["play", "--scms", "-"], "--scms needs a file"),
        (["up", "--broker", "nonsense"], "allowed: kafka, mock, HOST:PORT"),
        (["completion", "csh"], "'csh' is not one of"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong arguments give exit 2 and exactly one line on stderr, which names what is wrong."""
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("milepost: ")
    assert error.count("\n") == 1
    assert said in error


@pytest.mark.parametrize("verb", [["worker", "intake"], ["tail"], ["status"], ["up"], ["demo"], ["chaos"]])
def test_wrong_settings_are_one_line_and_exit_2(
    verb: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong variable stops every verb that reads settings before it does anything: one line, exit 2."""
    monkeypatch.setenv("MILEPOST_ERP_CONCURRENCY", "many")
    assert run(verb) == 2
    assert capsys.readouterr().err == (
        "milepost: MILEPOST_ERP_CONCURRENCY=many is not allowed; allowed: a whole number from 1 to 1000\n"
    )


@pytest.mark.parametrize(
    "verb",
    [
        ["tail"],
        ["status"],
        ["broker", "topics"],
        ["act", "hold", "SO-1", "--actor", "a", "--reason", "r"],
        ["resume", "wms-north", "--actor", "a", "--reason", "r"],
    ],
)
def test_a_broker_that_does_not_answer_is_one_line(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without a broker the verbs that need one say so in one line and exit 1."""
    assert run([*verb, "--broker", NOBODY]) == 1
    error = capsys.readouterr().err
    assert error == f"milepost: no Kafka answers at {NOBODY}; start one with `milepost up`\n"


def test_a_lane_without_a_broker_ends_with_one_line() -> None:
    """A lane that finds no broker ends within 15 s with one line and a code that is not zero, without a traceback."""
    command = [sys.executable, "-m", "milepost.commands.main", "worker", "intake", "--no-supervise"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=15, check=False, env={"MILEPOST_BROKER": NOBODY}
    )
    assert done.returncode not in (0, 2)  # 2 is for what only a person can mend: a supervisor would not try again
    assert done.stderr.startswith(f"milepost: no Kafka answers at {NOBODY}")
    assert done.stderr.count("\n") == 1


def test_bad_events_are_refused_before_they_are_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`send` names the place in the payload that is wrong, and sends nothing."""
    path = tmp_path / "event.json"
    path.write_text(EVENT.replace('"actor":"ann",', ""))
    assert run(["send", str(path), "--broker", NOBODY]) == 2
    assert "missing_field at $.body.actor" in capsys.readouterr().err


def test_a_bad_line_stops_a_whole_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`play` checks every line first: one bad line is named by its number, and nothing is sent."""
    path = tmp_path / "events.jsonl"
    path.write_text(EVENT + "\n\n" + EVENT.replace("control.hold", "control.nonsense") + "\n")
    assert run(["play", str(path), "--broker", NOBODY]) == 2
    error = capsys.readouterr().err
    assert f"{path} line 3: unknown_type" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The completion script of each shell is printed and asks `milepost` for its words."""
    assert run(["completion", shell]) == 0
    assert f"_MILEPOST_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_the_version_is_the_packages() -> None:
    """`--version` prints one line with the installed version, from a real process."""
    from importlib.metadata import version

    done = milepost("--version")
    assert (done.returncode, done.stdout) == (0, f"milepost {version('milepost')}\n")


def test_every_option_has_a_help_text() -> None:
    """No option of any verb is left without a line of help."""
    import click

    context = click.Context(cli)
    for name in cli.list_commands(context):
        verb = cli.get_command(context, name)
        assert verb is not None
        assert verb.help
        silent = [one.name for one in verb.params if isinstance(one, click.Option) and not one.help]
        assert not silent, (name, silent)


def test_without_a_verb_the_help_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """`milepost` alone shows the help, without the prefix of an error, and exits with 2."""
    assert run([]) == 2
    assert capsys.readouterr().err.startswith("Usage: milepost ")


@pytest.mark.parametrize("verb", [["up"], ["demo"]])
def test_a_bad_policy_stops_before_anything_is_started(
    verb: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Verbs that start lanes read the policies first: one line with file, line and what is allowed, exit 2, no run."""
    policy = tmp_path / "policies" / "bad.toml"
    policy.parent.mkdir()
    policy.write_text('version = "p"\neffective_from = 2020-01-01T00:00:00Z\nshort_pick = "perhaps"\n')
    monkeypatch.setenv("MILEPOST_POLICY_DIR", str(policy.parent))
    monkeypatch.setenv("MILEPOST_DATA_DIR", str(tmp_path / "data"))
    assert run(verb) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"milepost: {policy}:3: ")
    assert error.endswith("allowed: hold | ship_short | reallocate | back_order | cancel_remainder | substitute\n")
    assert error.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_a_data_directory_that_cannot_be_made_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A data directory that nobody can make is a wrong setting: one line that names it, exit 2."""
    monkeypatch.setenv("MILEPOST_DATA_DIR", "/dev/null/below")
    assert run(["up"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("milepost: cannot write to MILEPOST_DATA_DIR=/dev/null/below: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("variable", ["MILEPOST_LANE", "MILEPOST_ERP_CONCURRENCY"])
def test_faust_meets_a_wrong_setting_without_a_traceback(variable: str) -> None:
    """`faust -A milepost.app` ends with one line and exit 2 when a variable is wrong."""
    command = [sys.executable, "-m", "faust", "-A", "milepost.app", "worker"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, variable: "nonsense"}
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"milepost: {variable}=")
    assert done.stderr.count("\n") == 1
