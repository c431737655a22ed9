"""A lane as the process it is in production, with its page, on a Kafka of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from milepost.broker.readiness import free_ports

HOST = "127.0.0.1"


class Got(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def get(port: int, path: str, method: str = "GET", **headers: str) -> Got | None:
    """What the page answers, None while nobody listens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://{HOST}:{port}{path}", method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Got(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as refused:
        return Got(refused.code, dict(refused.headers), refused.read())
    except (urllib.error.URLError, ConnectionError):
        return None


def until(holds: Callable[[], bool], within_s: float, said: Callable[[], object] = lambda: "") -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s: {said()}"
        time.sleep(0.1)


class LanePage:
    """`milepost worker LANE --no-supervise` and its page. A context manager: leaving it kills the process."""

    def __init__(self, lane: str, broker: str, folder: Path, **settings: str) -> None:
        self.port = int(settings.get("MILEPOST_WEB_PORT", free_ports(HOST, 1)[0]))
        self.log = folder / f"{lane}-{settings.get('MILEPOST_INSTANCE', '0')}.log"
        own = {
            "MILEPOST_BROKER": broker, "MILEPOST_DATA_DIR": str(folder / "data"), "MILEPOST_WEB_PORT": str(self.port),
            "MILEPOST_TICKS": "external",
        }  # fmt: skip
        command = [sys.executable, "-m", "milepost.commands.main", "worker", lane, "--no-supervise"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=os.environ | own | settings, stdout=log, stderr=log)

    def get(self, path: str, method: str = "GET", **headers: str) -> Got | None:
        return get(self.port, path, method, **headers)

    def status(self, path: str) -> int:
        """The answer's code, 0 while nobody listens."""
        found = self.get(path)
        return found.status if found else 0

    def page(self) -> str:
        found = self.get("/metrics")
        assert found is not None
        return found.text

    def until_status(self, path: str, status: int, within_s: float = 60.0) -> LanePage:
        until(lambda: self.status(path) == status, within_s, self.said)
        return self

    def said(self) -> str:
        return self.log.read_text()

    def __enter__(self) -> LanePage:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
