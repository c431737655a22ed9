"""The image is what the Dockerfile promises: small, without a name that can do anything, and of our version."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from milepost.broker.readiness import free_ports
from milepost.tests.ops.image import WITHIN_S, WRITABLE, Image, built
from milepost.tests.ops.image_packages import LIST, LOCAL, ROOT, listed
from milepost.tests.ops.lane_page import HOST, get, until

# The first build on a machine makes a base, which takes minutes.
pytestmark = pytest.mark.timeout(2 * WITHIN_S)

MB = 1_000_000
MOST_MB = 250
MOST_OVER_BASE_MB = 100
"""The published base has some 130 MB."""
TOLD = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, PACKAGES = TOLD["project"], TOLD["tool"]["setuptools"]["packages"]
DATA = TOLD["tool"]["setuptools"]["package-data"]["milepost"]
USER = 10001
HADOLINT = Path(sys.executable).parent / "hadolint"
DISTRIBUTIONS = """
import json, re
from importlib.metadata import distributions
print(json.dumps({re.sub("[-_.]+", "-", one.name).lower(): one.version for one in distributions()}))
"""
UNMET = """
import json
from importlib.metadata import PackageNotFoundError, distributions, version
from packaging.requirements import Requirement
def unmet(line):
    asked = Requirement(line)
    if asked.marker and not asked.marker.evaluate({"extra": ""}):
        return False
    try:
        return not asked.specifier.contains(version(asked.name), prereleases=True)
    except PackageNotFoundError:
        return True
print(json.dumps([Requirement(line).name for one in distributions() for line in one.requires or [] if unmet(line)]))
"""
IMPORTS = """
import importlib, json, pkgutil, milepost
names = [one.name for one in pkgutil.walk_packages(milepost.__path__, "milepost.") if not one.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(json.dumps(len(names)))
"""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with built() as there:
        yield there


def _linted(dockerfile: str) -> str:
    return subprocess.run(
        [HADOLINT, "--no-color", "-"], input=dockerfile, capture_output=True, text=True, timeout=60, check=False
    ).stdout


def test_hadolint_has_nothing_to_say() -> None:
    """The Dockerfile is clean to hadolint, which names what is wrong in one that is not."""
    text = (ROOT / "Dockerfile").read_text()
    assert _linted(text) == ""
    assert "DL3025" in _linted(text.replace('ENTRYPOINT ["milepost"]', "ENTRYPOINT milepost"))


def test_the_base_is_pinned_by_digest() -> None:
    """Both stages stand on one base, named by release and digest."""
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(
        r"^ARG PYTHON=docker\.io/library/python:3\.\d+\.\d+-slim-bookworm@sha256:[0-9a-f]{64}$", text, re.M
    )
    assert re.findall(r"^FROM (\S+)", text, re.M) == ["${PYTHON}", "${PYTHON}"]


def test_the_list_of_packages_is_that_of_the_project() -> None:
    """What the image installs is what pyproject.toml and constraints.txt lead to, without the local Kafka."""
    assert LIST.read_text() == listed(), "run: python -m milepost.tests.ops.image_packages"


def test_what_is_sent_to_the_build_is_what_is_packaged() -> None:
    """.dockerignore lets through the packages, their data and what installs them, and no more."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"]
    rooms = {name.split(".")[1] for name in PACKAGES if "." in name} | {"policies", "reference", "dialects", "app.py"}
    files = {"LICENSE", "README.md", "constraints.txt", LIST.name, "pyproject.toml"}
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line[0] == "!"} == rooms | files


def test_it_is_small(image: Image) -> None:
    """All files together stay below 250 MB, and ours below what the published base leaves of that."""
    whole, base = image.sizes()
    print(f"{whole / MB:.0f} MB, of which {(whole - base) / MB:.0f} MB over the stand-in base")
    assert whole < MOST_MB * MB
    assert whole - base < MOST_OVER_BASE_MB * MB


def test_it_says_who_runs_what(image: Image) -> None:
    """A numeric user, our program itself as process 1, its signal, our version; health is not the image's to ask."""
    said = image.configuration
    assert said["User"] == f"{USER}:{USER}"
    assert said["Entrypoint"] == ["milepost"]
    assert said["StopSignal"] == "SIGTERM"
    assert said["Labels"]["org.opencontainers.image.version"] == PROJECT["version"]
    assert said["Labels"]["org.opencontainers.image.licenses"] == PROJECT["license"]
    assert "Healthcheck" not in said


def test_it_runs_as_its_user(image: Image) -> None:
    """buildah starts it as uid 10001, and it prints our version."""
    said = image.plain_run("sh", "-c", "id -u && milepost --version && command -v python && command -v sleep").split()
    assert said[:3] == [str(USER), "milepost", PROJECT["version"]]
    assert [Path(one).name for one in said[3:]] == ["python", "sleep"]


def test_its_packages_are_those_of_the_list(image: Image) -> None:
    """The environment holds the listed packages and Milepost: no pip, no compiler, no test, no Java."""
    pinned = dict(line.lower().split("==") for line in LIST.read_text().splitlines() if line[0] != "#")
    expected = {re.sub("[-_.]+", "-", name): version for name, version in pinned.items()}
    assert image.python(DISTRIBUTIONS) == expected | {PROJECT["name"]: PROJECT["version"]}


