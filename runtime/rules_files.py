"""Policies and reference data from their files. An error names file, line and what is allowed."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar, get_args, get_origin

import msgspec
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.policy_checks import faults
from milepost.runtime.reference_checks import line_of, reference_faults
from milepost.workflow.rules import Policy, Reference, Rules

FILE_MAX_BYTES = 50_000_000

T = TypeVar("T", Policy, Reference)


def load_rules(policy_dir: Path, reference_dir: Path, tenant: str) -> Rules:
    """Return all versions found in the two directories; ConfigurationError with one line about the first bad file."""
    files = _files(policy_dir, "*.toml")
    policies = [_read(path, Policy, _toml) for path in files]
    references = [_reference(path) for path in _files(reference_dir, "*.json")]
    _distinct(policy_dir, policies)
    _distinct(reference_dir, references)
    for version, knob, text in faults(policies, references):
        path = next(path for path, policy in zip(files, policies, strict=True) if policy.version == version)
        raise ConfigurationError(f"{path}:{_line(path.read_bytes(), f'`$.{knob}`')}: {knob}: {text}")
    return Rules(policies, references, tenant)


def _files(directory: Path, pattern: str) -> list[Path]:
    found = sorted(directory.glob(pattern))
    if not found:
        raise ConfigurationError(f"{directory}: no {pattern} file; at least one version is needed")
    return found


def _distinct(directory: Path, versions: list[T]) -> None:
    """Two files of one version, or of one first day, would leave it to chance which of them counts."""
    for what in ("version", "effective_from"):
        values = [str(getattr(one, what)) for one in versions]
        twice = next((v for v in values if values.count(v) > 1), None)
        if twice is not None:
            raise ConfigurationError(f"{directory}: two files say {what} {twice}")


def _reference(path: Path) -> Reference:
    found = _read(path, Reference, msgspec.json.decode)
    for where, text in reference_faults(found):
        raise ConfigurationError(f"{path}:{line_of(path.read_bytes(), where)}: {'.'.join(where)}: {text}")
    return found


def _toml(data: bytes) -> object:
    return tomllib.loads(data.decode())


def _read(path: Path, kind: type[T], parse: Callable[[bytes], object]) -> T:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    if len(data) > FILE_MAX_BYTES:
        raise ConfigurationError(f"{path}: {len(data)} bytes, at most {FILE_MAX_BYTES}")
    try:
        raw = parse(data)
    except (ValueError, msgspec.MsgspecError) as error:
        raise ConfigurationError(f"{path}:{_broken_line(data, error)}: {error}") from None
    try:
        found = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}:{_line(data, str(error))}: {_allowed(kind, str(error))}") from None
    if found.effective_from.tzinfo is None:
        line = _line(data, "`$.effective_from`")
        raise ConfigurationError(f"{path}:{line}: effective_from needs a time zone (Z)")
    return found


def _line(data: bytes, error: str) -> int:
    """Find the line of the field an error is about, by its name; 1 when it is about the whole."""
    name = re.escape(_field(error))
    lines = data.decode("utf-8", "replace").splitlines() if name else []
    for pattern in (rf'\s*[\["]*{name}\b', rf'.*"{name}"'):  # as a key of its own line, else within one
        for number, line in enumerate(lines, 1):
            if re.match(pattern, line):
                return number
    return 1


def _broken_line(data: bytes, error: Exception) -> int:
    """Find the line at which a file cannot be read at all, by the line or the byte its reader names."""
    if found := re.search(r"line (\d+)", str(error)):
        return int(found[1])
    found = re.search(r"byte (\d+)\)", str(error))
    at = error.start if isinstance(error, UnicodeDecodeError) else int(found[1]) if found else 0
    return data[:at].count(b"\n") + 1


def _field(error: str) -> str:
    """The name msgspec gives: a path in backquotes, or the unknown or missing field itself."""
    if "field `" in error:
        return error.split("field `")[1].split("`")[0]
    if "`$." in error:
        return error.split("`$.")[1].split("`")[0].split(".")[0].split("[")[0]
    return ""


def _allowed(kind: type[T], error: str) -> str:
    """The error with what the field allows, or with the fields there are."""
    name = _field(error)
    for field in msgspec.structs.fields(kind):
        if field.name == name:
            choices = _choices(field.type) if "enum" in error else []
            return f"{error}; allowed: {' | '.join(choices)}" if choices else error
    if " - at `$" in error:
        return error  # within a field: its name says enough, the other fields' would mislead
    names = [field.name for field in msgspec.structs.fields(kind)]
    near = difflib.get_close_matches(name, names, 1)
    return f"{error}; did you mean {near[0]}?" if near else f"{error}; fields: {', '.join(names)}"


def _choices(kind: object) -> list[str]:
    """The words a type allows, itself or anywhere within."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [choice for part in get_args(kind) for choice in _choices(part)]
