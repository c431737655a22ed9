"""Kafka's jars, resolved by jgo from the Maven repository into the user's cache.

Only jgo's resolver is used, not its environments: those look for a JDK to sort jars into class path and module
path, and would fetch one from the network. Kafka needs a class path only.
"""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from milepost.broker.errors import JarsUnavailable
from milepost.broker.places import kafka_jars_dir

KAFKA_VERSION = "4.1.0"
Coordinates = tuple[tuple[str, str, str], ...]
"""(group, name, version) of each artifact asked for; what they stand on comes with them."""
COORDINATES: Coordinates = (("org.apache.kafka", "kafka_2.13", KAFKA_VERSION), ("org.slf4j", "slf4j-simple", "1.7.36"))
MANIFEST = "class-path.json"
ATTEMPTS = 3
DOWNLOADS_AT_ONCE = 8
RESOLVED_SCOPES = ("compile", "runtime")


def kafka_jars(jars_dir: Path | None = None, say: Callable[[str], None] | None = None) -> list[Path]:
    """The class path of the Kafka broker, downloading it the first time.

    Two processes that ask at the same time wait for each other. Raises JarsUnavailable.
    """
    root = jars_dir or kafka_jars_dir(KAFKA_VERSION)
    return kept_jars(root, COORDINATES, f"Apache Kafka {KAFKA_VERSION} (once, about 40 MB)", say)


def kept_jars(root: Path, coordinates: Coordinates, what: str, say: Callable[[str], None] | None = None) -> list[Path]:
    """The class path of the (group, name, version)s, kept in `root`; `what` is for people. Raises JarsUnavailable."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root / "lock"):
            return _complete(root) or _download(root, coordinates, what, say or (lambda line: None))
    except OSError as error:
        raise JarsUnavailable(f"cannot keep Kafka's jars in {root}: {error}") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _complete(root: Path) -> list[Path] | None:
    """The jars of a finished download, or None: sizes are compared, so a damaged cache is fetched again."""
    try:
        sizes: dict[str, int] = json.loads((root / MANIFEST).read_text())
        whole = all((root / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return None
    return [root / name for name in sizes] if whole and sizes else None


def _download(root: Path, coordinates: Coordinates, what: str, say: Callable[[str], None]) -> list[Path]:
    say(f"fetching {what} into {root}")
    logging.getLogger("jgo").setLevel(logging.ERROR)
    failure: Exception | None = None
    for _ in range(ATTEMPTS):
        # jgo writes in place: what an interrupted download left must not pass for a whole jar.
        shutil.rmtree(root / "repository", ignore_errors=True)
        try:
            return _write_manifest(root, _resolve(root / "repository", coordinates))
        except Exception as error:  # jgo raises requests', its own and bare RuntimeErrors alike
            failure = error
    raise JarsUnavailable(f"Kafka's jars cannot be had: {_first_line(failure)}") from failure


def _resolve(repository: Path, coordinates: Coordinates) -> list[Path]:
    """Resolve transitively and download; jgo checks each jar against the repository's SHA-1."""
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext
    from jgo.parse import Coordinate

    context = MavenContext(repo_cache=repository, remote_repos={"central": MAVEN_CENTRAL_URL})
    wanted = [
        context.create_dependency(Coordinate(group, name, version, scope="compile"))
        for group, name, version in coordinates
    ]
    inputs, transitive = context.resolver.resolve(wanted)
    found = [*inputs, *(one for one in transitive if one.scope in RESOLVED_SCOPES)]
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        return list(pool.map(_fetch, found))


def _fetch(dependency: Any) -> Path:
    return Path(dependency.artifact.resolve())


def _write_manifest(root: Path, jars: list[Path]) -> list[Path]:
    sizes = {str(jar.relative_to(root)): jar.stat().st_size for jar in jars}
    partial = root / f"{MANIFEST}.partial"
    partial.write_text(json.dumps(sizes, indent=1))
    partial.replace(root / MANIFEST)
    return jars


def _first_line(error: Exception | None) -> str:
    text = str(error).strip().splitlines()
    return text[0][:300] if text else type(error).__name__
