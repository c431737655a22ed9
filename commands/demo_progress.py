"""The demo's progress while it runs: a live panel on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

LINE_EVERY_S = 10.0
BAR_CHARS = 40


@dataclass(slots=True)
class Seen:
    """The numbers of the panel."""

    stage: str = "starting"
    sent: int = 0
    total: int = 0
    clock: str = ""
    booked: int = 0
    lags: dict[str, int | None] = field(default_factory=dict)
    lanes: dict[str, tuple[str, int]] = field(default_factory=dict)  # name -> (state, restarts)


class Progress:
    """Show `seen` whenever show() is called; say() prints a line that stays."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._closed = False
        self._began = self._line_at = time.monotonic()
        self._live: Live | None = None
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(refresh_per_second=8, transient=True)

    def __enter__(self) -> Progress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the panel away for good; what is printed from now on stays."""
        self._closed = True
        if self._live is not None:
            self._live.stop()
            self._live = None

    def enter(self, stage: str) -> None:
        """The run comes to its next stage."""
        self.seen.stage = stage
        self.show()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def say(self, line: str) -> None:
        """Print a line above the panel."""
        if self._live is not None:
            self._live.console.print(line, highlight=False, markup=False)
        else:
            print(line, flush=True)

    def show(self) -> None:
        """Refresh the panel, or print a line if the last one is old enough."""
        if self._closed:
            return
        if self._live is not None:
            self._live.update(self._panel())
        elif time.monotonic() - self._line_at >= LINE_EVERY_S:
            self._line_at = time.monotonic()
            print(self._line(), flush=True)

    def _line(self) -> str:
        seen = self.seen
        behind = sum(lag or 0 for lag in seen.lags.values())
        of = f"{seen.sent}/{seen.total} events" if seen.total else f"{seen.sent} events"
        return (
            f"{self.elapsed_s:4.0f} s  {seen.stage}: {of}, clock {seen.clock}, {seen.booked} documents, {behind} behind"
        )

    def _panel(self) -> RenderableType:
        from rich.table import Table

        seen = self.seen
        panel = Table.grid(padding=(0, 2))
        panel.add_row(f"{self.elapsed_s:.0f} s", seen.stage, f"simulated clock {seen.clock}" if seen.clock else "")
        if seen.total:
            done = min(BAR_CHARS, BAR_CHARS * seen.sent // seen.total)
            panel.add_row("events", "━" * done + "─" * (BAR_CHARS - done), f"{seen.sent} of {seen.total}")
        for name, (state, restarts) in seen.lanes.items():
            lag = seen.lags.get(name)
            behind = "" if lag is None else f"{lag} behind"
            panel.add_row(name, state, f"{behind}{f', restarted {restarts}x' if restarts else ''}")
        panel.add_row("documents", str(seen.booked), "")
        return panel
