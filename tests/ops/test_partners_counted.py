"""Partners in numbers: what became of their records, their silence, their pauses."""

from __future__ import annotations

from milepost.tests.intake.partner import HOUR_MS, T0_MS
from milepost.tests.ops.counted_others import CountedBench
from milepost.tests.ops.series import samples, total


def test_partners_by_what_became_of_their_records() -> None:
    """Accepted, unmapped, quarantined and parked records are each counted once, under their sender or "other"."""
    bench = CountedBench(limit_per_hour=12)
    bench.good()
    bench.good(source="nobody")
    bench.bad()
    bench.send(b"{")
    assert total(bench.registry, "partner_paused") == 0
    bench.bad()  # the second in an hour is one too many
    bench.good()
    told = {(one.labels["partner"], one.labels["outcome"]): one.value for one in samples(bench.registry)
            if one.name == "milepost_partner_records_total" and one.value}  # fmt: skip
    assert told == {
        ("wms-north", "accepted"): 1, ("wms-north", "unmapped"): 2, ("wms-north", "parked"): 1,
        ("other", "accepted"): 1, ("other", "quarantined"): 1,
    }  # fmt: skip
    assert total(bench.registry, "partner_paused", partner="wms-north") == 1
    assert total(bench.registry, "dead_letters_total", partner="wms-north", reason="unknown_field") == 2
    assert total(bench.registry, "dead_letters_total") == 3
    bench.restart()
    assert total(bench.registry, "partner_paused", partner="wms-north") == 1
    bench.resume("wms-north")
    assert total(bench.registry, "partner_paused") == 0


def test_a_partner_is_silent_since_its_last_record() -> None:
    """Silence grows from the start of the process, ends with a record of any kind, and a clock ahead adds none."""
    bench = CountedBench()
    bench.now_s += 100

    def silence() -> float:
        return total(bench.registry, "partner_silence_seconds", partner="wms-north")

    assert silence() == 100
    bench.good(at_ms=T0_MS + 60_000)
    assert silence() == 40
    bench.bad(at_ms=T0_MS + HOUR_MS)
    assert silence() == 0
    bench.now_s += 7
    assert silence() == 7
    bench.good(source="nobody")
    assert silence() == 7
    assert total(bench.registry, "partner_silence_seconds", partner="other") == 0
