"""What each partner is sent by, and how much at a time: from its dialect."""

from __future__ import annotations

from pathlib import Path

from milepost.codecs.dialects.model import Dialect, Outgoing
from milepost.runtime.dispatch.addresses import Resolve
from milepost.runtime.dispatch.drop import OUT, DropPartner
from milepost.runtime.dispatch.http import HttpPartner
from milepost.runtime.dispatch.kafka import TopicPartner
from milepost.runtime.dispatch.parcel import Parcel
from milepost.runtime.erp.budget import Budget
from milepost.runtime.erp.protocol import Answer, Busy, Known, Sending
from milepost.runtime.secrets import resolved

RATE_USUAL_PER_S = 100.0  # where a dialect gives no rate
FLOOR_NONE = 0.0


def gateway_of(
    dialect: Dialect, drop_dir: Path | None, resolve: Resolve = resolved, *, broker: str = ""
) -> Sending[Parcel] | None:
    """Return what delivers to a partner; None where its dialect names no way out.

    A partner with files is written to below ``drop_dir``; where there is none, what is due waits and says so. One with
    a topic is written to on ``broker``.
    """
    out = dialect.outgoing
    if out is None:
        return None
    if out.http is not None:
        return HttpPartner(out.http, out.concurrency, resolve)
    if out.kafka is not None:
        return TopicPartner(out.kafka, broker)
    if out.drop is None:
        return None
    return DropPartner(drop_dir / dialect.name / OUT) if drop_dir is not None else _NoFolder()


def budget_of(out: Outgoing, now: float) -> Budget:
    """Return a partner's budget of requests: any second has at most its rate, and one after a silence a few more."""
    rate = out.rate_per_s or RATE_USUAL_PER_S
    burst = float(max(1, min(out.concurrency, int(rate))))
    return Budget(rate_per_s=rate, concurrency=out.concurrency, burst=burst, floor=FLOOR_NONE, now=now)


class _NoFolder:
    longest_processing_s = 0.0

    async def post(self, command: Parcel) -> Answer:
        return Busy("there is no folder for files: set MILEPOST_DROP_DIR")

    async def find(self, reference: str) -> tuple[Known, ...]:
        return ()

    async def close(self) -> None:
        """Nothing is open."""
