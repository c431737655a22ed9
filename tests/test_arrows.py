"""The rooms and the arrows between them: what a newcomer may rely on when reading imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# room → rooms it may import; simulators, tests and bench stand outside of the product's arrows
ALLOWED = {
    "contracts": set(),
    "workflow": {"contracts"},
    "codecs": {"contracts"},
    "broker": set(),
    "runtime": {"contracts", "workflow", "codecs"},
    "tables": {"contracts", "workflow", "runtime"},
    "metrics": {"contracts", "workflow", "codecs", "runtime"},
    "agents": {"contracts", "workflow", "codecs", "tables", "runtime", "metrics"},
    "gateway": {"contracts", "codecs", "runtime", "metrics"},
    "simulators": {"contracts", "codecs", "runtime"},
}

PURE_FORBIDDEN = {"time", "random", "logging", "asyncio", "os", "pathlib", "secrets", "uuid", "faust", "aiokafka"}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_arrows(room: str) -> None:
    """A room imports only the rooms its arrows allow."""
    wrong = []
    for path in modules(room):
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "milepost" and len(parts) > 1 and parts[1] not in ALLOWED[room] | {room}:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_the_core_is_pure() -> None:
    """Nothing in workflow/ can read a clock, draw a number, wait, log or do I/O."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("workflow")
        for name in imported(path)
        if name.split(".")[0] in PURE_FORBIDDEN
    ]
    for path in modules("workflow"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} waits")
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today") and _calls_clock(node):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} reads the clock")
    assert not wrong, "\n".join(wrong)


def _calls_clock(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")


def test_the_independent_books_know_nothing_of_the_workflow() -> None:
    """Books, ledger and lives import nothing of workflow/, so an error there cannot hide in both."""
    wrong = [
        f"{path.name} imports {name}"
        for path in modules("simulators")
        for name in imported(path)
        if name.startswith("milepost.workflow")
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_composition_root_knows_agents_and_nothing_imports_it_but_the_worker() -> None:
    """app is imported where a lane becomes a process, and nowhere else."""
    importers = {
        path.relative_to(ROOT).as_posix()
        for room in (*ALLOWED, "commands")
        for path in modules(room)
        if any(name.split(".")[:2] == ["milepost", "app"] for name in imported(path))
    }
    assert importers <= {"commands/lane_process.py"}


def test_only_its_verbs_know_the_drill() -> None:
    """The drill may know every room; of the product only `milepost chaos` and `milepost soak` know the drill."""
    importers = {
        path.relative_to(ROOT).as_posix()
        for room in (*ALLOWED, "commands")
        for path in modules(room)
        if any(name.split(".")[:2] == ["milepost", "chaos"] for name in imported(path))
    }
    assert importers == {"commands/chaos.py", "commands/soak.py"}


ERP_WORDS = ("bseg", "bkpf", "belnr", "vbeln", "bukrs", "account.move", "stock.picking", '"1400"', '"2310"')


def test_the_erps_own_names_stay_behind_its_gateway() -> None:
    """No contract, codec, table, agent or rule knows a name or account number of the ERP (S45)."""
    wrong = [
        f"{path.relative_to(ROOT)} says {word}"
        for room in ("contracts", "workflow", "codecs", "tables", "agents")
        for path in modules(room)
        for word in ERP_WORDS
        if word in path.read_text().lower()
    ]
    assert not wrong, "\n".join(wrong)


def test_every_test_says_its_law() -> None:
    """Every test's docstring states what it proves, in one sentence."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len((ast.get_docstring(node) or "").split()) < 4
    ]
    assert not silent, "\n".join(silent)
