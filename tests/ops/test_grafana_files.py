"""What Grafana, Prometheus, Docker and kustomize read beside the dashboards: each file fits the others and the code."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from milepost.broker.jars import KAFKA_VERSION
from milepost.grafana.boards import BOARDS
from milepost.grafana.rules import rules_file
from milepost.metrics.labels import CLOSED
from milepost.runtime.settings import from_environment
from milepost.runtime.topic_kinds import LANES

GRAFANA = Path(__file__).parent.parent.parent / "grafana"
WITHIN_S = 60
LIMIT_BYTES = 1024 * 1024
Yaml = dict[str, Any]


def read(name: str) -> Yaml:
    found: Yaml = yaml.safe_load((GRAFANA / name).read_text())
    return found


@pytest.fixture
def services() -> dict[str, Yaml]:
    found: dict[str, Yaml] = read("compose.yaml")["services"]
    return found


def run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False, cwd=cwd)


def test_kustomize_makes_a_config_map_of_every_dashboard() -> None:
    """Each dashboard is a ConfigMap of its own with the label that Grafana's sidecar looks for, a stable name and the
    committed text, and within a ConfigMap's size."""
    if shutil.which("kubectl") is None:
        pytest.skip("the ConfigMaps of dashboards were not made: install kubectl 1.32 or later")
    done = run("kubectl", "kustomize", str(GRAFANA))
    assert not done.returncode, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    assert {one["metadata"]["name"] for one in made} == {f"milepost-dashboard-{name}" for name in BOARDS}
    for one in made:
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        ((file, text),) = one["data"].items()
        assert text == (GRAFANA / "dashboards" / file).read_text()
        assert len(text.encode()) < LIMIT_BYTES


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    """promtool accepts the configuration with the rules it names, and refuses it with an interval that is none."""
    if shutil.which("promtool") is None:
        pytest.skip("Prometheus's configuration was not checked: install the Debian package `prometheus`")
    (tmp_path / "rules.yaml").write_text(rules_file())
    text = (GRAFANA / "prometheus.yaml").read_text().replace("/etc/prometheus", str(tmp_path))
    config = tmp_path / "prometheus.yml"
    config.write_text(text)
    done = run("promtool", "check", "config", str(config))
    assert not done.returncode, done.stdout + done.stderr
    config.write_text(text.replace("scrape_interval: 5s", "scrape_interval: soon"))
    assert run("promtool", "check", "config", str(config)).returncode


def test_prometheus_scrapes_every_process_with_the_labels_of_a_cluster(services: dict[str, Yaml]) -> None:
    """Every lane and the lag-watcher are scraped at the port they are told, and a series' own lane holds."""
    (job,) = read("prometheus.yaml")["scrape_configs"]
    assert job["honor_labels"] is True
    found = {one["labels"]["lane"]: one for one in job["static_configs"]}
    assert found.keys() == CLOSED["lane"]
    for lane, one in found.items():
        port = services[lane]["environment"]["MILEPOST_WEB_PORT"]
        assert one["targets"] == [f"{lane}:{port}"]
        assert one["labels"].keys() == {"lane", "pod", "namespace"}


def test_the_datasources_interval_is_the_scrapes() -> None:
    """Grafana knows how often Prometheus scrapes, or its rate interval would be too short for any rate."""
    (source,) = read("provisioning/datasources/prometheus.yaml")["datasources"]
    assert source["jsonData"]["timeInterval"] == read("prometheus.yaml")["global"]["scrape_interval"]
    assert source["type"] == "prometheus"
    assert source["isDefault"]


def test_grafana_is_given_what_its_provisioning_reads(services: dict[str, Yaml]) -> None:
    """The path of dashboards, the address of Prometheus and the first page are where the compose file puts them."""
    grafana = services["grafana"]
    places = dict(volume.split(":")[:2] for volume in grafana["volumes"])
    (provider,) = read("provisioning/dashboards/milepost.yaml")["providers"]
    assert places["./dashboards"] == provider["options"]["path"]
    assert places["./provisioning"] == "/etc/grafana/provisioning"
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert home.parent == Path(places["./dashboards"])
    assert home.stem in BOARDS
    (source,) = read("provisioning/datasources/prometheus.yaml")["datasources"]
    assert grafana["environment"][source["url"].removeprefix("$")] == "http://prometheus:9090"


def test_compose_runs_every_lane_as_the_code_has_it(services: dict[str, Yaml]) -> None:
    """Each lane is a service of its name that runs it, with settings that exist; every named service and file is there;
    images have versions, ports are on the loopback interface alone."""
    assert {*LANES, "lag-watcher", "kafka", "topics", "erp", "prometheus", "grafana"} <= services.keys()
    for lane in LANES:
        assert services[lane]["command"] == ["worker", lane, "--no-supervise"]
    for name, service in services.items():
        from_environment({k: v for k, v in service.get("environment", {}).items() if k.startswith("MILEPOST_")})
        assert set(service.get("depends_on", {})) <= services.keys(), name
        assert re.search(r":[v\d][\w.]*$|^milepost:local$", service["image"]), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        for volume in service.get("volumes", ()):
            place = volume.split(":")[0]
            assert place == "./rules.yaml" or (GRAFANA / place).exists(), place  # the rules are written by make
    assert services["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_docker_takes_the_compose_file() -> None:
    """`docker compose config` finds nothing wrong, where Docker has that command."""
    if shutil.which("docker") is None or run("docker", "compose", "version").returncode:
        pytest.skip("`docker compose config` did not run: install Docker with its compose plugin")
    done = run("docker", "compose", "-f", str(GRAFANA / "compose.yaml"), "config", "--quiet")
    assert not done.returncode, done.stderr
