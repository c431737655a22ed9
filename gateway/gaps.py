"""What is missing becomes WEBHOOK_GAP on ``orders.exceptions``, opened once and closed once, and the partner is asked.

What came is told by the topic (memory.py), so all gateways watch the same and say the same, under an id that is derived
from partner and cause: a process that is started again opens and closes the same exception. After a start nobody knows
what an earlier process told. So what is well is told as closed once, where the topic gives reason to: the partner
spoke; something was missing and has come.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from math import inf

import msgspec
from milepost.contracts.identifiers import digest, partner_key
from milepost.contracts.reports import ExceptionRaised, Severity
from milepost.gateway.kept import Kept
from milepost.gateway.partners import Partner
from milepost.gateway.publishing import NotTaken, Publisher
from milepost.gateway.records import SIGN, Arrived, Record, record_of
from milepost.gateway.watching import Cause, Heard
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS, PARTNER_DOCUMENTS

TYPE = "WEBHOOK_GAP"
SEVERITY: Severity = "warning"
QUEUE = "integration"
LOOK_S = 5.0
SIGN_SHARE = 100
"""A sign of life without a record is told to other gateways when they are this part of the agreed silence behind."""
BY_HAND = "by a person: milepost partner settle"
UNTIL: Mapping[Cause, str] = {
    "silence": f"by itself when the partner is heard again; {BY_HAND}",
    "sequence": f"by itself when what is missing comes, or the partner's list is polled; {BY_HAND}",
}

log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Gaps:
    """Watches every partner that sends by HTTP. ``poll`` asks one for what it has: true when that was taken in.

    ``now`` is the wall clock in seconds since 1970; it must agree with the brokers' to some seconds.
    """

    def __init__(
        self,
        partners: Mapping[str, Partner],
        publisher: Publisher,
        *,
        poll: Callable[[Partner], Awaitable[bool]],
        now: Callable[[], float],
    ) -> None:
        self._partners = {name: one for name, one in partners.items() if one.signature is not None}
        self._publisher, self._poll, self._now = publisher, poll, now
        self._heard = {name: Heard(now(), silence_s=one.silence_s) for name, one in self._partners.items()}
        self._open = dict[tuple[str, Cause], bool]()  # not in it: nobody knows what an earlier process told
        self._asked = dict[str, float]()
        self._unsaid = dict[str, float]()  # when it gave a sign of life of which there is no record
        self._signed = dict[str, float]()

    def begun(self, since_s: float) -> None:
        """Of what came before ``since_s`` nothing is known."""
        for heard in self._heard.values():
            heard.begun(since_s)

    def alive(self, partner: str, *, kept: bool) -> None:
        """Something genuine came to this gateway; ``kept``: it is on the topic, too."""
        now_s = self._now()
        self._heard[partner].alive(now_s)
        if not kept:
            self._unsaid[partner] = now_s

    def learn(self, kept: Kept) -> None:
        """Hear what the topic has, in whatever order, and of whichever gateway."""
        heard = self._heard.get(kept.partner)
        if heard is None or not kept.counts or kept.transport == "drop":
            return
        if kept.asked_s is not None:
            heard.polled(kept.asked_s, kept.place)
            self._asked[kept.partner] = max(self._asked.get(kept.partner, -inf), kept.asked_s)
        else:
            heard.heard(kept.at_s, kept.number, kept.place)

    def silences(self) -> dict[str, float]:
        """For how long each partner that is watched for silence has been silent, in seconds."""
        now_s = self._now()
        return {n: now_s - self._heard[n].last_s for n, one in self._partners.items() if one.silence_s is not None}

    def missing(self) -> dict[str, float]:
        """How many messages are missing of each partner whose sequence is watched."""
        now_s = self._now()
        watched = (name for name, one in self._partners.items() if one.counts())
        return {name: float(self._heard[name].missing(now_s)) for name in watched}

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Tell what opened and closed since the last look, and ask the partners of whom something is missing."""
        await asyncio.gather(*(self._look_at(one) for one in self._partners.values()))

    async def _look_at(self, partner: Partner) -> None:
        await self._tell(partner)
        await self._sign(partner)
        now_s = self._now()
        due = partner.poll is not None and now_s - self._asked.get(partner.name, -inf) >= partner.poll.every_s
        if due and self._heard[partner.name].open(now_s):
            self._asked[partner.name] = now_s
            await self._poll(partner)  # that it was asked, and what it said, comes by the topic

    async def _sign(self, partner: Partner) -> None:
        """Let other gateways hear what left no record: a message without a body, or one that came before."""
        unsaid_s, kept_s = self._unsaid.get(partner.name), self._heard[partner.name].kept_s
        if unsaid_s is None or partner.silence_s is None:
            return
        enough_s = max(LOOK_S, partner.silence_s / SIGN_SHARE)
        told_s = max(self._signed.get(partner.name, -inf), -inf if kept_s is None else kept_s)
        if unsaid_s - told_s < enough_s:
            return
        sign = Arrived(partner.name, partner.source, SIGN, b"", int(unsaid_s * 1000), "sign")
        with contextlib.suppress(NotTaken):  # the next look tells it
            await self._publisher.publish([record_of(PARTNER_DOCUMENTS, sign)])
            self._signed[partner.name] = self._now()

    async def _tell(self, partner: Partner) -> None:
        heard = self._heard[partner.name]
        is_open = heard.open(self._now())
        for cause in ("silence", "sequence"):
            told = self._open.get((partner.name, cause))
            wrong = cause in is_open
            if wrong == told or (told is None and not wrong and not self._may_be_told(partner, cause)):
                continue
            try:
                await self._publisher.publish([self._exception(partner, cause, heard, still_open=wrong)])
            except NotTaken:
                return  # the next look tells it
            self._open[partner.name, cause] = wrong
            if wrong or told:
                log.warning("partner %s: %s %s", partner.name, cause, "gap" if wrong else "healed")

    def _may_be_told(self, partner: Partner, cause: Cause) -> bool:
        """Whether an earlier process, or another, may have told of what is well now."""
        heard = self._heard[partner.name]
        if cause == "silence":
            return heard.met and partner.silence_s is not None
        return heard.healed() and partner.counts()

    def _exception(self, partner: Partner, cause: Cause, heard: Heard, *, still_open: bool) -> Record:
        owner = partner_key(partner.name)
        raised = ExceptionRaised(
            id=digest(owner, TYPE, cause), owner=owner, type=TYPE, severity=SEVERITY, queue=QUEUE, cause=cause,
            text=self._words(partner, cause, heard), system="people", until=UNTIL[cause],
            opened_at=datetime.fromtimestamp(min(heard.since_s(cause), self._now()), UTC),
        )  # fmt: skip
        if not still_open:
            raised = msgspec.structs.replace(
                raised, severity="info", queue="none", text="the cause has gone", until="", opened_at=None,
                open=False, status="resolved", resolution="cleared",
            )  # fmt: skip
        return Record(ORDERS_EXCEPTIONS, owner.encode(), _encode(raised), [])

    def _words(self, partner: Partner, cause: Cause, heard: Heard) -> str:
        now_s = self._now()
        if cause == "silence":
            return f"nothing by HTTP for {now_s - heard.last_s:.0f} s; at most {partner.silence_s:.0f} s were agreed"
        return f"{heard.missing(now_s)} missing in the sequence, the first is {heard.first_missing()}"
