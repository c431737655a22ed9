"""A Prometheus of our own on this machine: scrapes the processes of one run each second, with our recording rules."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from milepost.broker.readiness import free_ports
from milepost.k8s.monitoring.groups import GROUPS

HOST = "127.0.0.1"
SCRAPE_S = 1
READY_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0
ANSWER_WITHIN_S = 30.0
MISSING = "no prometheus here: install the Debian package `prometheus`, or put the program on the PATH"


class PrometheusMissing(Exception):
    """There is no such program; the text says how to get it."""


class QueryFailed(Exception):
    """Prometheus refused the query; the text says why."""


class Series(NamedTuple):
    """``points``: (Unix time, value), the times ascending."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


class Prometheus:
    def __init__(self, url: str) -> None:
        self.url = url

    def over(self, expr: str, start_s: float, end_s: float, step_s: float) -> list[Series]:
        """Return the series between two times. QueryFailed."""
        found = self._ask("query_range", query=expr, start=str(start_s), end=str(end_s), step=f"{step_s:g}")
        return [Series(one["metric"], tuple((at, float(value)) for at, value in one["values"])) for one in found]

    def now(self, expr: str) -> list[Series]:
        """Return the series as they are now, one point each. QueryFailed."""
        found = self._ask("query", query=expr)
        return [Series(one["metric"], ((one["value"][0], float(one["value"][1])),)) for one in found]

    def _ask(self, what: str, **wanted: str) -> list[dict[str, Any]]:
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(wanted)}"
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_WITHIN_S) as answer:
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
                return found
        except urllib.error.HTTPError as error:
            raise QueryFailed(json.load(error).get("error", str(error))) from None


@contextmanager
def scraping(pages: Mapping[str, str], directory: Path) -> Iterator[Prometheus]:
    """Scrape ``pages`` (name of a process -> the address of its metrics) until left. PrometheusMissing."""
    program = shutil.which("prometheus")
    if program is None:
        raise PrometheusMissing(MISSING)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "rules.yaml").write_text(yaml.safe_dump({"groups": quick_rules()}))
    (directory / "prometheus.yaml").write_text(yaml.safe_dump(config(pages)))
    (port,) = free_ports(HOST, 1)
    command = [
        program, f"--config.file={directory / 'prometheus.yaml'}", f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={HOST}:{port}", "--log.level=warn", "--enable-feature=exemplar-storage",
    ]  # fmt: skip
    with (directory / "prometheus.log").open("wb") as log:
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        url = f"http://{HOST}:{port}"
        _wait(running, url, directory / "prometheus.log")
        yield Prometheus(url)
    finally:
        running.terminate()
        try:
            running.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def config(pages: Mapping[str, str]) -> dict[str, Any]:
    """Return the configuration: labels as a cluster's scrape gives them, the lane from the name of the process."""
    targets = []
    for name, page in pages.items():
        where = urllib.parse.urlsplit(page)
        lane = name.rstrip("0123456789").rstrip("-")
        pod = name if name != lane else f"{lane}-0"  # as a StatefulSet would call it
        targets.append({"targets": [where.netloc], "labels": {"lane": lane, "pod": pod, "namespace": "local"}})
    return {
        "global": {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [{"job_name": "milepost", "honor_labels": True, "static_configs": targets}],
    }


def quick_rules() -> list[dict[str, Any]]:
    """Return our rules, evaluated at every scrape: a run is shorter than their own intervals."""
    return [group.manifest() | {"interval": f"{SCRAPE_S}s"} for group in GROUPS]


def _wait(running: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while running.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"Prometheus did not start: {log.read_text(errors='replace')[-500:]}")
