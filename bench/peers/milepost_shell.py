"""Milepost's durable batch doing the job: every changelog record and command acknowledged before the commit."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from job import State, decode_event, decode_state, digest, encode, step
from milepost.runtime.durable.app import DurableApp, durable_app
from milepost.runtime.durable.interface import Incoming, Output, Store, Tuning
from task import Meter, Task, say, told

TABLE = "orders"
WATCH_S = 0.02


class Orders:
    """The processor. Orders stay decoded in memory, as the fulfilment lane's do; bytes go to the store per chunk."""

    def __init__(self, output: str, meter: Meter) -> None:
        self._output, self._meter = output, meter
        self._states: dict[int, dict[str, State]] = {}

    def recovered(self, partition: int, store: Store, epoch: int) -> Sequence[Output]:
        self._states[partition] = {}
        return []

    def revoked(self, partition: int) -> None:
        del self._states[partition]

    def chunk(self, records: Sequence[Incoming], store: Store) -> Sequence[Output]:
        self._meter.begin()
        states, output = self._states[records[0].partition], self._output
        touched: dict[str, State] = {}
        outputs = []
        for record in records:
            event = decode_event(record.value or b"")
            state = states.get(event.order)
            if state is None:
                kept = store.get(TABLE, event.order)
                state = states[event.order] = State() if kept is None else decode_state(kept)
            command = step(state, event)
            touched[event.order] = state
            outputs.append(Output(output, record.key or b"", encode(command)))
        for order, state in touched.items():
            store.put(TABLE, order, encode(state))
        self._meter.count(len(records))
        return outputs


def build(task: Task, meter: Meter) -> DurableApp:
    """Return the app with the tuning of production."""
    return durable_app(
        task.group, task.bootstrap, sources=[task.source], tables=[TABLE], outputs=[task.output],
        processor_factory=lambda: Orders(task.output, meter), datadir=task.folder, tuning=Tuning(),
    )  # fmt: skip


async def main(task: Task) -> None:
    """Do the task."""
    meter = Meter(task)
    app = build(task, meter)
    app.finalize()
    lane = app.durable
    starting = asyncio.ensure_future(app.start())  # kept: a task without a reference may be collected
    starting.add_done_callback(lambda task: task.result())
    if task.mode == "recover":
        await lane.joined.wait()
        meter.begin()
        await lane.flowing()
        meter.events = lane.stats.recovered_records
        meter.end()
        print_state(app)
    else:
        await lane.flowing()
        while task.mode == "steady" or meter.events < task.events:  # noqa: ASYNC110 - it must not be woken more
            await asyncio.sleep(WATCH_S)
        await lane.pipeline.drained()
        await lane.commit_books()
        meter.end()
    os._exit(0)  # all is durable: a slow goodbye would only make the rounds longer


def print_state(app: DurableApp) -> None:
    """Tell what was recovered; the clock has stopped."""
    found = {key: decode_state(value) for store in app.durable.stores.values() for key, value in store.items(TABLE)}
    say(at="state", digest=digest(found))


if __name__ == "__main__":
    asyncio.run(main(told()))
