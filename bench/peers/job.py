"""The one job that every peer does: a JSON event of 371 bytes → order state → changelog record → one command.

Nothing of Milepost is imported: each peer runs this file in an environment of its own, with msgspec as the codec.
The step depends on the order of an order's events, so that a peer that swaps, loses or doubles one has another digest.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Mapping

import msgspec

ORDERS = 5_000
EVENT_BYTES = 371
STEP_MASK = 0x7FFFFFFF
KINDS = ("picked", "packed", "loaded", "departed", "delivered")

Pair = tuple[bytes, bytes]
"""(key, value)"""


class Event(msgspec.Struct):
    at: str
    id: str
    kind: str
    note: str
    number: int
    order: str
    quantity: int


class State(msgspec.Struct):
    """What is kept of an order. `check` folds the events' numbers in their order."""

    check: int = 0
    events: int = 0
    last: str = ""
    quantity: int = 0


class Command(msgspec.Struct):
    """What one event asks for, with all the state that it led to: the commands alone tell the final state too."""

    check: int
    events: int
    id: str
    last: str
    order: str
    quantity: int


decode_event = msgspec.json.Decoder(Event).decode
decode_state = msgspec.json.Decoder(State).decode
decode_command = msgspec.json.Decoder(Command).decode
encode = msgspec.json.Encoder().encode


def advance(state: State, event: Event) -> None:
    """Apply the event to the state, in place."""
    state.check = (state.check * 31 + event.number) & STEP_MASK
    state.events += 1
    state.last = event.id
    state.quantity += event.quantity


def step(state: State, event: Event) -> Command:
    """Apply the event to the state, in place, and return the command."""
    advance(state, event)
    return Command(state.check, state.events, "c-" + event.id, state.last, event.order, state.quantity)


def event(number: int, order: int, draw: random.Random) -> Event:
    """Return an event without its filler."""
    kind = KINDS[draw.randrange(len(KINDS))]
    at = f"2026-03-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z"
    return Event(at, f"e-{number}", kind, "", number, f"order-{order}", draw.randrange(1, 100))


def inputs(seed: int, events: int) -> list[Pair]:
    """Return the input, the same for the same seed; an order's events are spread over all of it."""
    draw = random.Random(seed)
    made = []
    for number in range(events):
        one = event(number, draw.randrange(ORDERS), draw)
        one.note = "x" * (EVENT_BYTES - len(encode(one)))
        made.append((one.order.encode(), encode(one)))
    return made


def expected(pairs: Iterable[Pair]) -> tuple[dict[str, State], dict[str, Command]]:
    """Return each order's final state and each command by its id: a plain loop, no framework."""
    states: dict[str, State] = {}
    commands: dict[str, Command] = {}
    for _, value in pairs:
        one = decode_event(value)
        command = step(states.setdefault(one.order, State()), one)
        commands[command.id] = command
    return states, commands


def digest(states: Mapping[str, State]) -> str:
    """Return the digest of the final state."""
    ordered = sorted((order, state.check, state.events, state.last, state.quantity) for order, state in states.items())
    return hashlib.sha256(encode(ordered)).hexdigest()[:16]
