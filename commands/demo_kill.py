"""`--kill LANE@FRACTION`: kill -9 of a lane's process, or the gateway's, when that part of the events has been sent."""

from __future__ import annotations

from typing import Any, NamedTuple

import click
from milepost.commands.stack import GATEWAY
from milepost.runtime.topic_kinds import LANES

KILLABLE = (*LANES, GATEWAY)


class Kill(NamedTuple):
    """An accident that is planned. `fraction` of all events, 0 to 1."""

    lane: str
    fraction: float


class KillParam(click.ParamType):
    """Reads LANE@FRACTION."""

    name = "LANE@FRACTION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Kill:
        if isinstance(value, Kill):
            return value
        lane, _, fraction = str(value).partition("@")
        try:
            at = float(fraction)
        except ValueError:
            at = -1.0
        if lane not in KILLABLE or not 0 <= at <= 1:
            self.fail(f"{value!r}; allowed: {'|'.join(KILLABLE)}, then @ and a number from 0 to 1", param, ctx)
        return Kill(lane, at)
