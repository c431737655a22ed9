"""Options that several verbs share, and how the broker is found when none is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.kafka_access import introduce, secured
from milepost.runtime.settings import Settings, from_environment

MET_WITHIN_S = 2.0
BROKER_HELP = (
    "HOST:PORT of a Kafka, or `kafka` for the one of `milepost broker up`. "
    "Default: MILEPOST_BROKER, else what runs on this machine (`milepost up`, a kept demo, `milepost broker up`)."
)


def broker_option(verb: Callable[..., Any]) -> Callable[..., Any]:
    """--broker of the verbs that talk to a broker which runs already."""
    return click.option("--broker", metavar="kafka|HOST:PORT", default=None, help=BROKER_HELP)(verb)


def settings_for(broker: str | None) -> Settings:
    """The environment's settings, with the broker that is meant. ConfigurationError, click.UsageError."""
    settings = from_environment(os.environ)
    introduce(settings)
    return replace(settings, broker=_address(settings, broker))


def ready_settings(broker: str = "kafka") -> Settings:
    """The environment's settings, after policies and reference data were read: before anything is started.

    ``broker``: the one that is meant, "kafka" or "mock" for one that is started here, which speaks plaintext alone.
    """
    from milepost.runtime.rules_files import load_rules

    settings = from_environment(os.environ)
    introduce(settings)
    if secured() and broker in ("kafka", "mock"):
        raise ConfigurationError(
            f"MILEPOST_KAFKA_SECURITY={settings.kafka_security} is not allowed here: the broker that this verb starts "
            "is spoken to in plaintext; allowed: plaintext"
        )
    load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    return settings


def broker_choice(context: click.Context, parameter: click.Parameter, given: str) -> str:
    """Check --broker of a verb that may start one: kafka, mock or HOST:PORT."""
    from milepost.runtime.setting_kinds import SERVERS

    try:
        return given if given in ("kafka", "mock") else str(SERVERS.read(given))
    except ValueError:
        raise click.BadParameter(f"{given!r}; allowed: kafka, mock, HOST:PORT") from None


def _address(settings: Settings, broker: str | None) -> str:
    from milepost.runtime.setting_kinds import SERVERS

    if broker not in (None, "kafka"):
        assert broker is not None
        try:
            return str(SERVERS.read(broker))
        except ValueError:
            raise click.BadParameter(f"{broker!r} is neither kafka nor HOST:PORT", param_hint="--broker") from None
    if broker is None and "MILEPOST_BROKER" in os.environ:
        return settings.broker
    return running_broker(settings, only_local=broker == "kafka") or settings.broker


def running_broker(settings: Settings, *, only_local: bool = False) -> str | None:
    """The address of a broker started here that still runs, or None."""
    from milepost.broker.places import kafka_data_dir
    from milepost.broker.state import running as running_kafka
    from milepost.commands.places import running

    if not only_local:
        for state in running(settings.data_dir):
            if state.get("broker"):
                return str(state["broker"])
    found = running_kafka(kafka_data_dir())
    return found.bootstrap if found else None


def reachable(settings: Settings) -> str:
    """The broker's address, after it has answered. ClickException, one line, when it does not; ConfigurationError
    when it does not take us."""
    if not answers(settings.broker):
        hint = "" if secured() else "; start one with `milepost up`"
        raise click.ClickException(f"no Kafka answers at {settings.broker}{hint}")
    return settings.broker


def answers(bootstrap: str) -> bool:
    """Whether a Kafka answers there. ConfigurationError, one line, when one does and does not take us."""
    import asyncio

    from aiokafka.errors import KafkaError
    from milepost.broker.readiness import live_brokers
    from milepost.runtime.kafka_meeting import meet

    if not secured() and any(live_brokers(server) for server in bootstrap.split(",")):
        return True
    try:
        asyncio.run(meet(bootstrap, MET_WITHIN_S))
    except (OSError, KafkaError):
        return False
    return secured()  # in plaintext it has taken us, but lists no live broker yet
