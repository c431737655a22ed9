"""A real Kafka with TLS and passwords: who gets in, what is said to who does not, and that the lanes live there."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from milepost.broker.readiness import free_ports
from milepost.commands.stack import ERP, worker
from milepost.runtime.child_process import Child
from milepost.runtime.durable.exits import EXIT_CONFIG
from milepost.runtime.kafka_meeting import AccessRefused, meet
from milepost.runtime.settings import from_environment
from milepost.runtime.supervisor import Supervisor
from milepost.runtime.topic_kinds import LANES
from milepost.tests.ops.secured_kafka import HALF, NOBODY, SecuredKafka, as_who

ENDS_S = 60.0
"""Against a hang; a refusal takes about a second."""
HOST = "127.0.0.1"
Environment = dict[str, str]


def verb(environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Exit code of a verb in a process of its own, and all it said."""
    done = subprocess.run(
        [sys.executable, "-m", "milepost.commands.main", *arguments], env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=ENDS_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


REFUSED: dict[str, tuple[Callable[[SecuredKafka], Environment], str]] = {
    "wrong password": (
        lambda kafka: kafka.environment("intake", kafka_password="guessed"),
        "login of user 'intake' refused: wrong user or password",
    ),
    "unknown user": (
        lambda kafka: kafka.environment("intake", kafka_user="intaek"),
        "login of user 'intaek' refused: wrong user or password",
    ),
    "expired certificate": (
        lambda kafka: kafka.environment("intake", broker=kafka.expired),
        "its certificate is not accepted: certificate has expired",
    ),
    "unknown authority": (
        lambda kafka: kafka.environment("intake", kafka_ca_file=str(kafka.stranger_ca)),
        "its certificate is not accepted: unable to get local issuer certificate",
    ),
    "certificate of another host": (
        lambda kafka: kafka.environment("intake", broker=kafka.scram.replace(HOST, "localhost")),
        "certificate is not valid for 'localhost'",
    ),
    "plaintext at a door of TLS": (
        lambda kafka: {"MILEPOST_BROKER": kafka.scram},
        "that port speaks TLS, but MILEPOST_KAFKA_SECURITY=plaintext",
    ),
    "TLS at a door of plaintext": (
        lambda kafka: kafka.environment("intake", broker=kafka.plaintext),
        "that port speaks plaintext, but MILEPOST_KAFKA_SECURITY says TLS",
    ),
    "no password where one is asked for": (
        lambda kafka: kafka.with_certificate(kafka.clients["intake"], broker=kafka.scram),
        "that port asks for a user and a password",
    ),
    "no certificate where one is asked for": (
        lambda kafka: kafka.environment("intake", broker=kafka.mutual),
        "it does not accept our certificate or protocol",
    ),
    "certificate of a stranger": (
        lambda kafka: kafka.with_certificate(kafka.stranger),
        "it does not accept our certificate or protocol",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_who_is_refused_is_told_why_in_one_line(secured: SecuredKafka, case: str) -> None:
    """Each way of not getting in has a line of its own, and none is taken for a broker that is away."""
    given, said = REFUSED[case]
    with as_who(given(secured)) as settings, pytest.raises(AccessRefused) as caught:
        asyncio.run(meet(settings.broker))
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "case", ["wrong password", "expired certificate", "unknown authority", "plaintext at a door of TLS"]
)
def test_a_lane_that_is_refused_ends_with_one_line(secured: SecuredKafka, case: str, tmp_path: Path) -> None:
    """A lane that is not let in says so in one line and ends with exit 2, by which no supervisor starts it again."""
    given, said = REFUSED[case]
    environment = {**given(secured), "MILEPOST_DATA_DIR": str(tmp_path)}
    code, text = verb(environment, "worker", "intake", "--no-supervise")
    assert (code, text.count("\n")) == (EXIT_CONFIG, 1), text
    assert text.startswith(f"milepost: Kafka at {environment['MILEPOST_BROKER']}: ")
    assert said in text


def test_a_verb_that_is_refused_ends_with_one_line(secured: SecuredKafka) -> None:
    """A person who mistypes the password reads one line, not that there is no Kafka."""
    code, text = verb(secured.environment("operator", kafka_password="guessed"), "tail")
    assert (code, text.count("\n")) == (EXIT_CONFIG, 1), text
    assert "login of user 'operator' refused" in text


def test_a_verb_that_starts_a_broker_of_its_own_wants_no_security() -> None:
    """The Kafka of a demo speaks plaintext: settings for another one are refused before anything is started."""
    code, text = verb({"MILEPOST_KAFKA_SECURITY": "tls"}, "demo")
    assert (code, text.count("\n")) == (EXIT_CONFIG, 1), text
    assert "MILEPOST_KAFKA_SECURITY=tls is not allowed here" in text


def test_who_is_let_in_is_let_in(secured: SecuredKafka) -> None:
    """The right password, and the right certificate, are taken; of several servers one that answers is enough."""
    nobody_there = f"{HOST}:{free_ports(HOST, 1)[0]}"
    both = f"{nobody_there},{secured.scram}"
    for given in (secured.environment("intake", broker=both), secured.with_certificate(secured.clients["intake"])):
        with as_who(given) as settings:
            asyncio.run(meet(settings.broker))


def test_a_broker_that_is_away_is_no_refusal(secured: SecuredKafka) -> None:
    """Nobody at the port is an error of the network, which a supervisor waits out."""
    away = f"{HOST}:{free_ports(HOST, 1)[0]}"
    with as_who(secured.environment("intake", broker=away)) as settings, pytest.raises(OSError, match="onnect"):
        asyncio.run(meet(settings.broker))


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (NOBODY, "what this user has no right to see counts as missing"),
        (HALF, "no right to Read, Describe on group milepost-intake"),
    ],
)
def test_a_lane_without_a_right_ends_with_one_line(secured: SecuredKafka, user: str, said: str, tmp_path: Path) -> None:
    """A missing right is found before the lane joins its group, where nothing would tell of it."""
    code, text = verb(secured.environment(user, data_dir=str(tmp_path)), "worker", "intake", "--no-supervise")
    assert (code, text.count("\n")) == (EXIT_CONFIG, 1), text
    assert said in text


