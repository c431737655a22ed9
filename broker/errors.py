"""What can go wrong with a local broker; every message begins with one clear line."""

from __future__ import annotations

from pathlib import Path

TAIL_LINES = 8
TAIL_BYTES = 64 * 1024
LINE_CHARS = 300


class BrokerError(Exception):
    """A local broker could not be started, reached or stopped. The person at the keyboard must act."""


class JarsUnavailable(BrokerError):
    """Kafka's jars are neither in the cache nor to be had from the Maven repository."""


class BrokerBusy(BrokerError):
    """Another broker already runs on the same data directory."""


def log_tail(log_file: Path, lines: int = TAIL_LINES) -> list[str]:
    """The last non-empty lines of a log, each cut to a readable length; an unreadable log has none."""
    try:
        with log_file.open("rb") as log:
            size_bytes = log.seek(0, 2)
            log.seek(max(0, size_bytes - TAIL_BYTES))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line[:LINE_CHARS] for line in text.splitlines() if line.strip()][-lines:]


def broker_died(what: str, log_file: Path) -> BrokerError:
    """One clear line, then the log's tail indented below it."""
    tail = "".join(f"\n  | {line}" for line in log_tail(log_file))
    return BrokerError(f"{what}; its log is {log_file}{tail}")
