"""Dropped files to the broker. A file is finished when the broker has it; until then it stays claimed.

Its message id is the digest of its bytes: taken in again after a crash, it is no news.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from milepost.codecs.x12.limits import SPLIT_MAX_BYTES
from milepost.gateway.bodies import Refusal
from milepost.gateway.folders import Folders, Unusable
from milepost.gateway.limits import body_limit
from milepost.gateway.once import Once
from milepost.gateway.partners import Partner
from milepost.gateway.publishing import NotTaken, Publisher
from milepost.gateway.records import Arrived, once_key
from milepost.gateway.taking import take
from milepost.runtime.errors import ConfigurationError

log = logging.getLogger(__name__)


class Dropping:
    """``now`` is the wall clock in seconds since 1970; ``counted`` is told finished | failed."""

    def __init__(
        self,
        drop_dir: Path,
        instance: str,
        partners: Mapping[str, Partner],
        publisher: Publisher,
        once: Once,
        *,
        now: Callable[[], float],
        counted: Callable[[str], None] = lambda what: None,
        look_s: float = 2.0,
    ) -> None:
        self._publisher, self._once, self._now, self._counted = publisher, once, now, counted
        self._look_s = look_s
        self._folders = {
            name: (one, Folders(drop_dir / name, instance, one.pattern))
            for name, one in partners.items()
            if one.pattern is not None
        }
        self._trouble: dict[str, str] = {}

    def prepare(self) -> None:
        """Make every partner's folders. Raises ConfigurationError, one line, where that cannot be."""
        for name, (_, folders) in self._folders.items():
            try:
                folders.prepare()
            except OSError as error:
                raise ConfigurationError(
                    f"MILEPOST_DROP_DIR: the folders of {name} cannot be had: {error.strerror or error}"
                ) from None

    async def run(self) -> None:
        """Look again and again, until cancelled; what was claimed then is taken in by the next process."""
        while True:
            await self.look()
            await asyncio.sleep(self._look_s)

    async def look(self) -> None:
        """Take in what is whole in every folder. Trouble with one partner's folder is no other's."""
        for name, (partner, folders) in self._folders.items():
            try:
                trouble = [
                    await self._tried(partner, folders, path)
                    for path in await asyncio.to_thread(folders.claimed, self._now())
                ]
            except (OSError, NotTaken) as error:
                trouble = [_words(error)]
            self._tell(name, next(filter(None, trouble), ""))

    async def _tried(self, partner: Partner, folders: Folders, path: Path) -> str:
        """Take in one file; what is wrong with it, as that it may not be read, holds up no other."""
        try:
            await self._one(partner, folders, path)
        except OSError as error:
            return _words(error)
        return ""

    async def _one(self, partner: Partner, folders: Folders, path: Path) -> None:
        try:
            value = await asyncio.to_thread(folders.read, path, file_limit(partner.format))
            await self._taken(partner, value, path.name)
        except BlockingIOError:
            return  # it grows: the next look sees whether it still does
        except (Unusable, Refusal) as refusal:
            await asyncio.to_thread(folders.fail, path, str(refusal))
            self._counted("failed")
        else:
            await asyncio.to_thread(folders.finish, path)
            self._counted("finished")

    async def _taken(self, partner: Partner, value: bytes, name: str) -> None:
        mark = sha256(value)
        arrived = Arrived(
            partner=partner.name,
            source=partner.source,
            id=mark.hexdigest(),
            value=value,
            received_ms=int(self._now() * 1000),
            transport="drop",
            name=name,
        )

        async def work() -> None:
            await take(self._publisher, arrived, partner.format)

        await self._once.run(once_key("drop", partner.name, arrived.id), mark.digest(), work)

    def _tell(self, name: str, trouble: str) -> None:
        if trouble and self._trouble.get(name) != trouble:
            log.warning("files of partner %s wait: %s", name, trouble)
        self._trouble[name] = trouble


def _words(error: Exception) -> str:
    return f"{type(error).__name__} {getattr(error, 'strerror', None) or ''}".strip()


def file_limit(format_: str) -> int:
    """Return how many bytes a file may have."""
    return SPLIT_MAX_BYTES if format_ == "x12" else body_limit(format_)
