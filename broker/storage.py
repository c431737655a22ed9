"""The directory of a Kafka node: its log file, its configuration, and its storage, formatted once."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

from milepost.broker.errors import broker_died
from milepost.broker.node import Proxied, cluster_id, java_command, properties
from milepost.broker.secured import Secured, scram_arguments

FORMAT_WITHIN_S = 60.0
LOG_LIMIT_BYTES = 8 * 1024 * 1024


def make_room(log: Path) -> None:
    """One earlier log is kept beside a log that has grown too long."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(log.suffix + ".1"))


def format_once(jars: list[Path], where: Path, log: Path, secured: Secured | None = None) -> None:
    """Format the storage unless that was done before; the mark is ours, since half a format leaves files too."""
    mark = where / "formatted"
    if mark.exists():
        return
    config = write_config(where, 0, 0, secured=secured)
    identity = cluster_id(where)
    command = java_command(
        jars, "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", identity, "-c", str(config),
        *(scram_arguments(secured) if secured else ()),
    )  # fmt: skip
    with log.open("ab") as out:
        try:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=FORMAT_WITHIN_S, check=True
            )
        except subprocess.SubprocessError:  # its text is the whole class path: the log says more
            raise broker_died(f"Kafka's storage in {where} could not be formatted", log) from None
    mark.write_text(f"{identity}\n")


def write_config(
    where: Path, port: int, controller_port: int, proxied: Proxied | None = None, secured: Secured | None = None
) -> Path:
    """Write server.properties anew: the ports differ from start to start."""
    config = where / "server.properties"
    config.touch(mode=0o600)  # it may hold a password
    config.write_text(properties(where, port, controller_port, proxied, secured))
    return config
