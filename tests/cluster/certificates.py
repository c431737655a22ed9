"""Keys of a control plane that lives for minutes on the loopback interface, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

DAYS = "2"


class Pair(NamedTuple):
    """A certificate and its key."""

    certificate: Path
    key: Path


class Keys(NamedTuple):
    """`authority` signs both pairs. `accounts` signs tokens, `accounts_public` checks them."""

    authority: Path
    accounts: Path
    accounts_public: Path
    aggregator: Pair
    """By which the API server calls KEDA's metrics adapter."""
    keda: Path
    """The folder that operator and adapter read: ca.crt, tls.crt, tls.key."""


def make_keys(folder: Path) -> Keys:
    """Make them all, once a control plane."""
    folder.mkdir(parents=True)
    accounts, public = folder / "sa.key", folder / "sa.pub"
    _openssl("genrsa", "-out", accounts, "2048")
    _openssl("rsa", "-in", accounts, "-pubout", "-out", public)
    keda = folder / "keda"
    keda.mkdir()
    authority = Pair(folder / "ca.crt", folder / "ca.key")
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", "/CN=cluster-test",
             "-keyout", authority.key, "-out", authority.certificate)  # fmt: skip
    (keda / "ca.crt").write_bytes(authority.certificate.read_bytes())
    aggregator = _signed(authority, "aggregator", Pair(folder / "aggregator.crt", folder / "aggregator.key"))
    _signed(authority, "localhost", Pair(keda / "tls.crt", keda / "tls.key"))
    return Keys(authority.certificate, accounts, public, aggregator, keda)


def _signed(authority: Pair, name: str, pair: Pair) -> Pair:
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", f"/CN={name}",
             "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE",
             "-CA", authority.certificate, "-CAkey", authority.key,
             "-keyout", pair.key, "-out", pair.certificate)  # fmt: skip
    return pair


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)
