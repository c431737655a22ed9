"""The vocabulary of a drill: every kind of fault, its family, what it means; and one planned fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from milepost.runtime.windows import Window

Family = Literal["windows", "workers", "broker", "network", "erp", "messages"]
FAMILIES: Final[tuple[Family, ...]] = ("windows", "workers", "broker", "network", "erp", "messages")


class Kind(NamedTuple):
    """What a kind of fault is. Its faults begin at a part of the messages sent and end by themselves."""

    family: Family
    about: str


KINDS: Final[Mapping[str, Kind]] = MappingProxyType({
    "window_kill": Kind("windows", "the process ends itself with kill -9 at a named crash window"),
    "window_suspend": Kind("windows", "the process stops at a named crash window, beyond its session, and goes on"),
    "kill": Kind("workers", "kill -9 from outside, at whatever the worker is doing"),
    "terminate": Kind("workers", "SIGTERM: the worker hands over and is started again"),
    "suspend": Kind("workers", "SIGSTOP beyond the session timeout, then SIGCONT: a zombie writer"),
    "scale": Kind("workers", "fulfilment gets one worker more, then has a single one, then as many as before"),
    "rolling_restart": Kind("workers", "every worker of a lane is ended and started again, one after the other"),
    "broker_kill": Kind("broker", "kill -9 of the broker, and a restart on the same data and port"),
    "broker_suspend": Kind("broker", "SIGSTOP of the broker, then SIGCONT"),
    "broker_slow": Kind("broker", "the broker is stopped and let run in turns: it has a part of its speed"),
    "disk_full": Kind("broker", "the broker refuses to write, as with a full disk"),
    "topic_missing": Kind("broker", "a topic is gone, and comes back empty"),
    "cut": Kind("network", "connections to the broker are cut, some in the middle of a produce"),
    "answers_lost": Kind("network", "the broker has written, and its answer is lost on the way"),
    "delay": Kind("network", "answers of the broker are delayed"),
    "erp_outage": Kind("erp", "the ERP is away while commands pile up, and the active posting process is killed"),
    "erp_busy": Kind("erp", "the ERP answers 503 to a part of the calls"),
    "erp_throttled": Kind("erp", "the ERP answers 429 to a part of the calls"),
    "erp_latency": Kind("erp", "the ERP answers late, some calls later than we wait"),
    "erp_answers_lost": Kind("erp", "the ERP books, and 30 % of its answers are lost"),
    "erp_restart": Kind("erp", "the ERP restarts: its books stay, its sessions are gone"),
})  # fmt: skip
"""``messages`` has no kind here: twice, late, lost at first, and so on go on from the first message to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planned fault. ``at``: part of the world's messages sent when it begins, 0 to 1, and ``after_s`` more.

    ``target``: a worker such as fulfilment-1, a lane, the broker or the ERP. ``lasts_s`` in real seconds, 0 for what
    takes no time. ``window`` and ``passage``: at the n-th passage of that window. ``n`` numbers the faults of a plan.
    """

    n: int
    kind: str
    at: float
    target: str
    after_s: float = 0.0
    lasts_s: float = 0.0
    window: Window | None = None
    passage: int = 1


def parse_families(text: str) -> frozenset[Family]:
    """Return the families of `all`, `none` or a list with commas; ValueError says what is allowed."""
    if text == "all":
        return frozenset(FAMILIES)
    if text == "none":
        return frozenset()
    named = {name.strip() for name in text.split(",") if name.strip()}
    if not named or not named <= set(FAMILIES):
        raise ValueError(f"{text!r}; allowed: all, none, or some of {','.join(FAMILIES)}")
    return frozenset(family for family in FAMILIES if family in named)
