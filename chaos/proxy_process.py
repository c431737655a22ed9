"""The proxy as a process: ``python -m milepost.chaos.proxy_process --listen PORT --upstream PORT``.

It prints its port, then obeys one JSON object per line of its standard input and answers each with one. It ends when
that input closes, so it never outlives who started it. Every fault ends by itself after its seconds.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
from typing import Any

import click
from milepost.chaos.proxy_link import Link, Side
from milepost.chaos.proxy_orders import STORAGE_ERROR, Orders

HOST = "127.0.0.1"
WAITING_CONNECTIONS = 512


class ProxyServer:
    """All links of one proxy, and what is done to them."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._loop = asyncio.get_running_loop()
        self.orders = Orders(self._loop.time)
        self._links: dict[int, Link] = {}
        self._opened = 0
        self._connecting: set[asyncio.Task[None]] = set()
        self._stall_end: asyncio.TimerHandle | None = None

    def accept(self) -> Side:
        """The client's side of a new link."""
        self._opened += 1
        link = Link(self._opened, self.orders, self._forget)
        self._links[link.number] = link
        if self.orders.holds("stall"):
            link.stall(True)
        task = self._loop.create_task(link.connect(HOST, self._upstream_port))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return link.client

    def _forget(self, link: Link) -> None:
        self._links.pop(link.number, None)

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what one line says. Raises KeyError, TypeError, ValueError for what it cannot understand."""
        what, seconds = order.pop("do"), float(order.pop("seconds", 0.0))
        match what:
            case "counts":
                pass
            case "cut":
                self._cut(float(order.pop("share", 1.0)), int(order.pop("seed", 0)))
            case "cut_in_produce" | "lose_produce_answer":
                self.orders.begin(what, seconds, times=int(order.pop("times", 1)))
            case "delay":
                self.orders.begin(what, seconds, value=float(order.pop("answers_s")))
            case "refuse_produce":
                self.orders.refusal_error = int(order.pop("error", STORAGE_ERROR))
                self.orders.begin(what, seconds)
            case "stall":
                self._stall(seconds)
            case "end":
                self._end(str(order.pop("what")))
            case _:
                raise ValueError(f"unknown order {what!r}")
        if order:
            raise ValueError(f"{what} knows no {', '.join(order)}")
        return {**self.orders.counts, "open": len(self._links), "opened": self._opened}

    def _cut(self, share: float, seed: int) -> None:
        links = [self._links[number] for number in sorted(self._links)]
        chosen = random.Random(seed).sample(links, math.ceil(share * len(links)))
        for link in chosen:
            link.cut()
        self.orders.counts["cut"] += len(chosen)

    def _stall(self, seconds: float) -> None:
        if self._stall_end is not None:
            self._stall_end.cancel()
        self.orders.begin("stall", seconds)
        for link in self._links.values():
            link.stall(True)
        self._stall_end = self._loop.call_later(seconds, self._end, "stall")

    def _end(self, what: str) -> None:
        self.orders.end(what)
        if what == "stall":
            for link in self._links.values():
                link.stall(False)


async def serve(listen_port: int, upstream_port: int) -> None:
    """Run until the standard input closes. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    proxy = ProxyServer(upstream_port)
    server = await loop.create_server(proxy.accept, HOST, listen_port, backlog=WAITING_CONNECTIONS)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    while line := await reader.readline():
        print(json.dumps(_answered(proxy, line)), flush=True)
    server.close()


def _answered(proxy: ProxyServer, line: bytes) -> dict[str, Any]:
    try:
        return proxy.obey(json.loads(line))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return {"refused": f"{type(error).__name__}: {error}"}


@click.command()
@click.option("--listen", type=click.IntRange(0, 65535), required=True, help="0 takes a free port.")
@click.option("--upstream", type=click.IntRange(1, 65535), required=True)
def main(listen: int, upstream: int) -> None:
    """Stand between Kafka's clients and a broker on this machine."""
    try:
        asyncio.run(serve(listen, upstream))
    except OSError as error:
        raise click.UsageError(f"cannot listen on {HOST}:{listen}: {error.strerror}") from None


if __name__ == "__main__":
    main()
