"""The whole dispatch lane: a real Kafka, partners over HTTP and with files, the worker as a process that is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from milepost.chaos import traps
from milepost.commands.exceptions import latest_exceptions
from milepost.commands.main import cli
from milepost.commands.outbox import read
from milepost.commands.topic_reading import publish
from milepost.contracts.instructions import Instruction
from milepost.runtime import topics
from milepost.runtime.settings import Settings, to_environment
from milepost.runtime.topic_table import WMS_INSTRUCTIONS, topics_of
from milepost.runtime.windows import Window
from milepost.tables.deliveries import encode
from milepost.tables.delivery import Delivery
from milepost.tests.dispatch.listening import Listening
from milepost.tests.dispatch.told import warehouse, withdrawal

PATIENCE_S = 90.0
TOKEN = "t0k3n-of-acme"
POLICED = "POLICED-ITEM"
ORDERS = 25
ACME = """
partner: acme
role: wms
format: json
out:
  http: {url: "env:ACME_URL", bearer: "env:ACME_TOKEN", timeout_s: 5, repeatable: true}
  rate_per_s: 200
  concurrency: 4
instructions:
  - of: instruct.warehouse
    kind: json
    document: {order: $.order_id, lines: {as: list, of: $.lines, each: {line: .line, sku: .item, qty: .quantity}}}
    path: "/orders"
    acknowledge: {by: http, within_s: 600}
  - of: instruct.withdraw
    kind: json
    document: {order: $.order_id, work: $.withdraws}
    path: "/withdrawals"
    acknowledge: {by: http, within_s: 600}
"""
FILES = """
partner: files
role: wms
format: json
out: {drop: {}}
instructions:
  - of: instruct.warehouse
    kind: json
    document: {order: $.order_id}
"""


class World:
    """A site by HTTP, a site by files, and the processes that serve them."""

    def __init__(self, kafka: str, here: Path, partner: Listening) -> None:
        self.kafka, self.here, self.partner = kafka, here, partner
        self.run = uuid.uuid4().hex[:6]
        self.started: list[subprocess.Popen[bytes]] = []
        (here / "dialects").mkdir()
        (here / "dialects" / "acme.yaml").write_text(ACME)
        (here / "dialects" / "files.yaml").write_text(FILES)
        sites = "".join(f"  - site: wms/{self.run}-{n}\n    by: [{{dialect: {n}}}]\n" for n in ("acme", "files"))
        (here / "dialects" / "sites.yaml").write_text(f"sites:\n{sites}")

    def told(self) -> list[Instruction]:
        told = []
        for n in range(ORDERS):
            told.append(warehouse(f"{self.run}-{n}", f"{self.run}-acme", item=POLICED if n in (7, 11) else "WIDGET"))
            told.append(withdrawal(told[-1]))
        return told

    def start(self, name: str) -> subprocess.Popen[bytes]:
        settings = Settings(
            broker=self.kafka, instance=f"{self.run}-{name}", data_dir=self.here, drop_dir=self.here / "drop",
            dialect_dir=self.here / "dialects", session_timeout_s=6.0,
        )  # fmt: skip
        environment = os.environ | to_environment(settings) | {"ACME_URL": self.partner.url, "ACME_TOKEN": TOKEN}
        with (self.here / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", "milepost.chaos.lane", "dispatch", name, str(self.here)]
            self.started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return self.started[-1]

    def send(self, told: list[Instruction]) -> None:
        pairs = [(one.owner, msgspec.json.encode(one)) for one in told]
        asyncio.run(publish(self.kafka, WMS_INSTRUCTIONS, pairs))

    def rows(self, wait_for: Callable[[dict[str, Delivery]], bool]) -> dict[str, Delivery]:
        """Read the outbox until it is so."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            rows = {row.id: row for row in asyncio.run(read(self.kafka, None)) if row.owner.startswith(self.run)}
            if wait_for(rows):
                return rows
            assert time.monotonic() < deadline, {id_: row.state for id_, row in rows.items()}

    def ended(self, how: set[tuple[str, str, str]]) -> None:
        """Read the exceptions until they ended so: owner, how, by whom."""
        deadline, owners = time.monotonic() + PATIENCE_S, {owner for owner, _, _ in how}
        while True:
            found = [one for one in asyncio.run(latest_exceptions(self.kafka)) if one.owner in owners]
            if {(one.owner, one.resolution, one.resolved_by) for one in found if not one.open} == how:
                return
            assert time.monotonic() < deadline, found

    def outbox(self, *arguments: str) -> str:
        shown = CliRunner().invoke(cli, ["outbox", *arguments, "--broker", self.kafka])
        assert shown.exit_code == 0, shown.output
        return shown.output


