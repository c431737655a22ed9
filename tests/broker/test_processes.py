"""No JVM is ever left behind, and a broker that cannot run says why."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from milepost.broker import detached, kafka, state
from milepost.broker.errors import BrokerBusy, BrokerError
from milepost.broker.readiness import free_ports

GONE_WITHIN_S = 20.0
STARTED_WITHIN_S = 60.0

OWNER = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests may ignore it; a foreground job does not
from milepost.broker import kafka, state
where = Path(sys.argv[1]) if sys.argv[1] else None
with kafka.start(where, fresh=where is None, port=0) as broker:
    found = state.running(broker.data_dir)
    print(broker.pid, found.guard_pid, broker.data_dir, flush=True)
    time.sleep(600)
"""


def alive(pid: int) -> bool:
    """A zombie counts as dead: what is left of it is its parent's business."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool], what: str, within_s: float = GONE_WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.05)


@contextlib.contextmanager
def owner(data_dir: str = "") -> Iterator[tuple[subprocess.Popen[str], int, int, Path]]:
    """A process that runs a broker, in a process group of its own as a shell would give it."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, data_dir],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        jvm, guard, where = process.stdout.readline().split()
        yield process, int(jvm), int(guard), Path(where)
    finally:
        process.kill()
        process.communicate()


def test_kill_9_of_the_parent_leaves_no_jvm() -> None:
    """When the process that started Kafka is killed, the JVM, its guard and the temporary data go as well."""
    with owner() as (process, jvm, guard, where):
        assert alive(jvm)
        process.send_signal(signal.SIGKILL)
        wait_until(lambda: not alive(jvm) and not alive(guard), "JVM and guard are gone")
        wait_until(lambda: not where.exists(), "the temporary directory is gone")


def test_ctrl_c_leaves_no_jvm() -> None:
    """After Ctrl-C, sent to the whole foreground group, nothing is left when the command has ended."""
    with owner() as (process, jvm, guard, where):
        os.killpg(process.pid, signal.SIGINT)
        process.wait(GONE_WITHIN_S)
        assert not alive(jvm)
        assert not alive(guard)
        assert not where.exists()


def test_kill_9_of_the_guard_leaves_no_jvm(tmp_path: Path) -> None:
    """When even the guard is killed, the kernel ends the JVM, and the owner is told."""
    with kafka.start(tmp_path, port=0) as broker:
        found = state.running(tmp_path)
        assert found is not None
        os.kill(found.guard_pid, signal.SIGKILL)
        wait_until(lambda: not alive(broker.pid), "the JVM is gone")
        wait_until(lambda: broker.died() is not None, "the owner knows")


def test_a_taken_port_is_replaced() -> None:
    """Where somebody listens on the wished port, a free one is used, and only the loopback interface is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wish = taken.getsockname()[1]
        with kafka.start(fresh=True, port=wish) as broker:
            assert broker.bootstrap != f"127.0.0.1:{wish}"
            assert set(listening(broker.pid)) == {"127.0.0.1"}


def test_a_port_lost_in_a_race_is_replaced(kafka_broker: kafka.RunningBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another Kafka takes the chosen port first, it does not pass for ours: we start on another port."""
    lost = int(kafka_broker.bootstrap.rpartition(":")[2])
    chosen = iter([(lost, *free_ports("127.0.0.1", 1)), tuple(free_ports("127.0.0.1", 2))])
    monkeypatch.setattr(kafka, "_choose_ports", lambda wish: next(chosen))
    with kafka.start(fresh=True, port=0) as broker:
        assert broker.bootstrap != kafka_broker.bootstrap
        assert next(chosen, None) is None


def listening(pid: int) -> list[str]:
    """IPv4 addresses a process listens on, from the kernel's tables; a mapped one of IPv6 counts as IPv4."""
    inodes = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()}
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()]
    listeners = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
    return [socket.inet_ntoa(bytes.fromhex(one.split(":")[0][-8:])[::-1]) for one in listeners]


def test_a_dead_broker_is_one_clear_line_with_the_logs_tail() -> None:
    """When Java dies, the owner gets one line that says so, then the end of the log, and no traceback."""
    with kafka.start(fresh=True, port=0) as broker:
        with broker.log_file.open("a") as log:
            log.write("the last words of the broker\n")
        os.kill(broker.pid, signal.SIGKILL)
        wait_until(lambda: broker.died() is not None, "the owner knows")
        error = broker.died()
        first, *tail = str(error).splitlines()
        assert re.fullmatch(r"Kafka at 127\.0\.0\.1:\d+ ended with code 137; its log is \S+", first)
        assert tail[-1] == "  | the last words of the broker"
    assert not broker.data_dir.exists()


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    """When Kafka refuses its data, the error's first line says so and its tail holds Kafka's own reason."""
    kafka.start(tmp_path, port=0).stop()
    (tmp_path / "logs" / "meta.properties").write_text("version=1\nnode.id=77\ncluster.id=nobody\n")
    with pytest.raises(BrokerError) as caught:
        kafka.start(tmp_path, port=0)
    first, *tail = str(caught.value).splitlines()
    assert re.match(r"Kafka ended with code \d+ while starting; its log is ", first)
    assert any("node" in line and "77" in line for line in tail)
    assert state.running(tmp_path) is None


def test_two_starts_on_one_directory(tmp_path: Path) -> None:
    """A second broker on the same data is refused in one line that names the first, which goes on unharmed."""
    with kafka.start(tmp_path, port=0) as broker:
        with pytest.raises(BrokerBusy) as caught:
            kafka.start(tmp_path, port=0)
        assert str(caught.value).splitlines() == [str(caught.value)]
        assert broker.bootstrap in str(caught.value)
        assert broker.died() is None
        with pytest.raises(BrokerError, match="ends with the process that started it"):
            detached.down(tmp_path)


def test_a_detached_broker_outlives_its_command_and_ends_on_down(tmp_path: Path) -> None:
    """`up` leaves a broker that later commands find and use, a second `up` finds the same, and `down` ends it."""
    command = (
        "import sys, pathlib; from milepost.broker import detached; detached.up(pathlib.Path(sys.argv[1]), port=0)"
    )
    subprocess.run([sys.executable, "-c", command, str(tmp_path)], check=True, timeout=STARTED_WITHIN_S)
    try:
        found = detached.status(tmp_path)
        assert found is not None
        assert detached.up(tmp_path) == found
    finally:
        stopped = detached.down(tmp_path)
    assert stopped == found
    assert not alive(found.pid)
    assert detached.status(tmp_path) is None
    assert detached.down(tmp_path) is None


def test_a_recycled_pid_is_left_alone(tmp_path: Path) -> None:
    """A state file that survived its broker never makes `down` touch the process that has the pid now."""
    with subprocess.Popen(["sleep", "60"]) as bystander:
        (tmp_path / "lock").touch()
        state.write(tmp_path, "127.0.0.1:1", bystander.pid, bystander.pid, tmp_path / "kafka.log", owner_pid=0)
        assert detached.status(tmp_path) is None
        assert detached.down(tmp_path) is None
        assert bystander.poll() is None
        bystander.kill()
