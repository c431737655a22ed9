"""Requests between a process and the world: how long they take, which are lost, and what of them a kill leaves.

A request first waits in its process (and there for ever, if that is killed or frozen), then it is on its way, then its
effect takes place whatever became of its sender, then the answer is on its way. An answer that is lost is asked for
again with the same content, as the Kafka client does.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

from milepost.tests.simulation.clock import WORLD, Process, here

_QUICK_S, _SLOW_S = 0.004, 0.3
_RETRY_S = 1.0


class Wire:
    def __init__(self, rng: Random, *, slow: float = 0.03, trouble: float = 0.0, lost: float = 0.02) -> None:
        """Shares of requests that take long, that meet a broker in trouble (seconds), whose answer is lost."""
        self._rng, self._slow, self._trouble, self._lost = rng, slow, trouble, lost
        self._arrival: defaultdict[tuple[Process, str], float] = defaultdict(float)

    def request(self, effect: Callable[[], Any], channel: str = "") -> asyncio.Future[Any]:
        """Ask; `effect` takes place in the world, and may return a future if the answer is not known at once.

        Requests of one named channel arrive in the order they left.
        """
        loop = asyncio.get_running_loop()
        process = here()
        answer: asyncio.Future[Any] = loop.create_future()

        def leave() -> None:
            due = loop.time() + self._delay_s()
            if channel:
                due = self._arrival[process, channel] = max(due, self._arrival[process, channel])
            loop.call_at(due, arrive, context=WORLD)

        def arrive() -> None:
            if process.dead and self._rng.random() < 0.5:  # it had not left the machine
                return
            try:
                result = effect()
            except Exception as error:
                reply(None, error)
                return
            if isinstance(result, asyncio.Future):
                result.add_done_callback(later, context=WORLD)
            else:
                reply(result, None)

        def later(done: asyncio.Future[Any]) -> None:
            error = done.exception()
            reply(None if error else done.result(), error)

        def reply(result: Any, error: BaseException | None) -> None:
            if self._lost and error is None and self._rng.random() < self._lost:
                loop.call_later(_RETRY_S * (1 + self._rng.random()), leave, context=process.context)
            else:
                loop.call_later(self._delay_s(), tell, result, error, context=process.context)

        def tell(result: Any, error: BaseException | None) -> None:
            if not answer.done():
                answer.set_exception(error) if error is not None else answer.set_result(result)

        loop.call_later(self._rng.random() * _QUICK_S, leave, context=process.context)
        return answer

    def _delay_s(self) -> float:
        draw = self._rng.random()
        if draw < self._trouble:
            return 1.0 + 4.0 * self._rng.random()
        return self._rng.random() * (_SLOW_S if draw < self._trouble + self._slow else _QUICK_S)