@pytest.fixture
def world(kafka: str, tmp_path: Path) -> Iterator[World]:
    topics.create_missing(kafka, topics_of("dispatch"))
    with Listening().at_work() as partner:
        made = World(kafka, tmp_path, partner)
        yield made
        for process in made.started:
            process.kill()
            process.communicate()


def test_one_effect_per_instruction_over_a_killed_worker_and_its_successor(world: World) -> None:
    """A worker killed after the partner took an instruction and before anybody wrote it down, and its successor: every
    instruction has one effect under its id, repeated word for word if at all; an owner's in order; what is refused
    stands in the outbox until a person tries it again or gives it up; the token is in nothing that is kept."""
    told, partner = world.told(), world.partner
    partner.refused = POLICED.encode()
    refused, hopeless = told[14], told[22]
    traps.arm(world.here, "dispatch", Window.ERP_CALL_AFTER, signal.SIGKILL, 9)
    first = world.start("first")
    world.send(told)
    assert first.wait(PATIENCE_S) == -signal.SIGKILL
    world.start("second")
    states = {one.id: "refused" if one in (refused, hopeless) else "acknowledged" for one in told}
    world.rows(lambda rows: {id_: row.state for id_, row in rows.items()} == states)
    assert set(partner.effects) == {one.id for one in told} - {refused.id, hopeless.id}
    bodies: dict[str, set[bytes]] = {}
    for request in partner.requests:
        bodies.setdefault(request.id, set()).add(request.body)
        assert request.token == f"Bearer {TOKEN}"
    assert {len(different) for different in bodies.values()} == {1}
    assert len(partner.requests) > len(told)  # what the first had sent and not written down went once more
    heard = list(dict.fromkeys(request.id for request in partner.requests))
    for one, withdrawn in zip(told[::2], told[1::2], strict=True):
        assert heard.index(one.id) < heard.index(withdrawn.id)

    give_up = ("settle", "--state", "refused", "--order", hopeless.owner, "--as", "given-up", "--actor", "ann")
    assert "1 said of 1 deliveries" in world.outbox(*give_up, "--reason", "they will never have it")
    partner.refused = b"nothing"
    assert world.outbox("--state", "refused", "--order", refused.owner).count(refused.id) == 1
    assert f'"sku":"{POLICED}"' in world.outbox("--payload", refused.id)
    world.outbox("retry", refused.id, "--actor", "ann", "--reason", "they know it now")
    row = world.rows(lambda rows: rows[refused.id].state == "acknowledged")[refused.id]
    assert (row.attempt, row.asked_again[0].actor) == (1, "ann")
    closed = world.rows(lambda rows: rows[hopeless.id].state == "given_up")[hopeless.id]
    assert (closed.attempt, closed.settled[0].reason) == (0, "they will never have it")
    assert hopeless.id not in partner.effects
    world.ended({(hopeless.owner, "settled", "ann"), (refused.owner, "cleared", "")})

    file = warehouse(f"{world.run}-f", f"{world.run}-files")
    world.send([file])
    world.rows(lambda rows: file.id in rows and rows[file.id].state == "sent")
    (out,) = (world.here / "drop" / "files" / "out").iterdir()
    assert (out.name, out.read_bytes()) == (f"{file.id}.json", b'{"order":"%s"}' % file.owner.encode())

    kept = b"".join(map(encode, world.rows(bool).values()))
    logs = b"".join(path.read_bytes() for path in world.here.glob("*.log"))
    assert logs
    assert TOKEN.encode() not in logs + kept
