"""Run the simulated ERP: ``python -m milepost.simulators.erp --port 0`` prints its address on the first line."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click
import msgspec
from aiohttp import web
from milepost.simulators.erp.books import Books
from milepost.simulators.erp.faults import PRESETS, FaultSettings
from milepost.simulators.erp.server import Erp


class FaultsParam(click.ParamType):
    name = "faults"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FaultSettings:
        if isinstance(value, FaultSettings):
            return value
        text = str(value)
        if text in PRESETS:
            return PRESETS[text]
        try:
            return msgspec.json.decode(text, type=FaultSettings)
        except msgspec.DecodeError as error:
            self.fail(f"neither {' nor '.join(PRESETS)} nor fault settings in JSON ({error})", param, ctx)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8085, show_default=True, help="0 takes a free one.")
@click.option("--faults", type=FaultsParam(), default="none", show_default=True, help="none, demo, or JSON.")
@click.option("--seed", type=int, help="Seed of the faults.")
@click.option("--unique-reference/--no-unique-reference", default=False, help="Refuse a reference that is taken.")
@click.option("--sessions/--no-sessions", default=False, help="Answer only to who logged in since the start.")
@click.option("--books", type=click.Path(dir_okay=False, path_type=Path), help="Append documents here; read at start.")
def main(
    host: str,
    port: int,
    faults: FaultSettings,
    seed: int | None,
    unique_reference: bool,
    sessions: bool,
    books: Path | None,
) -> None:
    """Serve a naive ERP until interrupted."""
    if seed is not None:
        faults = msgspec.structs.replace(faults, seed=seed)
    try:
        kept = Books(unique_reference=unique_reference, file=books)
    except (OSError, ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise click.UsageError(f"cannot use {books} as books: {error}") from None
    asyncio.run(_serve(Erp(kept, faults, sessions=sessions), host, port))


async def _serve(erp: Erp, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(erp.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise click.UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    assert site._server is not None
    bound = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    click.echo(f"http://{host}:{bound}")
    await stop.wait()
    await runner.cleanup()
    erp.books.close()


if __name__ == "__main__":
    main()
