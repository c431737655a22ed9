"""quixstreams doing the job, tuned: raw bytes, msgspec, a changelog record per order and checkpoint."""

from __future__ import annotations

import sys
from typing import Any

from job import State, decode_event, decode_state, encode, step
from quixstreams import Application
from quixstreams.state.rocksdb import RocksDBOptions
from task import Meter, Task, told

STATE = b"state"


def main(task: Task) -> None:
    """Do the task."""
    meter = Meter(task)
    app = Application(
        broker_address=task.bootstrap,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        commit_interval=1.0,
        state_dir=task.folder,
        loglevel="WARNING",
        auto_create_topics=True,  # its changelog
        consumer_extra_config={"fetch.wait.max.ms": 100, "queued.min.messages": 20_000},
        producer_extra_config={"linger.ms": 1 if task.mode == "steady" else 20, "batch.size": 512 * 1024},
        rocksdb_options=RocksDBOptions(dumps=encode, loads=decode_state, use_fsync=False),
        consumer_poll_timeout=0.1,
    )
    source = app.topic(task.source, key_deserializer="bytes", value_deserializer="bytes")
    output = app.topic(task.output, key_serializer="bytes", value_serializer="bytes")

    def apply(value: bytes, state: Any) -> bytes:
        meter.begin()
        event = decode_event(value)
        kept = state.get(STATE) or State()
        said = step(kept, event)
        state.set(STATE, kept)
        meter.count(1)
        return encode(said)

    app.dataframe(source).apply(apply, stateful=True).to_topic(output)
    if task.mode == "steady":
        app.run()
        sys.exit(0)
    app.run(count=task.events, collect=False)  # returns after its last checkpoint: flushed, committed
    meter.end()


if __name__ == "__main__":
    main(told())
