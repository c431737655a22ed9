"""The committed dashboards against Grafana's own published type of a dashboard, by the TypeScript compiler.

It does not type what a kind of panel has as its options; the rest it does, and strictly.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from milepost.grafana.boards import BOARDS, DIRECTORY
from milepost.runtime.setting_kinds import user_cache_dir

PACKAGES = ("@grafana/schema@13.2.3", "typescript@5")
INSTALL_WITHIN_S = 120
CHECK_WITHIN_S = 120
NAMES = sorted(BOARDS)

Refused = Callable[[Mapping[str, str]], dict[str, str]]
"""From the JSON of dashboards by name to what the compiler says against each; empty when it is one."""

TYPED = """import { Dashboard as Typed } from "@grafana/schema";
// JSON has the values of enums, not their names.
type Plain<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Notes = NonNullable<NonNullable<Plain<Typed>["annotations"]>["list"]>;
// What a datasource adds to an annotation of its own; for Prometheus these three.
type Note = Notes[number] & { expr: string; titleFormat: string; textFormat: string };
export type Dashboard = Omit<Plain<Typed>, "annotations"> & { annotations: { list: Note[] } };
"""
OPTIONS = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext")


@pytest.fixture(scope="module")
def modules() -> Path:
    """The directory of the installed packages: kept from run to run, for they are pinned."""
    kept = user_cache_dir() / "grafana-schema" / "_".join(PACKAGES).replace("/", "-")
    if not (kept / "complete").exists():
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            pytest.skip("the types of dashboards were not checked: install nodejs and npm")
        kept.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", *PACKAGES]
        done = subprocess.run(command, cwd=kept, capture_output=True, text=True, timeout=INSTALL_WITHIN_S, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            pytest.skip(f"the types of dashboards were not checked: npm could not install {PACKAGES}: {reason}")
        (kept / "complete").touch()
    return kept / "node_modules"


@pytest.fixture
def refused(modules: Path, tmp_path: Path) -> Refused:
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "typed.ts").write_text(TYPED)

    def compiled(texts: Mapping[str, str]) -> dict[str, str]:
        for name, text in texts.items():
            head = 'import { Dashboard } from "./typed.js";\nexport const it: Dashboard = '
            (tmp_path / f"{name}.ts").write_text(f"{head}{text};\n")
        compiler = str(modules / "typescript" / "bin" / "tsc")
        command = ["node", compiler, *OPTIONS, *(f"{name}.ts" for name in texts)]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=CHECK_WITHIN_S, check=False
        )
        said = done.stdout.splitlines()
        assert bool(done.returncode) is bool(said), done.stderr
        return {name: "\n".join(line for line in said if line.startswith(f"{name}.ts")) for name in texts}

    return compiled


def test_the_dashboards_are_dashboards_by_grafanas_type(refused: Refused) -> None:
    """The committed JSON is a value of the type `Dashboard` of @grafana/schema, without a field too many."""
    assert refused({name: (DIRECTORY / f"{name}.json").read_text() for name in NAMES}) == dict.fromkeys(NAMES, "")


def test_what_is_no_dashboard_is_refused(refused: Refused) -> None:
    """A field that Grafana does not know, a value of the wrong kind, a word that is not among the allowed ones and a
    panel without a type are each named."""
    good = json.loads((DIRECTORY / "lag.json").read_text())
    typeless = [{key: value for key, value in panel.items() if key != "type"} for panel in good["panels"]]
    wrong = {
        "kind": ({"refresh": 30}, "Type 'number' is not assignable to type 'string'"),
        "unknown": ({"typo": True}, '"typo"'),
        "not-allowed": ({"graphTooltip": 7}, "Type '7' is not assignable"),
        "lacking": ({"panels": typeless}, "TS2322"),
    }
    said = refused({name: json.dumps(good | fields) for name, (fields, _) in wrong.items()})
    for name, (_, words) in wrong.items():
        assert words in said[name]
