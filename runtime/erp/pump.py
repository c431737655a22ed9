"""The pump: sends open commands to the ERP, or to a partner, one turn at a time, and publishes what it answers.

A turn is one request. A command whose outcome is unknown, or that was taken over from another owner, is queried by
reference before anything else, and is believed absent only when a query that *began* after the longest processing time
found nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from typing import Any, Generic, Protocol

import msgspec
from milepost.contracts.postings import Outcome, PostingCommand
from milepost.runtime.durable.interface import Output
from milepost.runtime.erp.arrivals import Arrivals
from milepost.runtime.erp.backlog import Backlog, CallTime, PumpStats, drain_s
from milepost.runtime.erp.backoff import EXPONENT_MAX, Backoff
from milepost.runtime.erp.breaker import Breaker
from milepost.runtime.erp.budget import Budget
from milepost.runtime.erp.protocol import (
    UNDECIDABLE,
    Accepted,
    Busy,
    C,
    ErpUnavailable,
    Rejected,
    Sending,
    Undecidable,
    Unknown,
)
from milepost.runtime.erp.publisher import Publish, Publisher
from milepost.runtime.erp.queues import Job, Place, Queues
from milepost.runtime.erp.receipts import Told, published
from milepost.runtime.erp.verdicts import Absent, Found, Unsent, Verdict, in_words, well
from milepost.runtime.tracing.postings import CommandTrace
from milepost.runtime.windows import Passing, Window, unnoticed

log = logging.getLogger(__name__)

WAIT_MIN_S = 0.001  # a wait that rounds to nothing must not spin
GATE_POLL_S = 0.05  # how soon a new commit, or a heartbeat after a silence, is seen
BUSY_TOLD_EVERY_S = 60.0  # so often the log says why nothing goes
COMPENSATION_PAUSE_S = 1.0  # before the second try; doubled with each further one
ORIGINAL_MISSING = "ORIGINAL_MISSING"


def pause_s(command: PostingCommand) -> float:
    """Return how long a refused reversal waits before it is tried again: what refuses it may pass in a while.

    One that is only booked on another day has nothing to wait for.
    """
    again = command.reverses and command.attempt and not command.posting_date
    return COMPENSATION_PAUSE_S * float(2 ** min(command.attempt - 1, EXPONENT_MAX)) if again else 0.0


_POSTING_TOLD: Any = published
_POSTING_PAUSE: Any = pause_s


class Ownership(Protocol):
    """What the pump must know of its lane before it may send."""

    def committed(self, topic: str, partition: int) -> int | None:
        """Offset a new owner would start from; None while the partition is not ours."""

    def heartbeat_age_s(self) -> float:
        """Seconds since the broker last confirmed us as a member; infinite while we may not send at all."""


class Pump(Generic[C]):
    """One per process and ERP account, or partner. ``publish`` waits for the broker's acknowledgement.

    ``heartbeat_limit_s`` is half the session: with an older heartbeat somebody else may own our partitions by now.
    ``now`` is a monotonic clock in seconds, ``wall`` tells the time of receipts that come without one. ``receipt``
    makes the record that tells of an outcome, ``pause`` says how long a command waits before its first try, ``whom`` is
    who the log says it goes to; all three are those of postings unless said.
    """

    def __init__(
        self,
        *,
        gateway: Sending[C],
        ownership: Ownership,
        publish: Publish,
        budget: Budget,
        breaker: Breaker,
        backoff: Backoff,
        heartbeat_limit_s: float,
        now: Callable[[], float],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        receipt: Callable[[C, Told, datetime], Output] = _POSTING_TOLD,
        pause: Callable[[C], float] = _POSTING_PAUSE,
        whom: str = "the ERP",
    ) -> None:
        self.stats = PumpStats()
        self.passing: Passing = unnoticed
        self.called: Callable[[float], object] = lambda seconds: None
        """Told how long each turn's call took, also when it failed."""
        self.trace: CommandTrace[C] = CommandTrace()
        """Hears of calls and answers; replaced before the pump runs."""
        self._gateway, self._ownership = gateway, ownership
        self._publisher = Publisher(publish)
        self._budget, self._breaker, self._backoff = budget, breaker, backoff
        self._heartbeat_limit_s, self._now, self._wall = heartbeat_limit_s, now, wall
        self._receipt, self._pause, self._whom = receipt, pause, whom
        self._queues: Queues[C] = Queues(ownership.committed)
        self._call_time = CallTime()
        self._arrivals = Arrivals(now())
        self._turns: set[asyncio.Task[None]] = set()
        self._busy_told = -inf
        self._wake = asyncio.Event()

    # --- what the lane says, from inside its chunks: never waits

    def submit(self, command: C, place: Place, *, inherited: bool = False) -> None:
        """Take over one attempt. ``inherited``: somebody may have sent it before us, up to this moment."""
        now = self._now()
        unknown_since = now if inherited else None
        job = Job(command, place, inherited, now, unknown_since, not_before=now + self._pause(command),
                  reverses_document=command.reverses_document)  # fmt: skip
        self._queues.add(job, now)
        if not inherited:
            self._arrivals.came(now)
        self._wake.set()

    def answered(self, posting: str, owner: str, attempt: int | None) -> None:
        """A receipt is known: attempts up to this one (None: all) need nothing more."""
        self._queues.answered(posting, owner, attempt, self._now())

    def drop(self, partition: int) -> None:
        """The partition is no longer ours; calls under way end by themselves and are published all the same."""
        self._queues.drop(partition, self._now())

    def backlog(self) -> Backlog:
        """Return what is open now. May be asked from any thread: it works on copies."""
        now, jobs = self._now(), self._queues.jobs()
        unknown = [since for job in jobs if (since := job.unknown_since) is not None]
        calls = len(jobs) + len(unknown)
        arriving, budget = self._arrivals.per_s(now), self._budget
        rest = drain_s(calls, budget.rate_per_s, budget.concurrency, self._call_time.mean_s, arriving)
        return Backlog(
            fulfilment=self._queues.open["fulfilment"],
            reconciliation=self._queues.open["reconciliation"],
            under_way=len(self._turns),
            unknown=len(unknown),
            oldest_s=max((now - job.since for job in jobs), default=0.0),
            drain_s=None if self._breaker.state == "open" else rest,
            oldest_unknown_s=max((now - since for since in unknown), default=0.0),
            rate_per_s=self._budget.rate_per_s,
            arriving_per_s=arriving,
            breaker_open=self._breaker.state != "closed",
        )

    # --- the service

    async def run(self) -> None:
        """Pump until cancelled. An exception is our defect, or the broker's refusal, and must end the process."""
        try:
            while True:
                self._wake.clear()
                wait_s = self._begin_turns()
                await self._sleep(wait_s)
        finally:
            for turn in self._turns:
                turn.cancel()
            await asyncio.gather(*self._turns, return_exceptions=True)
            await self._publisher.close()

    async def _sleep(self, wait_s: float | None) -> None:
        # Not wait_for: until Python 3.12 it forgets a cancellation that comes together with what it waits for.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if wait_s is None else max(wait_s, WAIT_MIN_S)):
                await self._wake.wait()
        for turn in [t for t in self._turns if t.done()]:
            self._turns.discard(turn)
            turn.result()

    def _begin_turns(self) -> float | None:
        """Begin what may begin now; return how long nothing else can, None until somebody wakes us."""
        while True:
            now = self._now()
            self._queues.promote(now)
            fulfilment, reconciliation = self._queues.ready("fulfilment"), self._queues.ready("reconciliation")
            if not fulfilment and not reconciliation:
                return self._idle_s(now)
            if not self._may_send():
                return GATE_POLL_S
            if not self._breaker.allows(now):
                return self._breaker.wait_s(now) or None
            priority = self._budget.take(now, fulfilment=fulfilment, reconciliation=reconciliation)
            if priority is None:
                return self._budget.wait_s(now) or self._idle_s(now)
            job = self._queues.begin(priority)
            turn = asyncio.create_task(self._turn(job, self._breaker.began()))
            self._turns.add(turn)
            turn.add_done_callback(lambda _: self._wake.set())

    def _idle_s(self, now: float) -> float | None:
        due = self._queues.next_due()
        waits = [max(0.0, due - now)] if due is not None else []
        if self._queues.parked:
            waits.append(GATE_POLL_S)
        return min(waits, default=None)

    def _may_send(self) -> bool:
        return self._ownership.heartbeat_age_s() <= self._heartbeat_limit_s

    # --- one turn

    async def _turn(self, job: Job[C], ticket: int) -> None:
        began = self._now()
        verdict: Verdict | None = None
        try:
            with self.trace.calling(job.command) as call:
                verdict = await self._request(job, began)
                call.ended(*in_words(verdict))
        finally:
            now = self._now()
            self._budget.release(job.priority)
            self._call_time.took(now - began)
            if not isinstance(verdict, Unsent):
                self.called(now - began)
            self._breaker.ended(ticket, now, well=well(verdict))
            self._wake.set()
        await self._conclude(job, verdict)

    async def _request(self, job: Job[C], began: float) -> Verdict:
        if not self._may_send():
            return Unsent()
        try:
            if job.unknown_since is not None:
                self.stats.queries += 1
                known = await self._gateway.find(job.command.id)
                return Accepted(known[0].number, known[0].booked_at) if known else Absent(began)
            if job.command.reverses and not job.reverses_document:
                self.stats.queries += 1
                known = await self._gateway.find(job.command.reverses)
                missing = f"no document has the reference {job.command.reverses}"
                return Found(known[0].number) if known else Rejected(ORIGINAL_MISSING, missing)
        except ErpUnavailable as error:
            return Busy(str(error), error.retry_after_s, error.throttled)
        except Undecidable as error:
            return Rejected(UNDECIDABLE, str(error))
        self.passing(Window.ERP_CALL_BEFORE)
        if not self._may_send():  # asked as late as can be: whoever was suspended meanwhile may have a successor
            return Unsent()
        self.stats.sends += 1
        verdict = await self._gateway.post(_as_sent(job))
        self.passing(Window.ERP_CALL_AFTER)
        return verdict

    async def _conclude(self, job: Job[C], verdict: Verdict) -> None:
        match verdict:
            case Accepted():
                await self._answer(job, Told("accepted", verdict.number), verdict.booked_at)
            case Rejected():
                told = Told("rejected", code=verdict.code, text=verdict.text, first_open=verdict.first_open)
                await self._answer(job, told)
            case Busy():
                self._put_off(job, verdict)
            case Unknown():
                await self._doubt(job, verdict)
            case Absent():
                self._not_found(job, verdict)
            case Found():
                job.reverses_document = verdict.number
                self._again(job, 0.0)
            case Unsent():
                self._again(job, GATE_POLL_S)

    async def _answer(self, job: Job[C], told: Told, at: datetime | None = None) -> None:
        ids = {} if told.outcome == "accepted" else self._ids(job)  # now: once told, its trace is over
        self.passing(Window.RECEIPT_BEFORE)
        await self._tell(job, told, at or self._wall())
        self.passing(Window.RECEIPT_AFTER)
        accepted = told.outcome == "accepted"
        if accepted:
            self.stats.accepted += 1
        else:
            self.stats.rejected += 1
            said = told.code, told.text
            what = "left in doubt" if told.code == UNDECIDABLE else "rejected"
            known = self._whom, what, job.command.id, job.command.owner
            log.warning("%s %s %s of %s: %s %s", *known, *said, extra=ids)
        self._queues.end(job, self._now(), accepted=accepted)

    def _put_off(self, job: Job[C], busy: Busy) -> None:
        job.failures += 1
        self.stats.busy += not busy.throttled
        self.stats.throttled += busy.throttled
        self._tell_busy(job, busy)
        if busy.retry_after_s is not None:
            self._budget.pause(self._now() + busy.retry_after_s)
        self._again(job, self._backoff.delay_s(job.failures, busy.retry_after_s))

    def _tell_busy(self, job: Job[C], busy: Busy) -> None:
        """Nobody else hears of it, for nothing was done: a wrong address would look like patience."""
        if not busy.throttled and self._now() - self._busy_told >= BUSY_TOLD_EVERY_S:
            self._busy_told = self._now()
            known = job.command.id, job.command.owner, self._whom, busy.text
            log.warning("%s of %s waits for %s: %s", *known, extra=self._ids(job))

    async def _doubt(self, job: Job[C], unknown: Unknown) -> None:
        job.unknown_since = self._now()
        job.failures += 1
        self.stats.unknown += 1
        if not job.doubted:
            known = job.command.id, job.command.owner, self._whom, unknown.text
            log.warning("nobody knows what became of %s of %s at %s: %s", *known, extra=self._ids(job))
            outcome: Outcome = "unknown"
            await self._tell(job, Told(outcome, text=unknown.text), self._wall())
            job.doubted = True
        self._again(job, self._backoff.delay_s(job.failures))

    def _not_found(self, job: Job[C], absent: Absent) -> None:
        assert job.unknown_since is not None
        believed_from = job.unknown_since + self._gateway.longest_processing_s
        if absent.began >= believed_from:
            self.stats.resends += not job.inherited
            job.unknown_since = None
            self._again(job, 0.0)
            return
        job.failures += 1
        rest = max(0.0, believed_from - self._now())
        self._again(job, min(rest, self._backoff.delay_s(job.failures)))

    def _again(self, job: Job[C], delay_s: float) -> None:
        now = self._now()
        job.not_before = now + delay_s
        self._queues.again(job, now)

    async def _tell(self, job: Job[C], told: Told, at: datetime) -> None:
        told_of, said = self._receipt(job.command, told, at), f"{told.code} {told.text}"
        await self._publisher.tell(self.trace.answered(job.command, told.outcome, said, told_of))

    def _ids(self, job: Job[C]) -> dict[str, str | None]:
        """By these a line of the log is found from the order or the trace, and they from the line."""
        command = job.command
        named = {"order_id": command.owner, "command_id": command.id, "correlation_id": command.correlation_id or None}
        return named | self.trace.ids(command)


def _as_sent(job: Job[C]) -> C:
    if not job.command.reverses:
        return job.command
    command: Any = job.command
    sent: C = msgspec.structs.replace(command, reverses_document=job.reverses_document)
    return sent
