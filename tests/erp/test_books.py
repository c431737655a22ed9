"""The ERP's books and faults without HTTP."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.documents import Document
from milepost.runtime.erp import simulated
from milepost.simulators.erp import chart
from milepost.simulators.erp.books import Books, Draft, Line
from milepost.simulators.erp.faults import Faults, FaultSettings, Outage


def test_gateway_and_chart_agree() -> None:
    """Every account and document kind of ours has exactly one at the ERP, and none of the ERP's is left over."""
    assert set(simulated.ACCOUNT_NUMBERS.values()) == set(chart.ACCOUNTS)
    tags = {str(kind.__struct_config__.tag) for kind in Document.__args__}
    assert set(simulated.KIND_CODES) == tags
    assert set(simulated.KIND_CODES.values()) == set(chart.KINDS)


@given(st.integers(0, 2**32), st.text(min_size=1, max_size=10))
def test_faults_repeat_from_their_seed(seed: int, reference: str) -> None:
    """Equal seed, reference and try number meet equal faults, whatever else is requested in between."""
    settings = FaultSettings(seed=seed, busy=0.3, late=0.3, answer_lost=0.3, latency_s=1)
    one, other = Faults(settings, 0.0), Faults(settings, 0.0)
    other.of_post("another" + reference, 0.0)
    assert [one.of_post(reference, 0.0) for _ in range(5)] == [other.of_post(reference, 0.0) for _ in range(5)]


def test_faults_come_about_as_often_as_set() -> None:
    """Over many references each fault has about its share."""
    faults = Faults(FaultSettings(seed=1, busy=0.1, throttled=0.1, answer_lost=0.1, late=0.2), 0.0)
    kinds = [faults.of_post(str(n), 0.0).kind for n in range(4000)]
    for kind, share in {"busy": 0.1, "throttled": 0.1, "answer_lost": 0.1, "late": 0.2, "none": 0.5}.items():
        assert abs(kinds.count(kind) / 4000 - share) < 0.03  # type: ignore[arg-type]


def test_outages_begin_and_end_where_they_are_set() -> None:
    """A window of requests covers exactly those requests, a window of seconds exactly those seconds."""
    counted = Faults(FaultSettings(outages=(Outage(start=3, length=2),)), 0.0)
    assert [counted.of_post(str(n), 0.0).kind for n in range(1, 7)] == [
        "none",
        "none",
        "outage",
        "outage",
        "none",
        "none",
    ]
    timed = Faults(FaultSettings(outages=(Outage(start=10, length=5, unit="seconds"),)), 100.0)
    assert [timed.of_get("x", at).kind for at in (109.9, 110.0, 114.9, 115.0)] == ["none", "outage", "outage", "none"]


lines = st.lists(
    st.tuples(st.sampled_from(sorted(chart.ACCOUNTS)), st.integers(-(10**6), 10**6), st.sampled_from(["EUR", "USD"])),
    max_size=4,
)


@given(st.lists(lines, max_size=10))
def test_books_always_balance(journals: list[list[tuple[str, int, str]]]) -> None:
    """Whatever balanced journals are booked, the nets of each currency and period add up to zero."""
    books = Books()
    for n, journal in enumerate(journals):
        rows = [Line(a, amount, c) for a, amount, c in journal] + [Line("1400", -amount, c) for _, amount, c in journal]
        draft = Draft(reference=str(n), kind="OC", owner="o", date=f"2026-0{n % 3 + 1}-01", lines=tuple(rows))
        books.check(draft)
        books.book(draft, 0.0)
    sums: dict[tuple[object, object], int] = {}
    for row in books.trial_balance():
        key = row["period"], row["currency"]
        sums[key] = sums.get(key, 0) + int(str(row["net"]))
    assert set(sums.values()) <= {0}
