"""One delivery from its bytes to its answer: recognised, known already?, fetched if it only points, acknowledged."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from milepost.codecs.documents import DOCUMENT_MAX_BYTES
from milepost.codecs.errors import DecodeError
from milepost.codecs.plain import encode
from milepost.gateway import answers, identity
from milepost.gateway.answers import Answer
from milepost.gateway.attributes import attributes
from milepost.gateway.bodies import Refusal, plain, too_large
from milepost.gateway.fetching import Fetched, Fetching, NotFetched, with_pointer
from milepost.gateway.limits import Bucket, Limits, body_limit
from milepost.gateway.once import Once
from milepost.gateway.partners import Fetch, Partner, Signature
from milepost.gateway.publishing import NotTaken, Publisher
from milepost.gateway.records import Arrived, once_key
from milepost.gateway.signatures import Presented, verdict
from milepost.gateway.taking import take
from milepost.runtime.setting_kinds import Network, Secret


class Delivery(NamedTuple):
    """A request as it was read. ``header``: a header's value, empty without it. ``body``: as it came on the wire."""

    partner: str
    header: Callable[[str], str]
    body: bytes
    peer: str = ""
    sandbox: bool = False
    headers: Iterable[tuple[str, str]] = ()


class Listening(Protocol):
    """Is told what became of messages. ``alive``: something genuine came; ``kept`` where the topic says so as well."""

    def alive(self, partner: str, *, kept: bool) -> None: ...

    def taken(self, partner: str, size: int) -> None: ...

    def duplicate(self, partner: str) -> None: ...

    def id_reused(self, partner: str) -> None: ...


def unknown() -> Partner:
    """Nobody. A path without a partner is looked at as any other and answered as a forgery: it tells no names."""
    nobody = Signature(scheme="hmac-sha256", secrets=(Secret(os.urandom(32).hex()),), header="X-Signature")
    return Partner(name="", signature=nobody)


