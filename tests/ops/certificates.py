"""Certificates for a broker and its users, made afresh by openssl for each test session."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

DAYS = 2


class Signed(NamedTuple):
    """A certificate, its key (PKCS#8, no passphrase), and both in one file."""

    certificate: Path
    key: Path
    both: Path

    def locked(self) -> Path:
        """The same key under a passphrase, in a file of its own."""
        locked = self.key.with_suffix(".locked")
        _openssl("pkey", "-in", self.key, "-aes256", "-passout", "pass:secret", "-out", locked)
        return locked


class Authority:
    """One that signs. `certificate` is what those who trust it are given."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self.certificate, self._key = directory / f"ca-{name}.pem", directory / f"ca-{name}.key"
        _openssl(
            "req", "-x509", *_NEW_KEY, "-keyout", self._key, "-out", self.certificate, "-days", DAYS,
            "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def sign(self, name: str, *, days: int = DAYS, alternative: str | None = None, file: str | None = None) -> Signed:
        """A certificate for CN=name, for `days` from now on: with -1 it ended yesterday."""
        begin = self._directory / (file or name)
        signed = Signed(begin.with_suffix(".pem"), begin.with_suffix(".key"), begin.with_suffix(".both"))
        request, extensions = begin.with_suffix(".csr"), begin.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={alternative}\n" if alternative else "basicConstraints=CA:FALSE\n")
        _openssl("req", *_NEW_KEY, "-keyout", signed.key, "-out", request, "-subj", f"/CN={name}")
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-days", days,
            "-extfile", extensions, "-out", signed.certificate,
        )  # fmt: skip
        signed.both.write_text(signed.key.read_text() + signed.certificate.read_text())
        return signed


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _openssl(*arguments: object) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made by the program openssl, which is not here: install the package openssl")
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
