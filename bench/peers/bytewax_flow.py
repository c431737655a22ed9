"""bytewax doing the job: its own Kafka connectors, state kept by its stateful operator in memory, no changelog."""

from __future__ import annotations

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from job import Event, State, decode_event, encode, step
from task import Meter, Task, told

BATCH = 2000


def main(task: Task) -> None:
    """Do the task."""
    meter = Meter(task)

    def keyed(messages: list[object]) -> list[tuple[str, tuple[bytes, Event]]]:
        if messages:
            meter.begin()
            meter.count(len(messages))
        pairs = []
        for message in messages:
            event = decode_event(message.value)  # type: ignore[attr-defined]
            pairs.append((event.order, (message.key, event)))  # type: ignore[attr-defined]
        return pairs

    def apply(state: State | None, pair: tuple[bytes, Event]) -> tuple[State, KafkaSinkMessage[bytes, bytes]]:
        state = State() if state is None else state
        key, event = pair
        return state, KafkaSinkMessage(key, encode(step(state, event)))

    flow = Dataflow("orders")
    brokers = [task.bootstrap]
    source = KafkaSource(brokers, [task.source], tail=False, batch_size=BATCH, add_config={"fetch.wait.max.ms": "100"})
    sink = KafkaSink(brokers, task.output, add_config={"linger.ms": "5", "enable.idempotence": "true"})
    messages = op.input("in", flow, source)
    events = op.flat_map_batch("decode", messages, keyed)
    commands = op.stateful_map("orders", events, apply)
    op.output("out", op.map_value("value", commands, lambda said: said).then(op.key_rm, "plain"), sink)
    run_main(flow)  # to the end of the topic; the sink flushes as it closes
    meter.end()


if __name__ == "__main__":
    main(told())
