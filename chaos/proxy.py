"""The handle of a proxy process, in the process that plays the faults."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
END_WITHIN_S = 10.0


class ProxyError(Exception):
    """The proxy could not be started, has ended, or did not understand. One clear line."""


class Proxy:
    """A running proxy. `bootstrap` is where its clients go. A context manager: leaving it ends the process.

    `ask` blocks for as long as a line through a pipe takes, and may be called from any thread.
    """

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self._one_at_a_time = threading.Lock()
        self.port, self.pid, self.bootstrap = port, process.pid, f"{HOST}:{port}"

    @classmethod
    def start(cls, listen_port: int, upstream_port: int) -> Proxy:
        """Start a proxy of 127.0.0.1:upstream_port. Raises ProxyError."""
        command = [sys.executable, "-m", "milepost.chaos.proxy_process"]
        process = subprocess.Popen(
            [*command, "--listen", str(listen_port), "--upstream", str(upstream_port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said:
            raise ProxyError(f"the proxy did not start (code {process.wait()})")
        return cls(process, json.loads(said)["port"])

    def ask(self, do: str, **order: str | int | float) -> dict[str, Any]:
        """Give one order; returns the counts since the start (see `proxy_process`). Raises ProxyError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._one_at_a_time:
            try:
                self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
                self._process.stdin.flush()
                said = self._process.stdout.readline()
            except (OSError, ValueError) as error:
                raise ProxyError(f"the proxy at {self.bootstrap} is gone: {error}") from error
        if not said:
            raise ProxyError(f"the proxy at {self.bootstrap} has ended (code {self._process.poll()})")
        answer: dict[str, Any] = json.loads(said)
        if "refused" in answer:
            raise ProxyError(f"the proxy refused {do}: {answer['refused']}")
        return answer

    def stop(self) -> None:
        """End the process; a second call does nothing."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it had ended before
                self._process.stdin.close()
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
