"""Every setting of every process, typed, from `MILEPOST_*` variables of the environment and from nowhere else."""

# ruff: noqa: RUF009 - setting() declares a dataclass field

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from milepost.runtime.errors import ConfigurationError
from milepost.runtime.kafka_access import misfit
from milepost.runtime.setting_kinds import (
    ADDRESS,
    DIRECTORY,
    FILE,
    NAMES,
    NETWORKS,
    PLACE,
    PLACE_OR_NONE,
    PORT,
    SECRET,
    SERVERS,
    SWITCH,
    URL,
    URL_OR_NONE,
    USER,
    WEB_PORT,
    WORD,
    WORD_OR_NONE,
    Kind,
    Network,
    Secret,
    choice,
    number,
    number_of,
    setting,
    user_cache_dir,
    whole,
    without_login,
)
from milepost.runtime.topic_kinds import PARTITION_COUNTS, USUAL_PARTITIONS

PREFIX = "MILEPOST_"
# Where the tests find files; a lane that is started from the same shell must not stop at it.
NOT_SETTINGS = frozenset({"MILEPOST_SCMS", "MILEPOST_CORPUS"})
ROOT = Path(__file__).resolve().parent.parent
SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process of Milepost may be told. Times are seconds, rates per second; paths are absolute."""

    broker: str = setting("127.0.0.1:9092", SERVERS, "the Kafka to work on")
    kafka_security: str = setting(
        "plaintext", choice("plaintext", "tls", "scram"), "how the Kafka is spoken to; scram: a password, over TLS"
    )
    kafka_ca_file: Path | None = setting(None, FILE, "PEM of who signs the Kafka's certificate; none: the system's own")
    kafka_cert_file: Path | None = setting(None, FILE, "PEM of our certificate, where the Kafka knows us by one")
    kafka_key_file: Path | None = setting(None, FILE, "PEM of that certificate's key, without a passphrase")
    kafka_user: str = setting("", USER, "the name that goes with the password")
    kafka_password: Secret = setting(Secret(""), SECRET, "the password for SCRAM-SHA-512; never printed")
    operator_key: Secret = setting(
        Secret(""), SECRET, "key by which people's words are signed; with it intake takes no others; never printed"
    )
    tenant: str = setting("main", WORD, "part of every posting id: two tenants never share a document")
    instance: str = setting("0", WORD, "stable name of this process among those of its lane")
    data_dir: Path = field(default_factory=user_cache_dir, metadata={"kind": PLACE, "about": "state files and logs"})
    partitions: int = setting(
        USUAL_PARTITIONS, number_of(*PARTITION_COUNTS), "of every topic; `milepost repartition` moves to more"
    )
    policy_dir: Path = setting(ROOT / "policies", DIRECTORY, "the policies, as data files")
    reference_dir: Path = setting(ROOT / "reference", DIRECTORY, "customers, sites, items, transport limits")
    dialect_dir: Path = setting(ROOT / "dialects", DIRECTORY, "the partners, one file each, with bases and samples")
    sites_file: Path | None = setting(
        None, FILE, "which partner serves which site, from when; none: sites.yaml of the dialects, if there is one"
    )
    erp_url: str = setting("http://127.0.0.1:8700", URL, "the ERP's address")
    erp_account: str = setting("main", WORD, "the ERP account; one posting process is active in it")
    erp_token: Secret = setting(Secret(""), SECRET, "bearer token that may post, of lane posting alone; never printed")
    erp_read_token: Secret = setting(
        Secret(""), SECRET, "bearer token that may read, of whoever compares and looks; never printed"
    )
    erp_rate_per_s: float = setting(200.0, number(0.1, 10_000), "most calls to the ERP per second")
    erp_concurrency: int = setting(8, whole(1, 1000), "most calls to the ERP at the same time")
    erp_longest_processing_s: float = setting(
        35.0, number(0.05, 3600), "how long the ERP may still book a request that its client has given up"
    )
    erp_timeout_s: float = setting(10.0, number(0.05, 600), "how long one call to the ERP may take")
    erp_unique_reference: bool = setting(True, SWITCH, "whether the ERP refuses a second document of one reference")
    reconciliation_share: float = setting(0.1, number(0, 0.9), "part of the ERP rate kept free for reconciliation")
    reconciliation_interval_s: float = setting(60.0, number(0.5, 86_400), "time between two posting passes")
    closed_kept_s: float = setting(
        30 * 86_400.0, number(0, 400 * 86_400), "how long a closed order stays whole before it shrinks to a stub"
    )
    remembered_s: float = setting(
        430 * 86_400.0,
        number(0, 4000 * 86_400),
        "how long stubs and answered postings are kept; no source may keep its records longer",
    )
    ticks: str = setting("internal", choice("internal", "external"), "who tells the time: this process or a feeder")
    web_port: int | None = setting(None, WEB_PORT, "port of the process's page: /metrics, /livez, /readyz")
    web_host: str = setting("127.0.0.1", ADDRESS, "address at which that page listens; 0.0.0.0: at all")
    partners: tuple[str, ...] = setting(
        ("erp", "tms", "wms-north", "wms-south"), NAMES, "sources with metrics of their own; all others are `other`"
    )
    gateway_host: str = setting("127.0.0.1", ADDRESS, "address at which the gateway listens for partners")
    gateway_port: int = setting(8080, PORT, "port at which it listens")
    gateway_in_flight: int = setting(1000, whole(1, 100_000), "most requests it answers at the same time")
    gateway_trusted_proxies: tuple[Network, ...] = setting(
        (), NETWORKS, "whose word counts on which certificate a partner has shown"
    )
    drop_dir: Path | None = setting(None, PLACE_OR_NONE, "folder of partners' files, DROP/NAME/in; none: no files")
    drop_look_s: float = setting(2.0, number(0.02, 3600), "time between two looks into partners' folders")
    burn_url: str | None = setting(
        None, URL_OR_NONE, "Prometheus with the rules of k8s/monitoring: replay and backfills wait while budgets burn"
    )
    burn_namespace: str | None = setting(
        None, WORD_OR_NONE, "whose budget counts, where that Prometheus knows several installations; none: all of them"
    )
    dead_letter_limit_per_hour: int = setting(
        1000, whole(1, 10**9), "dead letters of one source within an hour before the source is paused"
    )
    after_dead_letter: str = setting(
        "pass", choice("pass", "wait"), "what later records of an owner do while one of its records is a dead letter"
    )
    reference_orphan_s: float = setting(
        3 * 86_400.0, number(1, 400 * 86_400), "how long a milestone may wait for what its native id means"
    )
    session_timeout_s: float = setting(30.0, number(1, 600), "silence after which Kafka takes a process for dead")
    commit_interval_s: float = setting(1.0, number(0.05, 60), "longest time between two commits of offsets")
    log_level: str = setting("info", choice("debug", "info", "warning", "error"), "least level that is logged")
    log_format: str = setting("text", choice("text", "json"), "how lanes and lag-watcher log; json: one object a line")
    traces: str = setting("none", choice("none", "otlp"), "where traces go; otlp: to a collector, by OTLP over HTTP")
    traces_url: str = setting("http://127.0.0.1:4318", URL, "the collector's address, without /v1/traces")
    traces_share: float = setting(0.01, number(0, 1), "part of all traces that is kept; the same in every process")


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings; ConfigurationError on the first that is unknown, not allowed or at odds with another."""
    known = {variable(one): one for one in fields(Settings)}
    for said in unknown(environment):
        raise ConfigurationError(said)
    given = {name: environment[name] for name in _ours(environment)}
    settings = Settings(**{known[name].name: _read(name, text, known[name]) for name, text in given.items()})
    if problem := misfit(settings):
        raise ConfigurationError(problem)
    return settings