def test_nothing_is_missing_but_the_local_kafka(image: Image) -> None:
    """Every requirement of every package is met in the image, less the three of the local Kafka."""
    assert set(image.python(UNMET)) == LOCAL


def test_every_module_can_be_imported(image: Image) -> None:
    """No module needs what the image leaves out before it is told to start a Kafka; and all modules are there."""
    theirs = image.root.glob("opt/milepost/lib/python3*/site-packages/milepost/**/*.*")
    rooms = (ROOT / name.partition(".")[2].replace(".", "/") for name in PACKAGES)
    ours = [path for room in rooms for path in room.glob("*.py")]
    ours += [path for pattern in DATA for path in ROOT.glob(pattern.replace("/**", "/**/*")) if "." in path.name]
    found = {re.sub(".*/site-packages/milepost/", "", str(path)) for path in theirs if path.suffix != ".pyc"}
    assert found == {str(path.relative_to(ROOT)) for path in ours}
    assert image.python(IMPORTS) > len(PACKAGES)


@pytest.mark.parametrize("verb", ["worker", "doctor", "config", "smoke", "lag-watcher"])
def test_verbs_of_a_cluster_run(image: Image, verb: str) -> None:
    """What manifests and runbooks start in a pod starts."""
    assert f"milepost {verb}" in image.run("milepost", verb, "--help")


def test_settings_and_rules_are_inside(image: Image) -> None:
    """A pod finds policies and reference data, and writes its state where manifests mount a volume."""
    assert re.search(r"MILEPOST_DATA_DIR +/var/lib/milepost +environment", image.run("milepost", "config"))
    assert "sound" in image.run("milepost", "policy", "check")
    assert "--unique-reference" in image.run("python", "-m", "milepost.simulators.erp", "--help")


def test_a_local_kafka_is_refused_in_a_line(image: Image) -> None:
    """Who asks this image for a Kafka of its own is told that it has none."""
    said = image.run("milepost", "broker", "up", status=1).splitlines()
    assert said[-1].startswith("milepost: ")
    assert "Traceback" not in "".join(said)


def test_it_writes_to_two_places_alone(image: Image) -> None:
    """As a pod has it, nothing can be written to but the two volumes; and of our own files none is the user's."""
    # find complains of what it may not even look into.
    found = image.run("sh", "-c", "find / -xdev -writable -not -type l 2>/dev/null; true").split()
    assert sorted(found) == sorted(WRITABLE)
    for path in (image.root / "opt").rglob("*"):
        status = path.lstat()
        assert status.st_uid == 0, path
        assert path.is_symlink() or not status.st_mode & 0o022, path


def test_a_lane_works_on_a_root_that_is_read_only(image: Image, lanes_kafka: str, tmp_path: Path) -> None:
    """A lane started from the image, its root read-only, becomes ready on a real Kafka, and ends at SIGTERM with 0."""
    port = free_ports(HOST, 1)[0]
    settings = {"MILEPOST_BROKER": lanes_kafka, "MILEPOST_WEB_PORT": str(port), "MILEPOST_TENANT": "image"}
    command = image.pod("milepost", "worker", "reconciliation", "--no-supervise", **settings)
    log = tmp_path / "lane.log"
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as lane:
        try:
            until(lambda: (page := get(port, "/readyz")) is not None and page.status == 200, 90, log.read_text)
            assert _user_of(lane.pid) == USER
            lane.send_signal(signal.SIGTERM)
            assert lane.wait(60) == 0, log.read_text()
        finally:
            lane.kill()
    assert "Traceback" not in log.read_text()


def _user_of(pid: int) -> int:
    return os.stat(f"/proc/{pid}").st_uid


def test_the_bill_of_materials_is_what_is_installed(image: Image) -> None:
    """The image carries its bill of materials: each package with version and address, none more and none less."""
    bill: dict[str, Any] = json.loads((image.root / "opt/milepost/share/milepost/sbom.cdx.json").read_text())
    root = bill["metadata"]["component"]
    parts = [*bill["components"], root]
    assert bill["bomFormat"] == "CycloneDX"
    assert (root["name"], root["version"]) == (PROJECT["name"], PROJECT["version"])
    assert {re.sub("[-_.]+", "-", one["name"]).lower(): one["version"] for one in parts} == image.python(DISTRIBUTIONS)
    assert [one["name"] for one in bill["components"] if not one["purl"].startswith("pkg:pypi/")] == []


def test_nothing_of_the_build_stays(image: Image) -> None:
    """No settings of the machine that built it, no sources beside the package, no secrets."""
    for place in ("etc/pip.conf", "src", "wheels", "opt/tools", "root/.cache", "root/.config"):
        assert not (image.root / place).exists(), place
    assert [one for one in image.configuration["Env"] if re.search("TOKEN|PASSWORD|SECRET|INDEX", one, re.I)] == []
    assert list((image.root / "opt").rglob("*.pem")) == list((image.root / "opt").glob("**/certifi/cacert.pem"))
