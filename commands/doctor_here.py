"""What `milepost doctor` can tell of this process alone: versions, rules, the data directory."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from milepost.commands.doctor_finding import Finding, ok, to_mend
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import dedupe_horizon_problem
from packaging.requirements import Requirement

SHOWN = ("faust-streaming", "mode-streaming", "aiokafka")
FREE_MIN_BYTES = 256 * 1024 * 1024
"""Logs of supervised processes and Faust's own files; no table is kept on disk."""


def here(settings: Settings) -> Iterator[Finding]:
    yield from _memory(settings)
    yield from versions()
    yield _rules(settings)
    yield _disk(settings.data_dir)


def _memory(settings: Settings) -> Iterator[Finding]:
    if problem := dedupe_horizon_problem(settings.remembered_s):
        yield to_mend("settings", f"MILEPOST_REMEMBERED_S={settings.remembered_s:.0f}: {problem}", "remember longer")
    else:
        yield ok("settings", "all are known and go together; `milepost config` shows them")


def versions(needed: list[str] | None = None) -> Iterator[Finding]:
    """What is installed against what this release was tested with; ``needed`` as in a package's metadata."""
    told = [f"Milepost {version('milepost')}", f"Python {platform.python_version()}"]
    wrong = []
    for line in requires("milepost") or [] if needed is None else needed:
        requirement = Requirement(line)
        if requirement.name not in SHOWN or requirement.marker:
            continue
        found = _installed(requirement.name)
        told.append(f"{requirement.name} {found or 'missing'}")
        if found is None or not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name}{requirement.specifier}")
    if wrong:
        # The durable batch overrides parts of these libraries: another version may have other parts.
        yield to_mend("versions", ", ".join(told), f"install {', '.join(wrong)}: no other version was tested")
    else:
        yield ok("versions", ", ".join(told))


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _rules(settings: Settings) -> Finding:
    try:
        rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    except ConfigurationError as error:
        return to_mend("rules", str(error), "mend that file; `milepost policy check` says whether it is right then")
    return ok("rules", f"policies {', '.join(rules.policies)}; reference data {', '.join(rules.references)}")


def _disk(data_dir: Path) -> Finding:
    there = next(one for one in (data_dir, *data_dir.parents) if one.exists())
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        said = f"MILEPOST_DATA_DIR={data_dir} cannot be written to: {error.strerror}"
        return to_mend("disk", said, "mount a volume that can")
    free = shutil.disk_usage(there).free
    said = f"{free / 2**30:.1f} GiB free in MILEPOST_DATA_DIR={data_dir}"
    if free < FREE_MIN_BYTES:
        return to_mend("disk", said, f"make room: {FREE_MIN_BYTES // 2**20} MiB at least")
    return ok("disk", said)