class Effective(NamedTuple):
    """One setting as it is in force; ``origin``: "environment" or "default". A secret's value is not its own."""

    variable: str
    value: str
    origin: str


def effective(environment: Mapping[str, str]) -> list[Effective]:
    """Return every setting as `from_environment` reads it. Raises ConfigurationError likewise."""
    settings = from_environment(environment)
    return [
        Effective(
            variable(one),
            _shown(_text(getattr(settings, one.name)), one),
            "environment" if variable(one) in environment else "default",
        )
        for one in fields(Settings)
    ]


def unknown(environment: Mapping[str, str]) -> list[str]:
    """Return one line for each variable with our prefix that is no setting, with the one that may be meant."""
    known = [variable(one) for one in fields(Settings)]
    return [_unknown(name, known) for name in _ours(environment) if name not in known]


def _ours(environment: Mapping[str, str]) -> list[str]:
    return [name for name in sorted(environment) if name.startswith(PREFIX) and name not in NOT_SETTINGS]


def to_environment(settings: Settings) -> dict[str, str]:
    """The variables that make a child process read equal settings."""
    shown = {variable(one): _text(getattr(settings, one.name)) for one in fields(Settings)}
    return {name: text for name, text in shown.items() if text}


def variable(one: Field[Any]) -> str:
    """The environment's name of a field."""
    return PREFIX + one.name.upper()


def table() -> list[tuple[str, str, str, str]]:
    """(variable, default, what is allowed, what it is for) of every setting: the source of help and docs."""
    standard = Settings()
    return [
        (variable(one), _shown(_text(getattr(standard, one.name)), one), _kind(one).allowed, one.metadata["about"])
        for one in fields(Settings)
    ]


def _read(name: str, text: str, one: Field[Any]) -> Any:
    kind = _kind(one)
    try:
        return kind.read(text)
    except (ValueError, KeyError, OSError, RuntimeError):  # the last: "~nobody" has no home
        raise ConfigurationError(f"{name}={_shown(text, one)} is not allowed; allowed: {kind.allowed}") from None


def _kind(one: Field[Any]) -> Kind:
    kind: Kind = one.metadata["kind"]
    return kind


def _shown(text: str, one: Field[Any]) -> str:
    if _kind(one) is SECRET:
        return "(not shown)" if text else ""
    quoted = repr(without_login(text))[1:-1]  # control characters in a variable must not break the one line
    return quoted if len(quoted) <= SHOWN_CHARS else quoted[:SHOWN_CHARS] + "..."


def _text(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "on" if value else "off"
        case Secret():
            return value.reveal()
        case tuple():
            return ",".join(map(str, value)) or "none"
        case _:
            return str(value)


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known], n=1)
    hint = f"did you mean {PREFIX}{near[0]}?" if near else "`milepost worker --help` lists all of them"
    return f"{name[:SHOWN_CHARS]} is not a setting of Milepost; {hint}"
