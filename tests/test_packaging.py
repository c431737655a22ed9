"""Packaging facts that break quietly: the list of packages, the data files, the constraints."""

from __future__ import annotations

import tomllib
from glob import glob
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
READ_FROM = (
    "policies", "reference", "dialects", "simulators", "codecs", "contracts", "workflow", "runtime", "gateway",
    "commands",
)  # fmt: skip
DATA = {"policies", "reference", "dialects"}
OUTSIDE = {"tests", "bench", "docs", "k8s", "grafana", "policies", "reference", "build"}


def test_every_package_is_listed() -> None:
    """A folder with modules that is missing from the package list would be missing from the wheel."""
    found = {
        "milepost." + path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in ROOT.rglob("__init__.py")
        if not path.relative_to(ROOT).parts[0].startswith(".") and path.relative_to(ROOT).parts[0] not in OUTSIDE
    }
    assert found == set(PROJECT["tool"]["setuptools"]["packages"]) - {"milepost"}


def test_every_data_file_is_listed() -> None:
    """What the code reads beside itself is in the wheel: rules, master data, dialects with their samples, voices."""
    listed = {
        path for pattern in PROJECT["tool"]["setuptools"]["package-data"]["milepost"]
        for path in map(Path, glob(str(ROOT / pattern), recursive=True))
    }  # fmt: skip
    found = {path for folder in READ_FROM for path in (ROOT / folder).rglob("*") if path.is_file() and _is_data(path)}
    assert found
    assert sorted(found - listed) == []


def test_the_image_is_built_from_all_of_it() -> None:
    """Every package and every folder of data is let into the image's build."""
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    packages = {name.split(".")[1] for name in PROJECT["tool"]["setuptools"]["packages"] if "." in name}
    assert packages | DATA <= let_in


def test_the_root_is_no_package() -> None:
    """A root __init__.py would hide the standard library's codecs from whoever runs in this folder."""
    assert not (ROOT / "__init__.py").exists()


@pytest.mark.parametrize(
    "name", [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]]
)
def test_every_dependency_has_an_exact_version(name: str) -> None:
    """Each dependency is pinned in constraints.txt, so that a fresh machine gets what was tested."""
    bare = name.split(">")[0].split("=")[0].strip().lower().replace("_", "-")
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in _constraints() if "==" in line}
    assert bare in pinned


def test_constraints_name_no_host() -> None:
    """The constraints hold names and versions, never an address."""
    assert all("//" not in line and "@" not in line for line in _constraints())


def _is_data(path: Path) -> bool:
    return path.suffix not in (".py", ".pyc", ".md") and not path.name.startswith(".")


def _constraints() -> list[str]:
    return (ROOT / "constraints.txt").read_text().splitlines()
