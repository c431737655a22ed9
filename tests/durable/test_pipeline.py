"""Group commit, without a broker: changelog, then outputs, then committable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from milepost.runtime.durable.interface import Output
from milepost.runtime.durable.pipeline import Pipeline
from milepost.runtime.durable.store import Changes
from milepost.tests.durable.fakes import an_era, die


def test_an_offset_is_committable_only_after_changelog_and_outputs() -> None:
    """Rule 3: per group the changelog is acknowledged, then the outputs, and only then may the offset be committed."""

    async def check() -> None:
        happened: list[str] = []
        logged, published = asyncio.Event(), asyncio.Event()

        async def log(changes: Mapping[int, Changes]) -> None:
            happened.append("log sent")
            await logged.wait()
            happened.append("log acknowledged")

        class Publisher:
            async def publish(self, outputs: Sequence[Output]) -> None:
                happened.append("outputs sent")
                await published.wait()
                happened.append("outputs acknowledged")

        pipeline = Pipeline(log, Publisher(), lambda book, stop, n: happened.append(f"committable {stop}"), die)
        pipeline.start()
        _, book = an_era()
        pipeline.add_chunk(book, 5, 5, {("t", "k"): b"v"}, [Output("out", b"k", b"v")])
        await asyncio.sleep(0.01)
        assert happened == ["log sent"]
        logged.set()
        await asyncio.sleep(0.01)
        assert happened == ["log sent", "log acknowledged", "outputs sent"]
        published.set()
        await asyncio.wait_for(pipeline.drained(), 1)
        assert happened[3:] == ["outputs acknowledged", "committable 5"]
        await pipeline.stop()

    asyncio.run(check())


def test_groups_overlap_but_keep_their_order() -> None:
    """The next group's changelog is written while the last group's outputs travel, and offsets grow in order."""

    async def check() -> None:
        running = most = 0
        stops: list[int] = []
        values: list[bytes | None] = []

        async def log(changes: Mapping[int, Changes]) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            values.extend(changes[0].values())
            running -= 1

        class Publisher:
            async def publish(self, outputs: Sequence[Output]) -> None:
                nonlocal running, most
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.002)
                running -= 1

        pipeline = Pipeline(log, Publisher(), lambda book, stop, n: stops.append(stop), die)
        pipeline.start()
        _, book = an_era()
        for n in range(1, 30):
            pipeline.add_chunk(book, n, 1, {("t", "k"): b"%d" % n}, [Output("out", b"k", b"v")])
            await asyncio.sleep(0.0005)
        await asyncio.wait_for(pipeline.drained(), 5)
        assert (stops, stops[-1], most) == (sorted(stops), 29, 2)
        assert values[-1] == b"29"
        assert len(values) < 29  # chunks that met in a group wrote their key once
        await pipeline.stop()

    asyncio.run(check())
