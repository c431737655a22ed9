"""What counting costs lane fulfilment: the same steps with and without their watch, timed one by one.

Prints µs per event of the bare core (decode, step, encode) and of the watch beside it, the best of several rounds for
each event, so that a busy machine shows in neither; and µs per order to bring the gauges of where orders stand up to
date, for orders at hand and for orders read from their bytes. Repeat: python -m milepost.bench.counting
"""

from __future__ import annotations

import argparse
import gc

from milepost.agents.fulfilment import OWN, TOLD_ON
from milepost.bench.clock import clock, look_s
from milepost.bench.core import recorded
from milepost.codecs import canonical
from milepost.metrics.orders_counted import OrdersCounted
from milepost.metrics.registry import Registry
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import Settings
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Place, Record, decode, encode
from milepost.workflow.rules import Rules
from milepost.workflow.step import step


class Round:
    """One pass over the log: seconds of work and of watching for each event, and what is left at the end."""

    def __init__(self, log: list[bytes], rules: Rules) -> None:
        self.objects: dict[str, Record] = {}
        self.rest: dict[str, bytes] = {}
        self.work: list[float] = []
        self.watching: list[float] = []
        self.watch = OrdersCounted(Registry("fulfilment"), rules, ("erp",), told_on=TOLD_ON, own=OWN)
        self.watch.recovered(0, (), 0, self.objects.__getitem__)
        gc.collect()
        gc.disable()
        for offset, message in enumerate(log):
            self._event(message, Place(0, offset), rules)
        gc.enable()

    def _event(self, message: bytes, place: Place, rules: Rules) -> None:
        began = clock()
        event = canonical.decode(message)
        before = self.objects.get(event.owner) or Record(event.owner)
        arrivals = [Arrival(event, place)]
        after, said = step(before, arrivals, rules, 1)
        if after is not before:
            self.objects[event.owner], self.rest[event.owner] = after, encode(after)
        worked = clock()
        self.watch.stepped(0, before, after, arrivals, said)
        watched = clock()
        self.work.append(worked - began)
        self.watching.append(watched - worked)

    def looked(self) -> float:
        """Return seconds per order to count all that changed, which remember their decision."""
        orders, began = self.watch.stand.uncounted(), clock()
        self.watch.stand.look(3600)
        return (clock() - began) / orders

    def recounted(self) -> float:
        """Return seconds per order to count them all after a recovery, from their bytes."""
        self.watch.recovered(0, list(self.rest), 0, lambda owner: decode(self.rest[owner]))
        return self.looked()


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=300)
    arguments.add_argument("--rounds", type=int, default=7)
    given = arguments.parse_args()
    if given.orders < 1 or given.rounds < 1:
        arguments.error("--orders and --rounds are at least 1")
    settings = Settings()
    rules = load_rules(settings.policy_dir, settings.reference_dir, settings.tenant)
    log = recorded(1, given.orders, rules)
    rounds = [Round(log, rules) for _ in range(given.rounds)]
    empty = look_s()
    work, watching = (sum(map(min, zip(*times, strict=True))) / len(log) * 1e6 for times in
                      ([r.work for r in rounds], [r.watching for r in rounds]))  # fmt: skip
    watching -= empty * 1e6
    print(f"{len(log)} events: {work:.1f} us each, and {watching:.2f} us to count them: {watching / work:.1%}")
    print(f"to say where an order stands: {min(r.looked() for r in rounds) * 1e6:.0f} us when it is at hand, "
          f"{min(r.recounted() for r in rounds) * 1e6:.0f} us from its bytes")  # fmt: skip


if __name__ == "__main__":
    main()
