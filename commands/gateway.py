"""`milepost gateway`: partners' documents by HTTP and by files; nobody is told 2xx before the broker has them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milepost.gateway.partners import Partner
    from milepost.runtime.settings import Settings

EPILOG = """\b
Examples:
  ACME_KEY=... milepost gateway
  ACME_KEY=... milepost gateway acme-3pl
  MILEPOST_GATEWAY_PORT=8443 MILEPOST_DROP_DIR=/srv/drop MILEPOST_WEB_PORT=9310 milepost gateway
Partners send to POST /in/PARTNER, their tests to POST /sandbox/PARTNER; docs/gateway.md has every answer.
Exit 2 when a setting, a dialect or a secret is wrong; 69 without a broker; 0 after SIGTERM, when all were answered."""


@click.command(epilog=EPILOG)
@click.argument("partners", nargs=-1)
def command(partners: tuple[str, ...]) -> None:
    """Take in what PARTNERS send, by default all: webhooks, dropped files, polls.

    Which partners there are, and how each is recognised, is said by the dialects. Nothing is answered with success
    before the broker has it.
    """
    import asyncio
    import logging

    from milepost.gateway.from_dialects import partners_of
    from milepost.runtime import json_logs
    from milepost.runtime.dialect_files import load_dialects
    from milepost.runtime.kafka_access import introduce
    from milepost.runtime.settings import from_environment

    settings = from_environment(os.environ)
    served = partners_of(load_dialects(settings), os.environ, partners)
    introduce(settings)
    if settings.log_format == "json":
        json_logs.install(settings.log_level, lane="gateway", instance=settings.instance)
    else:
        logging.basicConfig(
            stream=sys.stderr, level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s"
        )
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # each trouble is one line of ours
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # its lines may quote what a stranger sent
    _require_topics(settings)
    asyncio.run(_serve(settings, served))


def _require_topics(settings: Settings) -> None:
    from milepost.runtime.asking import BrokerUnreachable
    from milepost.runtime.durable.exits import EXIT_NO_BROKER
    from milepost.runtime.topic_table import ORDERS_EXCEPTIONS, PARTNER_DOCUMENTS
    from milepost.runtime.topics import require

    try:
        require(settings.broker, [PARTNER_DOCUMENTS, ORDERS_EXCEPTIONS])
    except BrokerUnreachable as error:
        error.exit_code = EXIT_NO_BROKER
        raise


async def _serve(settings: Settings, partners: Mapping[str, Partner]) -> None:
    import asyncio
    import signal

    from milepost.gateway.running import Gateway
    from milepost.metrics.registry import Registry
    from milepost.metrics.serving import Page
    from milepost.runtime.lifeline import announce_ready

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    registry = Registry("gateway")
    gateway = Gateway(settings, partners, registry)
    page = None
    if settings.web_port is not None:
        page = Page(settings.web_host, settings.web_port, registry, live=gateway.stuck, ready=gateway.unready).start()
    try:
        await _start(gateway, settings)
        click.echo(f"listening on http://{settings.gateway_host}:{gateway.port}/in/PARTNER for {_names(partners)}")
        announce_ready()
        await stop.wait()
        await gateway.stop()
    finally:
        if page is not None:
            page.stop()


async def _start(gateway: object, settings: Settings) -> None:
    from aiokafka.errors import KafkaError
    from milepost.gateway.running import Gateway
    from milepost.runtime.asking import BrokerUnreachable
    from milepost.runtime.durable.exits import EXIT_NO_BROKER

    assert isinstance(gateway, Gateway)
    try:
        await gateway.start()
    except KafkaError as error:
        gone = BrokerUnreachable(f"Kafka at {settings.broker} does not answer: {type(error).__name__}")
        gone.exit_code = EXIT_NO_BROKER
        raise gone from None


def _names(partners: Mapping[str, Partner]) -> str:
    return ", ".join(sorted(name for name, one in partners.items() if one.signature is not None)) or "no partner"
