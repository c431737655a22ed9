"""A partner's own list, asked for while something is missing; its answer goes the way of a webhook."""

from __future__ import annotations

import logging
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urlsplit

from milepost.gateway.bodies import Refusal
from milepost.gateway.fetching import Fetching, NotFetched
from milepost.gateway.hosts import ANYWHERE
from milepost.gateway.once import Once
from milepost.gateway.partners import Fetch, Partner
from milepost.gateway.publishing import NotTaken, Publisher
from milepost.gateway.records import SIGN, Arrived, once_key, record_of
from milepost.gateway.taking import take
from milepost.runtime.topic_table import PARTNER_DOCUMENTS

log = logging.getLogger(__name__)


class Polling:
    """``now`` is the wall clock in seconds since 1970. Several gateways may ask: the same answer is kept once."""

    def __init__(self, publisher: Publisher, fetching: Fetching, once: Once, now: Callable[[], float]) -> None:
        self._publisher, self._fetching, self._once, self._now = publisher, fetching, once, now

    async def poll(self, partner: Partner) -> bool:
        """Ask once; true when the answer is safe, or is the same as before."""
        if partner.poll is None:
            return False
        # The address is the dialect's own word, no stranger's: it may be in our own network.
        hosts = (urlsplit(partner.poll.url).netloc, *ANYWHERE)
        fetch = Fetch(url=lambda document: None, hosts=hosts, login=partner.poll.login)
        asked_s = self._now()
        try:
            found = await self._fetching.get(fetch, partner.poll.url)
            await self._taken(partner, found.value, found.content_type, asked_s)
        except (NotFetched, NotTaken, Refusal) as error:
            log.warning("partner %s could not be polled: %s", partner.name, error or "Kafka is away")
            return False
        return True

    async def _taken(self, partner: Partner, value: bytes, content_type: str, asked_s: float) -> None:
        mark, now_s = sha256(value), self._now()
        arrived = Arrived(
            partner=partner.name,
            source=partner.source,
            id=f"poll/{mark.hexdigest()}",
            value=value,
            received_ms=int(now_s * 1000),
            transport="poll",
            content_type=content_type,
            asked_ago_ms=max(0, int((now_s - asked_s) * 1000)),
        )

        async def work() -> None:
            await take(self._publisher, arrived, partner.format)

        if await self._once.run(once_key("poll", partner.name, arrived.id), mark.digest(), work) == "again":
            # Nothing new in it, but that it was asked heals what is missing, at every gateway.
            sign = arrived._replace(id=SIGN, transport="sign", value=b"", content_type="")
            await self._publisher.publish([record_of(PARTNER_DOCUMENTS, sign)])
