"""Builds the Faust app of a stateful lane: Faust's own app, agent and tables around the durable batch."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faust
from faust.serializers.schemas import Schema
from milepost.runtime import kafka_access
from milepost.runtime.durable.interface import (
    EpochOf,
    Merge,
    Oversize,
    ProcessorFactory,
    Ticker,
    Tuning,
)
from milepost.runtime.durable.lane import DurableLane
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.durable.tables import DurableTables
from milepost.runtime.durable.transport import DurableTransport
from yarl import URL

_QUEUED_CHUNKS = 64
_MAX_BATCH_BYTES = 512 * 1024
"""Half of the usual max.message.bytes, which limits a batch. A single larger record gets a batch of its own."""


class ChunkSchema(Schema):  # type: ignore[misc]
    """The value of an event is the chunk as it is: the processor decodes, since it can say what is wrong."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        return None

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        return message.value


class Sources(faust.Topic):  # type: ignore[misc]
    """A lane's agent reads several topics; Faust's own `agents` command asks for one name and fails without it."""

    def get_topic_name(self) -> str:
        return ", ".join(self.topics or ())


class DurableApp(faust.App):  # type: ignore[misc]
    durable: DurableLane
    pulse: asyncio.Task[None] | None = None
    """Kept so that it is not collected while it runs."""


def durable_app(
    app_id: str,
    bootstrap: str,
    *,
    sources: Sequence[str],
    tables: Sequence[str],
    outputs: Sequence[str] = (),
    processor_factory: ProcessorFactory,
    instance_id: str | None = None,
    datadir: str | Path | None = None,
    web_port: int | None = None,
    web_host: str = "127.0.0.1",
    tuning: Tuning | None = None,
    merge: Merge | None = None,
    epoch_of: EpochOf | None = None,
    oversize: Oversize | None = None,
    ticker: Ticker | None = None,
) -> DurableApp:
    """The app of one lane; `app.durable` is its Lane. Nothing is connected or created before a worker starts.

    `instance_id` is a stable name per worker (static membership): after a crash its partitions come back to it at once.
    `outputs` are topics that must exist at start; others may be written to as well. No `web_port`, no web server.
    A table's changelog is the topic "<app_id>-<table>-changelog".
    """
    tuning = tuning or Tuning()
    app = DurableApp(app_id, **_settings(bootstrap, tuning, instance_id, datadir, web_port, web_host))
    url = [URL(f"kafka://{bootstrap}")]
    app.transport = DurableTransport(url, app)
    app.producer_transport = DurableTransport(url, app)
    setup = LaneSetup(
        app_id,
        bootstrap,
        tuple(sources),
        tuple(tables),
        processor_factory,
        tuning,
        tuple(outputs),
        merge,
        epoch_of,
        oversize,
        ticker,
    )
    app.durable = DurableLane(app, setup)
    for table in tables:
        app.Table(table, key_type=bytes, value_type=bytes)
    topic = Sources(app, topics=sources, schema=ChunkSchema(allow_empty=True))
    app.agent(topic, name=f"{app_id}.durable")(_batch(app.durable))
    return app


def _batch(lane: DurableLane) -> Any:
    async def durable_batch(stream: Any) -> None:
        async for chunk in stream.noack():
            try:
                lane.apply(chunk)
            except Exception as error:  # Faust would restart the agent and go on behind the chunk
                lane.die(f"the batch failed: {error!r}")
            await asyncio.sleep(0)  # lets the pipeline and the watchdog's heart run between two chunks

    return durable_batch


def _settings(
    bootstrap: str, tuning: Tuning, instance_id: str | None, datadir: str | Path | None, port: int | None, host: str
) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "broker": f"kafka://{bootstrap}",
        "broker_credentials": kafka_access.faust_credentials(),
        "TableManager": DurableTables,
        "autodiscover": False,
        "processing_guarantee": "at_least_once",
        "store": "memory://",
        "table_standby_replicas": 0,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "consumer_auto_offset_reset": "earliest",
        "consumer_group_instance_id": instance_id,
        "broker_session_timeout": tuning.session_timeout_s,
        "broker_heartbeat_interval": tuning.heartbeat_interval_s,
        "broker_request_timeout": tuning.session_timeout_s + 10,
        "broker_rebalance_timeout": tuning.rebalance_timeout_s,
        "broker_commit_interval": tuning.commit_interval_s,
        "broker_max_poll_records": tuning.poll_records,
        "stream_buffer_maxsize": _QUEUED_CHUNKS,
        "stream_wait_empty": True,
        "producer_request_timeout": tuning.produce_timeout_s,
        "producer_acks": -1,
        "producer_linger": 0,
        "producer_max_batch_size": _MAX_BATCH_BYTES,
        "consumer_metadata_max_age_ms": 30_000,
        "producer_metadata_max_age_ms": 30_000,
        # Nothing of ours is kept there, but Faust makes the directory, and by default in the current one.
        "datadir": str(datadir or Path(tempfile.gettempdir()) / "milepost-faust"),
        "web_enabled": port is not None,
        "web_bind": host,
        "web_host": host,
        "web_tables_enabled": False,
        "web_router_enabled": False,
    }
    if port is not None:
        settings["web_port"] = port
    return settings
