"""Small real programs for the supervisor to run, written to a directory and importable by the child only."""

from __future__ import annotations

import os
from pathlib import Path

PROGRAMS = {
    "steady_program": """
import sys, time
from milepost.runtime.lifeline import announce_ready
announce_ready()
print("steady", *sys.argv[1:], flush=True)
time.sleep(600)
""",
    "crashing_program": """
import sys
print("cannot go on", flush=True)
sys.exit(int(sys.argv[1]))
""",
    "forgetful_program": """
import pathlib, sys
mark = pathlib.Path(sys.argv[1])
if mark.exists():
    sys.exit(8)
mark.touch()
print("milepost: process ends: the first time", flush=True)
sys.exit(7)
""",
    "stubborn_program": """
import signal, time
from milepost.runtime.lifeline import announce_ready
signal.signal(signal.SIGTERM, signal.SIG_IGN)
announce_ready()
time.sleep(600)
""",
    "listening_program": """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
""",
    "repeating_program": """
import asyncio, os, sys
from pathlib import Path
from milepost.runtime.child_process import Child, Restarts
from milepost.runtime.supervisor import Supervisor

async def main():
    environment = {"PYTHONPATH": os.environ["PYTHONPATH"]}
    child = Child(name="crashing_program", module="crashing_program", arguments=("7",), environment=environment,
                  repeated=True)
    async with Supervisor([child], Path(sys.argv[1]), restarts=Restarts(loop_exits=2)) as supervisor:
        await supervisor.wait_given_up("crashing_program", asyncio.Event())
        print(supervisor.lives["crashing_program"].reason)

asyncio.run(main())
""",
    "parent_program": """
import asyncio, os, sys
from pathlib import Path
from milepost.runtime.child_process import Child
from milepost.runtime.supervisor import Supervisor

async def main():
    environment = {"PYTHONPATH": os.environ["PYTHONPATH"]}
    names = ("steady_program", "stubborn_program")
    children = [Child(name=name, module=name, environment=environment) for name in names]
    async with Supervisor(children, Path(sys.argv[1])) as supervisor:
        await supervisor.wait_ready(30)
        print(*(life.pid for life in supervisor.lives.values()), flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
""",
}


def write_programs(directory: Path) -> dict[str, str]:
    """Write the programs; returns the environment in which a child finds them."""
    for name, text in PROGRAMS.items():
        (directory / f"{name}.py").write_text(text)
    return {"PYTHONPATH": str(directory), "PYTHONDONTWRITEBYTECODE": "1"}


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def pages_port() -> str:
    """The first of four ports in a row that no other process of the tests asks for."""
    return str(20_000 + os.getpid() % 2500 * 4)
