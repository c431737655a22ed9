"""The partners that speak in words of their own: to the gateway, signed as each dialect wants, or by files.

They hear what lane dispatch delivers, by HTTP and from their folders, read it with their own dialect, and answer what
has to be answered: X12 with a 997.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web
from milepost.codecs.dialects.model import Dialect, Dialects, Webhook
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.sites import place_of, served_by
from milepost.codecs.dialects.speaking import said_by
from milepost.contracts.events import Event, tag_of_type
from milepost.contracts.instructions import Instruction, InstructionBody
from milepost.runtime.secrets import resolved
from milepost.simulators.voice import Speech, Voice

AT_ONCE: Final = 64  # requests under way
TRIES: Final = 200
AGAIN_S: Final = 0.2
POLL_S: Final = 0.05
HEARD_WITHIN_S: Final = 90.0
HOST: Final = "127.0.0.1"
FILE_SPEECHES_MAX: Final = 50
"""Interchanges in one file."""


class NotHeard(Exception):
    """An instruction did not reach the partner that it is for, or not as it was said."""


@dataclass(slots=True)
class Ledger:
    """What went through this world's partners, by partner: for the report, and for the verdict."""

    said: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    """Deliveries beyond the first of one instruction: a partner that minds ids takes them once."""

    def lines(self) -> list[str]:
        """One line a partner: how much it said, and how many instructions reached it."""
        return [self._line(name) for name in sorted({*self.said, *self.heard})]

    def _line(self, name: str) -> str:
        heard = f"; {self.heard[name]} instructions reached it" if self.heard[name] else ""
        again = f", {self.again[name]} of them again" if self.again[name] else ""
        return f"{name}: {self.said[name]} messages{heard}{again}"


