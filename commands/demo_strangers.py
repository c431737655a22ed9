"""The demo's partners that speak in words of their own: their dialects, voices, secrets, folder and addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from milepost.codecs.dialects.model import Dialect, DialectErrors
from milepost.contracts.identifiers import digest
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import Settings
from milepost.simulators.strangers import HOST, Strangers
from milepost.simulators.voice import Voice, read_voices

VOICES = Path(__file__).resolve().parent.parent / "simulators" / "voices"
SITES = "sites.yaml"
LOOK_S = 0.1
ENV = "env:"


class Cast:
    """Who plays: voices of ``directory`` (shipped ones by default) and the dialects that read them."""

    def __init__(self, settings: Settings, run_dir: Path, directory: Path = VOICES) -> None:
        from milepost.broker.readiness import free_ports

        sites = directory / SITES
        self.settings = replace(
            settings, sites_file=sites if sites.is_file() else settings.sites_file, drop_dir=run_dir / "drop",
            drop_look_s=LOOK_S,
        )  # fmt: skip
        self.dialects = load_dialects(self.settings)
        self.voices = _voices(directory)
        self._port = free_ports(HOST, 1)[0]
        self.partners = tuple(sorted({voice.partner for voice in self.voices} | set(self._serving())))
        if unknown := [name for name in self.partners if name not in self.dialects.partners]:
            raise ConfigurationError(f"voices of partners that no dialect describes: {', '.join(unknown)}")
        for name in self.partners:
            self._introduce(self.dialects.partners[name])

    def opened(self, gateway: str) -> Strangers:
        """The partners at work, with the gateway at that address."""
        assert self.settings.drop_dir is not None
        return Strangers(self.voices, self.dialects, gateway, self.settings.drop_dir, self._port)

    def _serving(self) -> Iterator[str]:
        for site in self.dialects.sites.values():
            yield from (shift.dialect for shift in site.by)

    def _introduce(self, dialect: Dialect) -> None:
        """Give every reference of the dialect a value for this run: keys that only its processes know, our address."""
        if dialect.outgoing and dialect.outgoing.http and dialect.outgoing.http.url.startswith(ENV):
            os.environ.setdefault(
                dialect.outgoing.http.url.removeprefix(ENV), f"http://{HOST}:{self._port}/{dialect.name}"
            )
        for name in _references(dialect):
            os.environ.setdefault(name, digest("demo", name, os.getpid()))


def _references(dialect: Dialect) -> Iterator[str]:
    """Names of the environment that the dialect's own sections refer to."""
    todo = [dialect.data.get("in"), dialect.data.get("out")]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list):
            todo += one
        elif isinstance(one, str) and one.startswith(ENV):
            yield one.removeprefix(ENV)


def _voices(directory: Path) -> tuple[Voice, ...]:
    files = {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*.yaml"))
        if path.name != SITES
    }
    try:
        return read_voices(files)
    except DialectErrors as errors:
        raise ConfigurationError("\n".join(f"{directory}/{one}" for one in errors.problems)) from None
