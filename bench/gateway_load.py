"""The other side of the gateway's bench: signed requests on kept connections, as fast as they are answered.

A process of its own. The requests are made before the clock starts: what is measured is the gateway. Prints one JSON
line: answers by status, seconds, and a digest of what was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import sys
import time
from collections import Counter
from hashlib import sha256

KEY = "bench-key"
PARTNER = "bench"
HEADER = "X-Signature"
ANSWER_END = b"\r\n\r\n"


def body(number: int, size: int) -> bytes:
    """Return one message: JSON with an id of its own, of about that many bytes."""
    text = f'{{"id": "m-{number:09d}", "sequence": {number}, "type": "shipment.updated", "note": "'
    return (text + "x" * max(0, size - len(text) - 2) + '"}').encode()


def request(message: bytes) -> bytes:
    mac = hmac.digest(KEY.encode(), message, "sha256").hex()
    head = (
        f"POST /in/{PARTNER} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
        f"User-Agent: load\r\nAccept: */*\r\n{HEADER}: {mac}\r\nContent-Length: {len(message)}\r\n\r\n"
    )
    return head.encode() + message


async def connection(port: int, requests: list[bytes], statuses: Counter[bytes]) -> None:
    """Send one after the other, each when the last was answered, as a vendor's worker does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for one in requests:
        writer.write(one)
        head = await reader.readuntil(ANSWER_END)
        length = int(head.lower().split(b"content-length:")[1].split(b"\r")[0])
        await reader.readexactly(length)
        statuses[head[9:12]] += 1
    writer.close()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--size", type=int, default=1000)
    given = parser.parse_args()
    messages = [body(n, given.size) for n in range(given.first, given.first + given.requests)]
    made = [request(one) for one in messages]
    shares = [made[at :: given.connections] for at in range(given.connections)]
    statuses = Counter[bytes]()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    await asyncio.gather(*(connection(given.port, share, statuses) for share in shares if share))
    took = time.monotonic() - began
    digest = sha256(b"".join(sorted(sha256(one).digest() for one in messages))).hexdigest()
    counts = {status.decode(): count for status, count in statuses.items()}
    print(json.dumps({"statuses": counts, "seconds": took, "digest": digest}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
