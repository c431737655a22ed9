"""One JSON object a line, whoever speaks: our loggers, Faust's, mode's and aiokafka's, prints, warnings, last words.

Ids come from ``extra=`` of the call or from ``telling`` around it; in a log they may stand, in a label never.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, TextIO

import orjson
from milepost.runtime.durable import exits

IDS = ("order_id", "command_id", "correlation_id", "trace_id", "span_id", "topic", "partition", "offset")

_told: ContextVar[Mapping[str, object]] = ContextVar("told", default=MappingProxyType({}))


@contextmanager
def telling(**ids: object) -> Iterator[None]:
    """Everything logged inside, also by tasks begun there, bears these of ``IDS``."""
    token = _told.set({**_told.get(), **ids})
    try:
        yield
    finally:
        _told.reset(token)


class JsonLines(logging.Formatter):
    """``constant`` are the fields of every line: which lane of which instance speaks."""

    def __init__(self, **constant: str) -> None:
        super().__init__()
        self._constant = constant

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"ts": at, "level": record.levelname.lower(), "logger": record.name}
        line |= {**self._constant, "message": _message(record)}
        told = _told.get()
        for name in IDS:
            if (value := getattr(record, name, told.get(name))) is not None:
                line[name] = value
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return as_json(line)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a call with wrong arguments must not cost the line
        return f"{record.msg} {record.args}"


def as_json(line: Mapping[str, object]) -> str:
    try:
        return orjson.dumps(line, default=str).decode()
    except TypeError:  # text that is no UTF-8, whole numbers beyond 64 bits
        return json.dumps(line, default=str)


class _Spoken(io.TextIOBase):
    """Stands for stdout or stderr: whole lines go to the log."""

    encoding = "utf-8"

    def __init__(self, real: TextIO, level: int) -> None:
        self._real, self._level = real, level
        self._rest = ""
        self._one = threading.RLock()
        self._log = logging.getLogger(real.name.strip("<>"))

    @property
    def buffer(self) -> Any:
        """What is written here is passed on as it is: a child's lines, which are JSON already."""
        return self._real.buffer

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._one:
            *lines, self._rest = (self._rest + text).split("\n")
            for line in lines:
                self._tell(line)
        return len(text)

    def flush(self) -> None:
        with self._one:
            rest, self._rest = self._rest, ""
            self._tell(rest)

    def fileno(self) -> int:
        return self._real.fileno()

    def _tell(self, line: str) -> None:
        if line.strip():
            self._log.log(self._level, "%s", line)


class _Lines(logging.StreamHandler[TextIO]):
    """Where a line cannot be written, by a full disk or a reader that went away, it is lost and the work goes on."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Said on stderr, as the library does, it would come back here for ever."""


def install(level: str, **constant: str) -> None:
    """From now on everything this process says on stdout or stderr is JSON, on stderr. Once, before anything else."""
    real = sys.__stderr__
    assert real is not None
    handler = _Lines(real)
    handler.setFormatter(JsonLines(**constant))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level.upper())
    sys.stdout, sys.stderr = _Spoken(sys.stdout, logging.INFO), _Spoken(real, logging.ERROR)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    sys.excepthook = _crashed
    threading.excepthook = lambda told: _crashed(told.exc_type, told.exc_value, told.exc_traceback)
    exits.last_line = lambda reason: handler.format(_last(reason))


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None:
        logging.getLogger("milepost").critical("%s: %s", kind.__name__, error, exc_info=(kind, error, trace))


def _last(reason: str) -> logging.LogRecord:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # nobody does it after this line
    return logging.LogRecord("milepost", logging.CRITICAL, "", 0, exits.plain_last_line(reason), None, None)
