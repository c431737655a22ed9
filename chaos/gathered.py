"""What a drill left behind: the input of the verdict, as plain data. Nothing here was judged yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from milepost.contracts.events import Event
from milepost.contracts.reports import DeadLetter
from milepost.runtime.erp.protocol import ErpDocument
from milepost.simulators.life import Lives
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules


class Struck(NamedTuple):
    """A fault that was injected, in seconds since the drill began; ``until_s`` is ``at_s`` of what takes no time.

    ``kind`` is its name in the report, such as "worker kill"; ``target`` what it hit, ``text`` how. ``met``: how many
    requests or processes met it.
    """

    at_s: float
    until_s: float
    kind: str
    target: str = ""
    text: str = ""
    met: int = 1


class Sample(NamedTuple):
    """One look at the run. ``sent``: the world's messages so far; ``booked``: the ERP's documents so far, None where it
    did not answer; ``lags``: records each lane has not committed, None where nobody could say."""

    at_s: float
    sent: int
    booked: int | None
    lags: Mapping[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything the verdict looks at. ``seed``, ``orders`` and ``faults`` say which drill it was.

    ``documents``: all the ERP booked, oldest first. ``facts``: the run's own facts as the topics tell them.
    ``journal``: encoded entries by owner, oldest first. ``records``: the last ones written. ``dead_letters``: one of
    each message, however often a crash had it said again. ``explained``: how many of which reason the world's faults
    make. ``lags``: records that each lane had not committed at the end, None where nobody could say. ``unsent``:
    messages that never went, by what they wait for.
    ``ownership_changes``: how often posting passed to another process. ``hits``: how often each crash window ended a
    process; ``required``: the windows that had to. ``planned``: how many faults of which kind there had to be, as
    ``struck`` tells what was. ``repeat``: the command that repeats the drill.
    """

    seed: int
    orders: int
    faults: str
    repeat: str
    world: Lives
    rules: Rules
    documents: Sequence[ErpDocument]
    facts: Sequence[Event]
    records: Mapping[str, Record]
    journal: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    dead_letters: Sequence[DeadLetter] = ()
    explained: Mapping[str, int] = field(default_factory=dict)
    lags: Mapping[str, int | None] = field(default_factory=dict)
    unsent: Mapping[str, int] = field(default_factory=dict)
    ownership_changes: int = 0
    unique_reference: bool = True
    planned: Mapping[str, int] = field(default_factory=dict)
    struck: Sequence[Struck] = ()
    hits: Mapping[str, int] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    samples: Sequence[Sample] = ()
    elapsed_s: float = 0.0
