"""What the peers run in: a virtual environment for each Python peer, and the jars and classes of Kafka Streams.

Made once, kept in .bench/. A peer that cannot be had is a row that says why, never a benchmark that fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from milepost.bench.places import KEPT, PEERS
from milepost.broker.errors import JarsUnavailable
from milepost.broker.jars import KAFKA_VERSION, kept_jars

INSTALL_WITHIN_S = 300.0
COMPILE_WITHIN_S = 120.0
COMPILE_SOURCE = PEERS / "streams" / "StreamsPeer.java"
STREAMS = (
    ("org.apache.kafka", "kafka-streams", KAFKA_VERSION),
    ("com.alibaba.fastjson2", "fastjson2", "2.0.57"),
    ("org.slf4j", "slf4j-simple", "1.7.36"),
)
JVM_FLAGS = ("-Xmx2g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
Say = Callable[[str], None]


class Missing(Exception):
    """A peer that this machine cannot run, and why: one line."""


def python_of(environment: str, say: Say) -> str:
    """The interpreter of a peer's own virtual environment, made when its requirements changed. Raises Missing."""
    requirements = PEERS / f"requirements-{environment}.txt"
    where = KEPT / "venvs" / environment
    python, mark = where / "bin" / "python", where / "installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (mark.exists() and mark.read_text() == wanted and python.exists()):
        say(f"installing {environment} into {where}")
        shutil.rmtree(where, ignore_errors=True)
        venv.create(where, with_pip=True)
        command = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(requirements),
        ]
        _run(command, INSTALL_WITHIN_S, f"{environment} cannot be installed")
        mark.write_text(wanted)
    return str(python)


def own_python() -> str:
    """The interpreter that runs this: Milepost's own."""
    return sys.executable


def java_command(say: Say) -> list[str]:
    """The command line of Kafka Streams up to its argument, compiled when its source changed. Raises Missing."""
    java, javac = _jdk()
    try:
        jars = kept_jars(KEPT / "streams" / "jars", STREAMS, f"Kafka Streams {KAFKA_VERSION} (once, about 90 MB)", say)
    except JarsUnavailable as error:
        raise Missing(str(error).splitlines()[0]) from error
    classes = KEPT / "streams" / "classes"
    class_path = os.pathsep.join([str(classes), *map(str, jars)])
    if not _newer(classes / "StreamsPeer.class", COMPILE_SOURCE):
        classes.mkdir(parents=True, exist_ok=True)
        command = [javac, "-nowarn", "-d", str(classes), "-cp", class_path, str(COMPILE_SOURCE)]
        _run(command, COMPILE_WITHIN_S, "Kafka Streams' program does not compile")
    return [java, *JVM_FLAGS, "-cp", class_path, "StreamsPeer"]


def _jdk() -> tuple[str, str]:
    """java and javac of one JDK: JAVA_HOME's, else the path's."""
    home = os.environ.get("JAVA_HOME", "")
    found = [shutil.which(name, path=str(Path(home) / "bin")) if home else None for name in ("java", "javac")]
    java, javac = [one or shutil.which(name) for one, name in zip(found, ("java", "javac"), strict=True)]
    if not (java and javac):
        raise Missing("no JDK: neither JAVA_HOME nor the path has java and javac")
    return java, javac


def _newer(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime


def _run(command: list[str], within_s: float, failure: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=within_s)
    except subprocess.CalledProcessError as error:
        said = [line for line in (error.stderr or "").strip().splitlines() if line.strip()]
        raise Missing(f"{failure}: {said[-1][:200] if said else error}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{failure}: {str(error)[:200]}") from error
