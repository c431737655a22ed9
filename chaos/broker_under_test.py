"""A real Kafka that may be killed, stopped and started again under the same address, with a proxy before it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from milepost.broker import kafka, state
from milepost.broker.errors import BrokerError
from milepost.broker.node import HOST, Proxied
from milepost.chaos.proxy import Proxy
from milepost.chaos.steady_ports import steady_ports

PREFIX, DATA = "milepost-chaos-kafka-", "kafka"
"""How a broker's directory begins, and where its data are in it. They are made after the directory was locked: one
without data may be of a broker that is just beginning."""

READY_WITHIN_S: Final = 120.0
"""After a kill -9 it reads all its logs again, beside a dozen processes that are starting as well."""


class BrokerUnderTest:
    """One broker over several lives. `bootstrap` is the plain door, `proxied_bootstrap` the one behind `proxy`.

    Made by `start`. The directory is ours: it outlives kills and goes with `stop`, or with the next `start` when we
    were killed ourselves. Usable where a `milepost.broker.choose.Broker` is: while it is down on purpose, `died` says
    nothing. `log_file`: the broker's log, over all its lives; it goes with the directory unless it is elsewhere.
    """

    def __init__(self, directory: Path, port: int, door: Proxied, proxy: Proxy, log_file: Path | None = None) -> None:
        self._directory, self._port, self._door, self.proxy = directory, port, door, proxy
        self._held = ExitStack()
        self._held.enter_context(state.exclusive(directory))  # while the broker is down its own lock is not held
        self._data_dir = directory / DATA
        self._data_dir.mkdir()
        self.log_file = log_file or self._data_dir / "kafka.log"
        self.bootstrap, self.proxied_bootstrap = f"{HOST}:{port}", proxy.bootstrap
        self._running: kafka.RunningBroker | None = None
        self._changing = threading.Lock()
        self.starts = 0

    @classmethod
    def start(cls, say: Callable[[str], None] | None = None, log_file: Path | None = None) -> BrokerUnderTest:
        """Start proxy and broker; blocks until the broker answers. Raises BrokerError, ProxyError."""
        remove_left_behind(Path(tempfile.gettempdir()))
        port, behind, front = steady_ports(HOST, 3)
        proxy = Proxy.start(front, behind)
        it = cls(Path(tempfile.mkdtemp(prefix=PREFIX)), port, Proxied(behind, proxy.port), proxy, log_file)
        try:
            it.revive(say)
        except BaseException:
            it.stop()
            raise
        return it

    @property
    def pid(self) -> int | None:
        """Of the JVM; None while it is down."""
        return None if self._running is None else self._running.pid

    def kill(self) -> None:
        """kill -9 the JVM and wait until it is gone; its data stay. Nothing to do while it is down."""
        with self._changing:
            if self._running is None:
                return
            if self._running.died() is None:
                os.kill(self._running.pid, signal.SIGKILL)
            self._running.stop()
            self._running = None

    def revive(self, say: Callable[[str], None] | None = None) -> None:
        """Start it on the same data and ports; blocks until it answers. Nothing to do while it runs.

        Raises BrokerError, also when the port was taken meanwhile.
        """
        with self._changing:
            if self._running is None:
                self._running = self._started(say)
                self.starts += 1

    def suspend(self) -> None:
        """SIGSTOP the JVM: connections stand, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT the JVM; harmless while it runs."""
        self._signal(signal.SIGCONT)

    def died(self) -> BrokerError | None:
        """The error to show when it ended though nobody killed it."""
        running = self._running
        return None if running is None or self._changing.locked() else running.died()

    def stop(self) -> None:
        """End broker and proxy and remove the data; a second call does nothing."""
        self.kill()
        self.proxy.stop()
        shutil.rmtree(self._directory, ignore_errors=True)
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _started(self, say: Callable[[str], None] | None) -> kafka.RunningBroker:
        running = kafka.start(
            self._data_dir, port=self._port, log_file=self.log_file, proxied=self._door, say=say,
            ready_within_s=READY_WITHIN_S,
        )  # fmt: skip
        if running.bootstrap != self.bootstrap:
            running.stop()
            raise BrokerError(f"the broker's port {self._port} was taken while it was down")
        return running

    def _signal(self, number: signal.Signals) -> None:
        with self._changing:
            if self._running is not None and self._running.died() is None:
                os.kill(self._running.pid, number)


def remove_left_behind(where: Path) -> None:
    """Remove what brokers left whose process was killed: neither it nor a guard that still stops one holds a lock."""
    for data_dir in where.glob(f"{PREFIX}*/{DATA}"):
        if not state.locked(data_dir.parent) and not state.locked(data_dir):
            shutil.rmtree(data_dir.parent, ignore_errors=True)
