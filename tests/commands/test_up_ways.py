"""What `milepost up` says of how a partner's messages come in: each way it has, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from milepost.codecs.dialects.load import read_dialects
from milepost.commands.up import ways_in
from milepost.gateway.answers import FORGED, STALE
from milepost.runtime.settings import from_environment

FILE = """
partner: acme
role: wms
format: json
in: {%s}
messages:
  - name: a
    when: {kind: json}
    say:
      - {emit: wms.packed, owner: {order: $.o}, at: {as: time, of: $.t}, body: {node: =N, package: $.p}}
"""
HOOK = "webhook: {signature: {scheme: bearer, secret: 'env:ACME_KEY'}}"


@pytest.mark.parametrize(
    ("ways", "folder", "told"),
    [
        (HOOK, "/drop", ["POST   http://127.0.0.1:8080/in/acme"]),
        ("drop: {pattern: '*.txt'}", "/drop", ["files  *.txt in /drop/acme/in"]),
        ("drop: {pattern: '*.txt'}", "", ["files  *.txt in nowhere: MILEPOST_DROP_DIR is not set"]),
        (f"{HOOK}, drop: {{}}", "/drop", ["POST   http://127.0.0.1:8080/in/acme", "files  * in /drop/acme/in"]),
    ],
)
def test_each_way_is_told(ways: str, folder: str, told: list[str]) -> None:
    """An address for what comes by HTTP, a folder for files; a partner without a webhook has no address."""
    settings = replace(from_environment({}), gateway_host="127.0.0.1", gateway_port=8080)
    settings = replace(settings, drop_dir=Path(folder) if folder else None)
    dialect = read_dialects({"acme.yaml": (FILE % ways).encode()}).partners["acme"]
    assert list(ways_in(dialect, settings)) == told


def test_a_stale_message_is_told_from_a_forged_one() -> None:
    """Only who has the secret is ever told that its clock is wrong; both are refused alike."""
    assert (STALE.status, FORGED.status) == (401, 401)
    assert "clock" in STALE.text
    assert STALE.text != FORGED.text
