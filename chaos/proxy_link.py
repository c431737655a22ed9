"""One connection through the proxy: a client on one side, the broker on the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from milepost.chaos.kafka_frames import (
    REQUEST_HEAD_BYTES,
    RESPONSE_HEAD_BYTES,
    Frames,
    NotKafka,
    Part,
    request_head,
    response_id,
)
from milepost.chaos.proxy_orders import Fate, Orders
from milepost.chaos.refused_produce import harmless_question, refusal

CUT = b""
"""In place of an answer: the connection is cut when it comes."""


class Side(asyncio.Protocol):
    """One end of a link. It reads while the proxy does not stall and the other end takes what it is given."""

    def __init__(self, received: Callable[[bytes], None], gone: Callable[[], None]) -> None:
        self._received, self._gone = received, gone
        self._transport: asyncio.Transport | None = None
        self._waits: set[str] = set()
        self.other: Side | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._waits:
            transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._gone()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.wait("full")

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.go("full")

    def wait(self, why: str) -> None:
        """Read no more until `go` was called for every reason."""
        self._waits.add(why)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def go(self, why: str) -> None:
        """Take a reason to wait back."""
        self._waits.discard(why)
        if not self._waits and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send, unless the connection is gone."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Send what was written, then end."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End at once; what was written and not yet sent is lost."""
        if self._transport is not None:
            self._transport.abort()


class Link:
    """A client's connection and ours to the broker. Plain copying, but for the faults in force."""

    def __init__(self, number: int, orders: Orders, gone: Callable[[Link], None]) -> None:
        self.number, self._orders, self._on_gone = number, orders, gone
        self.client, self.broker = Side(self._from_client, self._lost), Side(self._from_broker, self._lost)
        self.client.other, self.broker.other = self.broker, self.client
        self.client.wait("no broker")
        self._requests, self._responses = Frames(REQUEST_HEAD_BYTES), Frames(RESPONSE_HEAD_BYTES)
        self._fate, self._to_pass, self._kept = Fate.PASS, 0, bytearray()
        self._instead: dict[int, bytes] = {}
        self._answer: bytes | None = None
        self._late: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False

    async def connect(self, host: str, port: int) -> None:
        """Reach the broker; the client is cut off when nobody is there."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.broker, host, port)
        except OSError:
            self.cut()
            return
        if self._ended:  # the client did not wait
            self.broker.abort()
        self.client.go("no broker")

    def cut(self) -> None:
        """Break both connections, as a lost network does."""
        self.client.abort()
        self.broker.abort()

    def stall(self, on: bool) -> None:
        """Pass nothing on in either direction, or go on."""
        for side in (self.client, self.broker):
            (side.wait if on else side.go)("stalled")

    def _from_client(self, data: bytes) -> None:
        try:
            for part in self._requests.feed(data):
                if not self._request(part):
                    return
        except NotKafka:
            self.cut()

    def _request(self, part: Part) -> bool:
        """Pass one part on; whether the connection still stands."""
        if part.first:
            self._begin(part)
        if self._fate is Fate.REFUSE:
            self._refuse(part)
        elif self._fate is Fate.CUT_IN_HALF:
            self.broker.write(part.data[: self._to_pass])
            self._to_pass -= len(part.data)
            if self._to_pass <= 0:
                self.client.abort()
                self.broker.close()  # the half shall arrive
                return False
        else:
            self.broker.write(part.data)
        return True

    def _begin(self, part: Part) -> None:
        head = request_head(part.data)
        self._fate = self._orders.fate(head)
        self._to_pass = part.size // 2
        if self._fate is Fate.LOSE_ANSWER:
            self._instead[head.correlation_id] = CUT

    def _refuse(self, part: Part) -> None:
        self._kept += part.data
        if part.last:
            correlation_id = request_head(self._kept).correlation_id
            self._instead[correlation_id] = refusal(bytes(self._kept), self._orders.refusal_error)
            self._kept.clear()
            self.broker.write(harmless_question(correlation_id))

    def _from_broker(self, data: bytes) -> None:
        try:
            for part in self._responses.feed(data):
                if not self._response(part):
                    return
        except NotKafka:
            self.cut()

    def _response(self, part: Part) -> bool:
        """Pass one part on, or what stands for it; whether the connection still stands."""
        if part.first and self._instead:
            self._answer = self._instead.pop(response_id(part.data), None)
            if self._answer == CUT:
                self.cut()
                return False
        if self._answer is None:
            self._to_client(part.data)
        elif part.last:
            self._to_client(self._answer)
            self._answer = None
        return True

    def _to_client(self, data: bytes) -> None:
        delay = self._orders.holds("delay") if self._orders.in_force else None
        if delay is None and not self._late:
            self.client.write(data)
            return
        due = self._orders.now() + (delay.value if delay else 0.0)
        self._late.append((max(due, self._late[-1][0]) if self._late else due, data))  # answers keep their order
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._late[0][0], self._deliver)

    def _deliver(self) -> None:
        self._timer = None
        now = self._orders.now()
        while self._late and self._late[0][0] <= now:
            self.client.write(self._late.popleft()[1])
        if self._late:
            self._timer = asyncio.get_running_loop().call_at(self._late[0][0], self._deliver)

    def _lost(self) -> None:
        """One side is gone: so goes the other, with what it was still to get."""
        if self._ended:
            return
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        self.client.close()
        self.broker.close()
        self._on_gone(self)
