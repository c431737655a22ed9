"""The same lane as stock Faust has it, one event at a time: what the durable batch is compared with."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import faust
from milepost.runtime.durable.interface import Incoming
from milepost.tests.durable import processors
from milepost.tests.durable.worker import Job


class TableStore:
    """A stock Faust table as a processor's store."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def get(self, table: str, key: str) -> bytes | None:
        found: bytes | None = self._table.get(key.encode())
        return found

    def put(self, table: str, key: str, value: bytes | None) -> None:
        if value is None:
            self._table.pop(key.encode(), None)
        else:
            self._table[key.encode()] = value

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        return ((key.decode(), value) for key, value in self._table.items())


def build(job: Job) -> Any:
    app = faust.App(
        job.app_id,
        broker=f"kafka://{job.bootstrap}",
        autodiscover=False,
        datadir=job.datadir,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        broker_commit_interval=0.5,
        stream_recovery_delay=0.0,
        web_enabled=False,
    )
    table = app.Table(processors.TABLE, key_type=bytes, value_type=bytes)
    processor = getattr(processors, job.processor)(job.output)
    store = TableStore(table)

    async def one_at_a_time(stream: Any) -> None:
        async for event in stream.events():
            m = event.message
            processor.recovered(m.partition, store, 1)
            record = Incoming(m.topic, m.partition, m.offset, m.key, m.value, int(m.timestamp * 1000), ())
            for output in processor.chunk([record], store):
                await app.producer.send_and_wait(output.topic, output.key, output.value, m.partition, None, None)

    topic = app.topic(*job.sources, key_serializer="raw", value_serializer="raw")
    app.agent(topic, name="plain")(one_at_a_time)
    return app


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    faust.Worker(build(job), loglevel="info", override_logging=True).execute_from_commandline()


if __name__ == "__main__":
    main()
