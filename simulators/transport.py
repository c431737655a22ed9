"""What the network does to messages: sent twice, swapped, lost and sent again, days late. Never what happened.

Drawn from (seed, "transport", business key, copy), apart from all lives, so that the same life can be played over any
network. `--faults none` is the perfect one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from milepost.contracts.events import Event, tag_of
from milepost.contracts.identifiers import digest
from milepost.simulators.draws import Draw

FAULTS: Final = ("duplicate", "repeat", "disorder", "loss", "late")
"""duplicate: the same message twice. repeat: the same fact under a new message id. disorder: minutes to hours late.
loss: the first sending is lost, a new message brings the fact later. late: days late, mostly proofs of delivery."""

OFTEN: Final = "often"
"""Beside the others: twice as many duplicates and repeats, one message in five. No part of ``all``; for drills."""

TRANSPORT_RATES: Final[dict[str, float]] = {
    "duplicate": 0.06,
    "repeat": 0.04,
    "disorder": 0.10,
    "loss": 0.03,
    "late": 0.004,
    "late_pod": 0.12,
}

_HOUR_S: Final = 3600.0
WITHIN_DEADLINES_S: Final = 0.25 * _HOUR_S
"""Longest delay when faults must not cross deadlines: none of ours is shorter."""
_DUPLICATE_LAG_S: Final = 48 * _HOUR_S
_DISORDER_S: Final = 5 * _HOUR_S
_LOSS_S: Final = (2 * _HOUR_S, 14 * _HOUR_S)
_LATE_S: Final = (48 * _HOUR_S, 240 * _HOUR_S)
_PEOPLE: Final = "console"


class Copy(NamedTuple):
    """One sending of a message, ``delay_s`` simulated seconds after the act."""

    delay_s: float
    event: Event


def parse_faults(text: str) -> frozenset[str]:
    """Return the faults named by ``none``, ``all`` or a list with commas; ValueError says what is allowed."""
    if text == "none":
        return frozenset()
    if text == "all":
        return frozenset(FAULTS)
    named = {name.strip() for name in text.split(",") if name.strip()}
    unknown = sorted(named - set(FAULTS))
    if unknown or not named:
        raise ValueError(f"faults are none, all or some of {','.join(FAULTS)}, not {','.join(unknown) or repr(text)}")
    return frozenset(named)


def copies(
    event: Event,
    seed: int,
    faults: frozenset[str],
    *,
    at: datetime | None = None,
    answer_by: datetime | None = None,
    within_deadlines: bool = False,
) -> tuple[Copy, ...]:
    """Return every sending of ``event``, the first first; there is at least one, for nothing is lost for ever.

    An answer given in time arrives in time: what is asked of carriers would else hang on the network.

    ``within_deadlines``: no delay is longer than WITHIN_DEADLINES_S, nor goes from before ``answer_by`` to after it.
    """
    draw = Draw(seed, "transport", event.business_key, 1)
    first_s = _first_delay_s(draw, event, faults)
    if at and answer_by and at <= answer_by:
        first_s = min(first_s, _room_s(at, answer_by))
    if within_deadlines:
        first_s = min(first_s, WITHIN_DEADLINES_S, _room_s(at, answer_by))
    sent = [Copy(first_s, event)]
    again = Draw(seed, "transport", event.business_key, 2)
    twice, repeated = _hit(again, "duplicate", faults), _hit(again, "repeat", faults)
    lag_s = _between(again, 0, _DUPLICATE_LAG_S) * _between(again, 0, 1)
    if twice:
        sent.append(Copy(first_s + lag_s, event))
    if repeated:
        sent.append(Copy(first_s + lag_s / 2, renamed(event, len(sent) + 1)))
    return tuple(sorted(sent, key=lambda one: one.delay_s))


def renamed(event: Event, copy: int) -> Event:
    """Return the same fact in another message."""
    return msgspec.structs.replace(event, event_id="m-" + digest("again", event.event_id, copy))


def _first_delay_s(draw: Draw, event: Event, faults: frozenset[str]) -> float:
    swapped, lost = _hit(draw, "disorder", faults), _hit(draw, "loss", faults)
    pod = tag_of(event.body) == "tms.delivered"
    late = _hit(draw, "late", faults, "late_pod" if pod else "late")
    swapped_s = _between(draw, 0, 1) ** 2 * _DISORDER_S  # most are minutes late
    lost_s, late_s = _between(draw, *_LOSS_S), _between(draw, *_LATE_S)
    if event.source == _PEOPLE:  # a console tells its user when a message did not go
        return 0.0
    return late_s if late else lost_s if lost else swapped_s if swapped else 0.0


def _hit(draw: Draw, fault: str, faults: frozenset[str], rate: str = "") -> bool:
    share = TRANSPORT_RATES[rate or fault] * (2 if OFTEN in faults and fault in ("duplicate", "repeat") else 1)
    return _between(draw, 0, 1) < share and fault in faults


def _between(draw: Draw, low: float, high: float) -> float:
    return low + draw.share() * (high - low)


def _room_s(at: datetime | None, answer_by: datetime | None) -> float:
    """Return the seconds left until the deadline; an answer given after it may be as late as it likes."""
    if at is None or answer_by is None or at > answer_by:
        return WITHIN_DEADLINES_S
    return (answer_by - at).total_seconds()
