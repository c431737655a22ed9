"""One process of a lane: the product's lane, recovery, reading and writing on a client and a group in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

from milepost.runtime.durable.app import _batch
from milepost.runtime.durable.book import Chunk
from milepost.runtime.durable.lane import DurableLane
from milepost.runtime.durable.setup import LaneSetup
from milepost.runtime.windows import Window
from milepost.tests.simulation.clock import Loop, Process
from milepost.tests.simulation.consumer import KafkaConsumer, Reader
from milepost.tests.simulation.judge import Watched
from milepost.tests.simulation.producer import Producer
from milepost.tests.simulation.world import HEARTBEAT_S, World, changelog

_QUEUED_CHUNKS = 8


class Lane(DurableLane):
    """The product's own, with a reader of changelogs that needs no socket."""

    def __init__(self, app: Any, setup: LaneSetup, new_reader: Callable[[], Any], guarded: bool) -> None:
        super().__init__(app, setup)
        self.guarded = guarded
        self.new_reader = new_reader


class Stream:
    """What Faust puts between the consumer and the agent: a queue of chunks, emptied when the flow resumes."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Chunk] = asyncio.Queue(_QUEUED_CHUNKS)

    async def put(self, message: Any) -> None:
        await self._queue.put(message.value)

    def clear(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()

    async def noack(self) -> AsyncIterator[Chunk]:
        while True:
            yield await self._queue.get()


class Worker:
    def __init__(self, name: str, world: World, hears: Callable[[Worker, Window], None]) -> None:
        loop: Any = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        self.world, self.name, self._hears = world, name, hears
        self.process = Process(name, loop)
        self._member: asyncio.Task[Any] | None = None
        self.process.spawn(self._main())

    # -- what a drill listens to -------------------------------------------------------------------------------

    def passing(self, window: Window) -> None:
        self._hears(self, window)

    def ended(self) -> bool:
        return self.process.dead

    # -- the process -------------------------------------------------------------------------------------------

    async def _main(self) -> None:
        world, parts = self.world, self.world.parts
        self.producer = Producer(self.name, world.broker, world.wire)
        self.kafka = KafkaConsumer(self.name, world.broker, world.group, world.wire, world.draw)
        self.app = app = self._app()
        app.durable = self.lane = Lane(
            app, world.setup(self._processor), lambda: Reader(world.broker, world.wire, world.draw), world.guarded
        )
        self.lane.die = self.process.die
        self.lane.passing = self.passing
        self.thread = parts.thread(self.kafka)
        self.stream = Stream()
        app.consumer = parts.consumer(app, self.thread, self.stream.put)
        app.tables.recovery = self.recovery = parts.recovery(app, loop=asyncio.get_running_loop())
        app.flow_control = SimpleNamespace(resume=self.stream.clear)
        app._fetcher = SimpleNamespace(maybe_start=self._read, should_stop=False)
        self._reading: asyncio.Task[Any] | None = None
        await world.job.before_start(self)
        self.lane.start()
        parts.lane(self.lane)
        self.process.spawn(_batch(self.lane)(self.stream))
        self.process.spawn(self._commits())
        self._member = asyncio.create_task(self._membership())
        self._member.add_done_callback(self.process._ended)

    def _app(self) -> Any:
        class Tables(dict[str, Any]):
            recovery: Any = None
            on_actives_ready = on_standbys_ready = staticmethod(lambda: None)

        def table(name: str) -> Any:
            return SimpleNamespace(changelog_topic=SimpleNamespace(get_topic_name=lambda: changelog(name)))

        async def nothing() -> None:
            return None

        sensors = SimpleNamespace(on_commit_initiated=lambda _: None, on_commit_completed=lambda *_: None)
        return SimpleNamespace(
            should_stop=False, client_only=False, consumer_generation_id=0, sensors=sensors,
            tables=Tables({t: table(t) for t in self.world.job.tables}),
            producer=SimpleNamespace(_producer=self.producer),
            on_rebalance_complete=SimpleNamespace(send=nothing), on_rebalance_end=lambda: None,
        )  # fmt: skip

    def _processor(self) -> Any:
        return self.world.parts.processor(Watched(self.world.job.begin(self), self.name, self.world.judge))

    async def _read(self) -> None:
        if self._reading is None:
            self._reading = self.process.spawn(self.app.consumer._drain_messages(self.app._fetcher))

    async def _commits(self) -> None:
        while True:
            await asyncio.sleep(self.world.tuning.commit_interval_s)
            await self.app.consumer.commit()

    # -- its membership ----------------------------------------------------------------------------------------

    async def _membership(self) -> None:
        group, wire, owned = self.world.group, self.world.wire, frozenset[Any]()
        while True:
            joined = await wire.request(lambda: group.join(self.name), "coordinator")
            self.kafka._coordinator.generation = joined.generation
            self.kafka.assign(joined.assigned)
            self.thread.pause_all(joined.assigned)
            await self.recovery.on_rebalance(joined.assigned, owned - joined.assigned, joined.assigned - owned)
            owned = joined.assigned
            while (answer := await self._heartbeat(joined.generation)) == "ok":
                pass
            if answer == "unknown":
                self.kafka._coordinator.generation = -1
            self.thread.shut()
            keeping = asyncio.create_task(self._keep(joined.generation))
            await self.lane.close_era()
            keeping.cancel()

    async def _heartbeat(self, generation: int) -> str:
        await asyncio.sleep(HEARTBEAT_S)
        answer: str = await self.world.wire.request(lambda: self.world.group.heartbeat(self.name, generation))
        return answer

    async def _keep(self, generation: int) -> None:
        while await self._heartbeat(generation) != "unknown":
            pass

    # -- its end -----------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """SIGTERM: everything done is committed, then the group is left."""
        if not self.process.dead:
            self.process.spawn(self._stop())

    async def _stop(self) -> None:
        if self._member is not None:
            self.thread.shut()
            await self.lane.close_era()
            self._member.cancel()
            await self.recovery.interrupt()
            await self.world.wire.request(lambda: self.world.group.leave(self.name), "coordinator")
            await self.lane.stop()
        self.process.kill("stopped")
