"""Faust's table manager with our recovery, and the lane's start inside the worker's own start."""

from __future__ import annotations

from typing import Any

from aiokafka.errors import KafkaError
from faust.tables.manager import TableManager
from milepost.runtime.durable.checks import check_topics
from milepost.runtime.durable.exits import EXIT_CONFIG, EXIT_NO_BROKER, die
from milepost.runtime.durable.recovery import DurableRecovery
from milepost.runtime.errors import ConfigurationError


class DurableTables(TableManager):  # type: ignore[misc]
    _recovery: DurableRecovery | None = None

    @property
    def recovery(self) -> DurableRecovery:
        if self._recovery is None:
            self._recovery = DurableRecovery(self.app, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """As Faust's, without its second of sleep, and with the world checked before the group is joined."""
        lane: Any = self.app.durable
        try:
            await check_topics(lane.setup, self.changelog_topics)
        except ConfigurationError as error:
            die(str(error), EXIT_CONFIG)
        except (KafkaError, OSError) as error:
            die(f"no Kafka answers at {lane.setup.bootstrap}: {error!r}", EXIT_NO_BROKER)
        lane.start()
        await self._update_channels()
        await self.recovery.start()

    async def on_stop(self) -> None:
        await super().on_stop()
        await self.app.durable.stop()
