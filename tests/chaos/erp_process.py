"""The ERP as a process at a fixed address, killed and started again with its books."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from milepost.broker.node import HOST
from milepost.chaos.steady_ports import steady_ports


class ErpProcess:
    """A context manager. ``options`` go to the ERP's command line; its books are in ``folder``."""

    def __init__(self, folder: Path, *options: str) -> None:
        port = steady_ports(HOST, 1)[0]
        self._command = [
            sys.executable, "-m", "milepost.simulators.erp", "--port", str(port),
            "--books", str(folder / "erp-books.jsonl"), *options,
        ]  # fmt: skip
        self.url = f"http://{HOST}:{port}"
        self._process = self._started()

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """kill -9, and start it again."""
        self._end()
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == self.url
        return process

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