class Strangers:
    """``gateway``: its address. ``drop``: the folder of partners' files. Open it before the lanes speak."""

    def __init__(self, voices: tuple[Voice, ...], dialects: Dialects, gateway: str, drop: Path, port: int) -> None:
        self._voices, self._dialects, self._gateway, self._drop, self._port = voices, dialects, gateway, drop, port
        self.ledger = Ledger()
        self._bodies: dict[str, list[InstructionBody]] = {}
        self._new = asyncio.Event()
        self._taken: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._reading: asyncio.Task[None] | None = None
        self._sends = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> Strangers:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{partner}/{path:.*}", self._delivered)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE))
        self._reading = asyncio.create_task(self._read_folders())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._reading:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    # --- speaking

    def speech_of(self, event: Event) -> Speech | None:
        """Return the event in its partner's own words; None where it has none, and says it in ours."""
        return next((speech for voice in self._voices if (speech := voice.of(event)) is not None), None)

    async def say(self, speeches: Iterable[Speech]) -> None:
        """Return when the gateway has answered for all requests and taken in all files."""
        files: dict[str, list[Speech]] = {}
        posts = []
        for speech in speeches:
            self.ledger.said[speech.partner] += 1
            if speech.way == "drop":
                files.setdefault(speech.partner, []).append(speech)
            else:
                posts.append(self._post(speech))
        for partner, ones in files.items():
            for first in range(0, len(ones), FILE_SPEECHES_MAX):
                self._file(partner, ones[first : first + FILE_SPEECHES_MAX])
        await asyncio.gather(*posts)
        await self._files_taken(files)

    async def _post(self, speech: Speech) -> None:
        dialect = self._dialects.partners[speech.partner]
        assert dialect.incoming.webhook is not None
        assert self._session is not None
        where = f"{self._gateway}/in/{speech.partner}"
        async with self._sends:
            for _ in range(TRIES):
                headers = {"Content-Type": speech.content_type, **signed(dialect.incoming.webhook, speech.value)}
                try:
                    async with self._session.post(where, data=speech.value, headers=headers) as answer:
                        if 200 <= answer.status < 300:
                            return
                        if answer.status not in (429, 503):
                            raise NotHeard(f"the gateway answers {answer.status} to {speech.partner}")
                except aiohttp.ClientError:
                    pass  # killed: whoever delivers webhooks delivers them again
                await asyncio.sleep(AGAIN_S)
        raise NotHeard(f"the gateway does not take what {speech.partner} says")

    def _file(self, partner: str, speeches: list[Speech]) -> None:
        folder = self._drop / partner / "in"
        folder.mkdir(parents=True, exist_ok=True)
        name = speeches[0].name
        part = folder / f".{name}.part"
        part.write_bytes(b"\n".join(speech.value for speech in speeches))
        part.replace(folder / name)

    async def _files_taken(self, partners: Iterable[str]) -> None:
        deadline = time.monotonic() + HEARD_WITHIN_S
        for partner in partners:
            home = self._drop / partner
            while any(home.glob("in/*")) or any(home.glob("claimed/*/*")):
                if time.monotonic() > deadline:
                    raise NotHeard(f"the gateway does not take the files of {partner}")
                await asyncio.sleep(POLL_S)

    # --- hearing

    def partner_of(self, instruction: Instruction) -> Dialect | None:
        """Return the partner that an instruction has to reach; None where its recipient reads the topic itself.

        As for lane dispatch, who serves a site goes by the clock on the wall.
        """
        dialect = served_by(self._dialects, instruction.recipient, place_of(instruction.body), datetime.now(UTC))
        tag = tag_of_type(type(instruction.body))
        return dialect if dialect and any(rule.of == tag for rule in dialect.instructions) else None

    async def heard(self, instruction: Instruction) -> None:
        """Return when the instruction has reached its partner as it was said; NotHeard after a while.

        What the dialect leaves out is nothing the partner hears; what it carries must be the same.
        """
        deadline = time.monotonic() + HEARD_WITHIN_S
        while instruction.id not in self._bodies:
            self._new.clear()
            rest = deadline - time.monotonic()
            if rest <= 0:
                kind = type(instruction.body).__name__
                raise NotHeard(f"instruction {instruction.id} ({kind}) never reached its partner")
            try:
                async with asyncio.timeout(min(rest, 1.0)):
                    await self._new.wait()
            except TimeoutError:
                continue
        for body in self._bodies[instruction.id]:
            if differing := differences(instruction.body, body):
                raise NotHeard(f"instruction {instruction.id} reached its partner with another {', '.join(differing)}")

    async def _delivered(self, request: web.Request) -> web.Response:
        partner = request.match_info["partner"]
        self._hear(partner, request.headers.get("Idempotency-Key", ""), await request.read())
        return web.json_response({"taken": True})

    def _hear(self, partner: str, ident: str, value: bytes) -> bytes:
        said = said_by(self._dialects.partners[partner], Message(partner, ident or "file", value), self._dialects)
        known = ident in self._bodies
        self.ledger.again[partner] += known
        self.ledger.heard[partner] += not known
        self._bodies.setdefault(ident, []).extend(said.instructions)
        self._new.set()
        return said.answer

    async def _read_folders(self) -> None:
        """Take in what lies in the partners' folders, and leave the 997 that each document asks for."""
        while True:
            for path in self._drop.glob("*/out/*"):
                partner = path.parent.parent.name
                if path.name.startswith(".") or path.suffix == ".997" or f"{partner}/{path.name}" in self._taken:
                    continue
                self._taken.add(f"{partner}/{path.name}")
                answer = self._hear(partner, path.stem, path.read_bytes())
                if answer:
                    self._file(partner, [Speech(partner, "drop", answer, "", f"ack-{path.stem}.edi")])
            await asyncio.sleep(POLL_S)


def differences(said: InstructionBody, heard: InstructionBody) -> list[str]:
    """Return the fields that were heard otherwise than they were said; a field left empty was left out."""
    if type(said) is not type(heard):
        return ["kind"]
    return [
        name for name in said.__struct_fields__
        if getattr(heard, name) and getattr(heard, name) != getattr(said, name)
    ]  # fmt: skip


def signed(webhook: Webhook, body: bytes) -> Mapping[str, str]:
    """Return the headers that prove the sender, by the webhook's scheme, with the first of its secrets."""
    way = webhook.signature
    text = resolved(way.secrets[0]).reveal() if way.secrets else ""
    if way.scheme == "bearer":
        return {"Authorization": f"Bearer {text}"}
    if way.scheme == "basic":
        return {"Authorization": "Basic " + base64.b64encode(f"{way.user}:{text}".encode()).decode()}
    if way.scheme != "hmac-sha256":
        return {}
    stamp = str(int(time.time())) if way.timestamp_header else ""
    before = f"{stamp}{way.timestamp_join}".encode() if stamp else b""
    mac = hmac.new(text.encode(), before + body, hashlib.sha256)
    shown = mac.hexdigest() if way.encoding == "hex" else base64.b64encode(mac.digest()).decode()
    return {way.header: way.prefix + shown, **({way.timestamp_header: stamp} if stamp else {})}