def lanes_of(kafka: SecuredKafka, erp_port: int, data_dir: Path) -> Iterator[Child]:
    """The ERP and the four lanes, each as its own user: intake by certificate, the others by password."""
    yield Child(name=ERP, module="milepost.simulators.erp", arguments=("--port", str(erp_port)), ready_port=erp_port)
    common = {"data_dir": str(data_dir), "erp_url": f"http://{HOST}:{erp_port}"}
    for lane in LANES:
        given = kafka.environment(lane, **common)
        if lane == "intake":
            given = kafka.with_certificate(kafka.clients[lane], **common)
        yield worker(lane, lane, from_environment(given))


async def _smoke(kafka: SecuredKafka, directory: Path) -> tuple[str, dict[str, str]]:
    port = free_ports(HOST, 1)[0]
    async with Supervisor(list(lanes_of(kafka, port, directory)), directory / "run") as running:
        await running.wait_ready(120)
        operator = kafka.environment("operator", erp_url=f"http://{HOST}:{port}", data_dir=str(directory))
        code, text = await asyncio.to_thread(verb, operator, "smoke", "--yes", "--within", "60")
        assert code == 0, text
        return text, {name: life.state for name, life in running.lives.items()}


def test_an_order_goes_through_with_every_lane_in_its_rights(secured: SecuredKafka, tmp_path: Path) -> None:
    """With exactly the rights of the table an order is sent by the operator, passes all lanes, and is posted."""
    _, states = asyncio.run(_smoke(secured, tmp_path))
    assert set(states.values()) == {"ready"}
