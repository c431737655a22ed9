"""Who a process is on the broker; what a real broker says to it is tested in tests/ops/test_kafka_security.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import faust
import pytest
from milepost.runtime import kafka_access
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import Settings, from_environment, to_environment
from milepost.tests.ops.certificates import Authority, Signed

ROOT = Path(__file__).parents[2]
PRODUCT = ("runtime", "agents", "commands", "simulators", "chaos", "metrics", "tables", "gateway")
SCRAM = {"KAFKA_SECURITY": "scram", "KAFKA_USER": "intake", "KAFKA_PASSWORD": "open-sesame"}


@pytest.fixture(autouse=True)
def stranger_again() -> Iterator[None]:
    """The process is nobody again after each test."""
    yield
    kafka_access.introduce(Settings())


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Signed]:
    """The certificate of an authority, and one it has signed."""
    authority = Authority(tmp_path_factory.mktemp("certificates"), "authority")
    return authority.certificate, authority.sign("intake")


def read(given: dict[str, str]) -> Settings:
    return from_environment({f"MILEPOST_{name}": text for name, text in given.items()})


def test_plaintext_adds_nothing_to_a_client() -> None:
    """Who was told nothing, or plaintext, makes its clients as if this room did not exist."""
    kafka_access.introduce(Settings())
    assert kafka_access.options() == {}
    assert kafka_access.faust_credentials() is None
    assert not kafka_access.secured()


def test_a_password_goes_over_tls_only() -> None:
    """SCRAM is SASL over TLS, with the host's name checked, for aiokafka and for Faust alike."""
    kafka_access.introduce(read(SCRAM))
    options = kafka_access.options()
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("intake", "open-sesame")
    assert options["ssl_context"].check_hostname
    credentials = kafka_access.faust_credentials()
    assert isinstance(credentials, faust.SASLCredentials)
    assert credentials.protocol.value == "SASL_SSL"
    assert credentials.mechanism.value == "SCRAM-SHA-512"
    assert credentials.ssl_context is options["ssl_context"]


def test_a_certificate_of_our_own_is_shown(signed: tuple[Path, Signed]) -> None:
    """With tls and no user the client is known by its certificate: no SASL is spoken."""
    authority, ours = signed
    files = {"KAFKA_CA_FILE": authority, "KAFKA_CERT_FILE": ours.certificate, "KAFKA_KEY_FILE": ours.key}
    kafka_access.introduce(read({"KAFKA_SECURITY": "tls", **{name: str(path) for name, path in files.items()}}))
    assert set(kafka_access.options()) == {"security_protocol", "ssl_context"}
    assert kafka_access.options()["security_protocol"] == "SSL"
    assert isinstance(kafka_access.faust_credentials(), faust.SSLCredentials)


def test_a_child_is_who_its_parent_is() -> None:
    """A process that is started with its parent's settings has the same name and password."""
    settings = read(SCRAM)
    assert from_environment(to_environment(settings)) == settings
    assert to_environment(settings)["MILEPOST_KAFKA_PASSWORD"] == "open-sesame"


def test_the_password_is_never_shown() -> None:
    """Neither the settings nor the access show the password."""
    settings = read(SCRAM)
    assert "open-sesame" not in f"{settings!r} {kafka_access.access_of(settings)!r}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"KAFKA_SECURITY": "scram"}, "MILEPOST_KAFKA_SECURITY=scram is not allowed without a login"),
        ({"KAFKA_SECURITY": "ssl"}, "allowed: plaintext | tls | scram"),
        ({"KAFKA_USER": "intake"}, "MILEPOST_KAFKA_USER=intake is not allowed with MILEPOST_KAFKA_SECURITY=plaintext"),
        ({"KAFKA_PASSWORD": "pw"}, "MILEPOST_KAFKA_PASSWORD=(not shown) is not allowed with"),
        ({**SCRAM, "KAFKA_SECURITY": "tls"}, "_USER=intake is not allowed with MILEPOST_KAFKA_SECURITY=tls"),
        ({**SCRAM, "KAFKA_USER": "a,b"}, "MILEPOST_KAFKA_USER=a,b is not allowed; allowed: 1 to 200 printable"),
        ({"KAFKA_SECURITY": "scram", "KAFKA_USER": "intake"}, "not allowed without MILEPOST_KAFKA_PASSWORD"),
        ({"KAFKA_SECURITY": "scram", "KAFKA_PASSWORD": "pw"}, "not allowed without MILEPOST_KAFKA_USER"),
        ({"KAFKA_CA_FILE": __file__}, "not allowed with MILEPOST_KAFKA_SECURITY=plaintext; allowed: with tls | scram"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_CERT_FILE": __file__}, "not allowed without MILEPOST_KAFKA_KEY_FILE"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_KEY_FILE": __file__}, "not allowed without MILEPOST_KAFKA_CERT_FILE"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_CA_FILE": "/not/there"}, "allowed: none, or a file that can be read"),
        ({"KAFKA_SECURITY": "tls", "KAFKA_CA_FILE": "/"}, "allowed: none, or a file that can be read"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together_are_one_line(given: dict[str, str], said: str) -> None:
    """What contradicts itself, or lacks its other half, is refused in one line that names the variable."""
    with pytest.raises(ConfigurationError) as caught:
        read(given)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert "open-sesame" not in str(caught.value)


def test_files_that_hold_no_certificate_are_one_line(signed: tuple[Path, Signed], tmp_path: Path) -> None:
    """A file that is no PEM, a key of another certificate and a key with a passphrase: one line each that names it."""
    authority, ours = signed
    other = Authority(tmp_path, "other").sign("other")
    for files, named in (
        ({"CA": Path(__file__)}, "MILEPOST_KAFKA_CA_FILE"),
        ({"CA": authority, "CERT": ours.certificate, "KEY": other.key}, "MILEPOST_KAFKA_CERT_FILE"),
        ({"CA": authority, "CERT": authority, "KEY": Path(__file__)}, "MILEPOST_KAFKA_KEY_FILE"),
        ({"CA": authority, "CERT": ours.certificate, "KEY": ours.locked()}, "without passphrase"),
    ):
        given = {f"KAFKA_{name}_FILE": str(path) for name, path in files.items()}
        with pytest.raises(ConfigurationError) as caught:
            kafka_access.introduce(read({"KAFKA_SECURITY": "tls", **given}))
        assert named in str(caught.value)
        assert str(caught.value).isprintable()


def clients(path: Path) -> Iterator[ast.Call]:
    """Every place of a module where a client of aiokafka is made."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("AIOKafkaConsumer", "Consumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "AIOKafkaClient"):
                yield node


def asks(client: ast.Call) -> bool:
    return any(one.arg is None and ast.unparse(one.value) == "kafka_access.options()" for one in client.keywords)


def test_no_client_is_made_without_saying_who_we_are() -> None:
    """Every client of the product takes its options from kafka_access: one that does not would speak plaintext."""
    found = [(path, one) for room in PRODUCT for path in sorted((ROOT / room).rglob("*.py")) for one in clients(path)]
    assert len(found) >= 30
    assert [f"{path.relative_to(ROOT)}:{one.lineno}" for path, one in found if not asks(one)] == []