class Receiving:
    """``now`` is the wall clock in seconds since 1970, ``clock`` a monotonic one."""

    def __init__(
        self,
        partners: Mapping[str, Partner],
        publisher: Publisher,
        fetching: Fetching,
        listening: Listening,
        *,
        now: Callable[[], float],
        clock: Callable[[], float],
        limits: Limits | None = None,
        proxies: Sequence[Network] = (),
        once: Once | None = None,
    ) -> None:
        self._partners = {name: one for name, one in partners.items() if one.signature is not None}
        self._publisher, self._fetching, self._listening = publisher, fetching, listening
        self._now, self._proxies, self._limits = now, proxies, limits or Limits()
        self._nobody, self._once = unknown(), once or Once()
        self._buckets = {
            name: Bucket(one.rate_per_s, clock) for name, one in self._partners.items() if one.rate_per_s is not None
        }

    def limit_of(self, partner: str) -> int:
        """Return how many bytes a delivery to this path may have."""
        return body_limit(self._partners.get(partner, self._nobody).format)

    async def answer(self, delivery: Delivery) -> Answer:
        """Return the answer; 2xx only when the broker has the message, or had it before."""
        partner = self._partners.get(delivery.partner, self._nobody)
        try:
            return await self._answer(partner, delivery)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.why, refusal.text)
        except NotFetched as error:
            return Answer(503, "fetch", str(error), self._limits.retry_s)
        except NotTaken:
            return Answer(503, "broker", "not stored; send it again", self._limits.away_s)

    async def _answer(self, partner: Partner, delivery: Delivery) -> Answer:
        limit = body_limit(partner.format)
        if len(delivery.body) > limit:
            raise too_large(limit)
        body = await _plain(delivery, limit)
        if (doubt := self._doubt(partner, delivery, body)) is not None:
            return doubt
        bucket = self._buckets.get(partner.name)
        if bucket is not None and (wait_s := bucket.wait_s()):
            return Answer(429, "rate", "more a second than was agreed", wait_s)
        if body:
            return await self._told(partner, delivery, body)
        if not delivery.sandbox:
            self._listening.alive(partner.name, kept=False)
        return answers.EMPTY

    def _doubt(self, partner: Partner, delivery: Delivery, body: bytes) -> Answer | None:
        assert partner.signature is not None
        bodies = (body,) if body is delivery.body else (body, delivery.body)
        presented = Presented(delivery.header, bodies, delivery.peer, self._now(), self._proxies)
        found = verdict(partner.signature, presented)
        if found == "genuine":
            return None
        return answers.STALE if found == "stale" else answers.FORGED

    async def _told(self, partner: Partner, delivery: Delivery, body: bytes) -> Answer:
        reading = identity.Reading(delivery.header, body)
        own = identity.own_id(partner, reading)
        content = _with_headers(Fetched(body, delivery.header("Content-Type")), partner, delivery)
        url = _pointed_at(partner, reading)
        if partner.fetch is not None and url and not own:  # the same pointer again may well point at news
            content, url = await self._fetched(partner.fetch, url, content.value), None
        arrived = self._arrived(partner, delivery, own or identity.digest_of(content.value), content)
        if not delivery.sandbox:
            arrived = arrived._replace(number=identity.sequence(partner, reading))
        key = once_key(arrived.transport, partner.name, arrived.id, sandbox=delivery.sandbox)
        outcome = await self._once.run(key, sha256(arrived.value).digest(), lambda: self._take(partner, arrived, url))
        if not delivery.sandbox:
            self._listening.alive(partner.name, kept=outcome != "again")
        if outcome == "again":
            self._listening.duplicate(partner.name)
            return answers.DUPLICATE
        if outcome == "reused":
            self._listening.id_reused(partner.name)
        return answers.ACCEPTED

    def _arrived(self, partner: Partner, delivery: Delivery, name: str, content: Fetched) -> Arrived:
        return Arrived(
            partner=partner.name,
            source=partner.source,
            id=name,
            value=content.value,
            received_ms=int(self._now() * 1000),
            transport="webhook",
            content_type=content.content_type,
            sandbox=delivery.sandbox,
            attributes=attributes(delivery.headers) if partner.format == "cloudevents" else (),
        )

    async def _take(self, partner: Partner, arrived: Arrived, url: str | None) -> None:
        """Hand a message to the broker; of one that only points, what it points at."""
        if partner.fetch is not None and url:
            found = await self._fetched(partner.fetch, url, arrived.value)
            arrived = arrived._replace(
                value=found.value, content_type=found.content_type, delivered=identity.digest_of(arrived.value)
            )
        await take(self._publisher, arrived, partner.format)
        self._listening.taken(partner.name, len(arrived.value))

    async def _fetched(self, fetch: Fetch, url: str, pointer: bytes) -> Fetched:
        return with_pointer(await self._fetching.get(fetch, url), fetch.pointer, pointer)


async def _plain(delivery: Delivery, limit: int) -> bytes:
    encoding = delivery.header("Content-Encoding")
    if not encoding or limit <= DOCUMENT_MAX_BYTES:
        return plain(delivery.body, encoding, limit)
    return await asyncio.to_thread(plain, delivery.body, encoding, limit)  # 16 MiB take time that others have to wait


def _with_headers(content: Fetched, partner: Partner, delivery: Delivery) -> Fetched:
    """Return the body with the headers that the dialect wants kept: what a message is about may stand there alone."""
    if partner.headers is None:
        return content
    said = {name: text for name in partner.headers.names if (text := delivery.header(name))}
    return with_pointer(content, partner.headers.field, encode(said))


def _pointed_at(partner: Partner, reading: identity.Reading) -> str | None:
    if partner.fetch is None:
        return None
    try:
        return partner.fetch.url(reading.document())
    except DecodeError:  # no address: what the message is instead, the lane says
        return None
