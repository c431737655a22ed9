"""What is missing becomes WEBHOOK_GAP on ``orders.exceptions``, opened once and closed once, and the partner is asked.

The exception's id is derived from partner and cause: a process that is started again opens and closes the same one. The
first word of a partner after a start closes a silence that an earlier process may have opened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from math import inf

import msgspec
from milepost.contracts.identifiers import digest, partner_key
from milepost.contracts.reports import ExceptionRaised, Severity
from milepost.gateway.partners import Partner
from milepost.gateway.publishing import NotTaken, Publisher
from milepost.gateway.records import Record
from milepost.gateway.watching import Cause, Heard
from milepost.runtime.topic_table import ORDERS_EXCEPTIONS

TYPE = "WEBHOOK_GAP"
SEVERITY: Severity = "warning"
QUEUE = "integration"
LOOK_S = 5.0
UNTIL: Mapping[Cause, str] = {
    "silence": "the partner is heard again",
    "sequence": "what is missing comes, or the partner's list is polled",
}

log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Gaps:
    """Watches every partner that sends by HTTP. ``poll`` asks one for what it has: true when that was taken in.

    ``clock`` is monotonic, ``now`` the wall clock, both in seconds.
    """

    def __init__(
        self,
        partners: Mapping[str, Partner],
        publisher: Publisher,
        *,
        poll: Callable[[Partner], Awaitable[bool]],
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self._partners = {name: one for name, one in partners.items() if one.signature is not None}
        self._publisher, self._poll, self._clock, self._now = publisher, poll, clock, now
        self._heard = {name: Heard(clock(), silence_s=one.silence_s) for name, one in self._partners.items()}
        self._open = dict[tuple[str, Cause], bool]()  # not in it: nobody knows what an earlier process told
        self._spoke = set[str]()
        self._asked = dict[str, float]()

    def heard(self, partner: str, sequence: int | None) -> None:
        """A message of the partner was taken in."""
        self._heard[partner].heard(self._clock(), sequence)
        self._spoke.add(partner)

    def silences(self) -> dict[str, float]:
        """For how long each partner that is watched for silence has been silent, in seconds."""
        now_s = self._clock()
        return {n: now_s - self._heard[n].last_s for n, one in self._partners.items() if one.silence_s is not None}

    def missing(self) -> dict[str, float]:
        """How many messages are missing of each partner whose sequence is watched."""
        now_s = self._clock()
        watched = (n for n, one in self._partners.items() if one.sequence.header or one.sequence.path)
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
        now_s = self._clock()
        due = partner.poll is not None and now_s - self._asked.get(partner.name, -inf) >= partner.poll.every_s
        if due and self._heard[partner.name].open(now_s):
            self._asked[partner.name] = now_s
            if await self._poll(partner):
                self._heard[partner.name].polled(now_s)
                await self._tell(partner)

    async def _tell(self, partner: Partner) -> None:
        heard, now_s = self._heard[partner.name], self._clock()
        is_open = heard.open(now_s)
        for cause in ("silence", "sequence"):
            told = self._open.get((partner.name, cause))
            unknown = told is None and cause == "silence" and partner.silence_s is not None
            wrong = cause in is_open
            if wrong == (told or False) and not (unknown and not wrong and partner.name in self._spoke):
                continue
            try:
                await self._publisher.publish([self._exception(partner, cause, heard, still_open=wrong)])
            except NotTaken:
                return  # the next look tells it
            self._open[partner.name, cause] = wrong
            if wrong or told:
                log.warning("partner %s: %s %s", partner.name, cause, "gap" if wrong else "healed")

    def _exception(self, partner: Partner, cause: Cause, heard: Heard, *, still_open: bool) -> Record:
        owner = partner_key(partner.name)
        raised = ExceptionRaised(
            id=digest(owner, TYPE, cause), owner=owner, type=TYPE, severity=SEVERITY, queue=QUEUE, cause=cause,
            text=self._words(partner, cause, heard), system="people", until=UNTIL[cause],
            opened_at=datetime.fromtimestamp(self._now(), UTC),
        )  # fmt: skip
        if not still_open:
            raised = msgspec.structs.replace(
                raised, severity="info", queue="none", text="the cause has gone", until="", opened_at=None,
                open=False, status="resolved", resolution="cleared",
            )  # fmt: skip
        return Record(ORDERS_EXCEPTIONS, owner.encode(), _encode(raised), [])

    def _words(self, partner: Partner, cause: Cause, heard: Heard) -> str:
        now_s = self._clock()
        if cause == "silence":
            return f"nothing by HTTP for {now_s - heard.last_s:.0f} s; at most {partner.silence_s:.0f} s were agreed"
        return f"{heard.missing(now_s)} missing in the sequence, the first is {heard.first_missing()}"
