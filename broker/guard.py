"""The process between us and the JVM. It outlives whoever started it by exactly as long as a clean stop takes.

Run as a program: `python guard.py SPEC`, SPEC being JSON (see Spec). It starts the JVM, prints its pid, and stops it
when the life line (its standard input, a pipe held by the parent) closes, which also happens when the parent is
killed, or on SIGTERM. If the guard itself is killed, the kernel kills the JVM (Linux). Its exit code is the JVM's.

A death signal alone, asked for by the parent, would not do: Linux ties it to the *thread* that forked.
Standard library only: it runs isolated from our package.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TypedDict

POLL_S = 0.2
PR_SET_PDEATHSIG = 1


class Spec(TypedDict):
    """What the guard has to do. `lock_fd` is only kept open: the lock on the data directory lives as long as we do."""

    command: list[str]
    work_dir: str  # where a crashing JVM writes its report
    log_file: str
    parent_pid: int  # 0: detached, no life line
    lock_fd: int
    state_file: str  # removed at the end
    remove_dir: str  # removed after a stop, kept with its log when the JVM died by itself; "" keeps everything
    grace_s: float  # how long a clean stop may take; 0 kills at once


def dumps(spec: Spec) -> str:
    """The program's one argument."""
    return json.dumps(spec)


def main(spec: Spec) -> int:
    """Guard one JVM from start to end."""
    terminated: list[int] = []
    # Ctrl-C and a closed terminal reach the parent, who then closes the life line: the stop stays an orderly one.
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: terminated.append(number))
    jvm = _start(spec)
    print(jvm.pid, flush=True)
    while jvm.poll() is None and not terminated and _wanted(spec):
        pass
    code = jvm.poll()
    if code is None:
        _stop(jvm, spec["grace_s"])
        _remove(spec["remove_dir"])
        code = 0
    Path(spec["state_file"]).unlink(missing_ok=True)
    return code if code >= 0 else 128 - code


def _start(spec: Spec) -> subprocess.Popen[bytes]:
    with open(spec["log_file"], "ab") as log:
        return subprocess.Popen(
            spec["command"],
            cwd=spec["work_dir"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_guard,  # safe: this process has one thread
        )


def _die_with_guard() -> None:
    # No kernel support outside Linux; there only the life line protects.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _wanted(spec: Spec) -> bool:
    """Wait a moment; whether the parent still wants the JVM."""
    if not spec["parent_pid"]:
        time.sleep(POLL_S)
        return True
    readable, _, _ = select.select([0], [], [], POLL_S)
    # A forked sibling may hold the pipe open after the parent is gone: so look at the parent's pid as well.
    return not (readable and not os.read(0, 1)) and os.getppid() == spec["parent_pid"]


def _stop(jvm: subprocess.Popen[bytes], grace_s: float) -> None:
    if grace_s > 0:
        jvm.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            jvm.wait(grace_s)
            return
    jvm.kill()
    jvm.wait()


def _remove(directory: str) -> None:
    if directory:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
