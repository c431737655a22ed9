"""The replay of a small SCMS file through the rules: coherent, exact, and the same however it is sent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from milepost.codecs import canonical, scms
from milepost.contracts.controls import DataQualityFound
from milepost.contracts.events import Event
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import ROOT
from milepost.simulators import scms_reference
from milepost.simulators.scms import histories, play_scms, replay
from milepost.simulators.transport import FAULTS
from milepost.tests.intake.partner import Bench
from milepost.tests.scms.sample import written
from milepost.workflow.oracle import Ought, ought_of
from milepost.workflow.rules import Rules

LINES = scms.decode(written())


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """The project's own rules with the reference data of the sample beside them."""
    directory = tmp_path_factory.mktemp("reference")
    for file in (ROOT / "reference").glob("*.json"):
        shutil.copy(file, directory)
    scms_reference.write_reference(LINES, directory)
    return load_rules(ROOT / "policies", directory, "main")


def account(ought: Ought, name: str) -> int:
    return sum(amount for row, amount in ought.rows.items() if row[2] == name)


def test_every_order_ends_to_the_cent(rules: Rules) -> None:
    """Each order is delivered, its invoices are its line values and its load's accrual is its freight, to the cent."""
    ought = ought_of(replay(LINES), rules)
    assert ought.stages == {"SO-1": "delivered", "SCMS-9": "delivered", "load/DN-1": "accepted"}
    assert account(ought, "receivable") == 12_401
    assert account(ought, "freight_expense") == 4_550
    assert not ought.blocked


@pytest.mark.parametrize("seed", range(5))
def test_faults_change_nothing(rules: Rules, seed: int) -> None:
    """Sent twice, lost, late and in disorder, the same history gives the same books and statuses."""
    clean, dirty = replay(LINES), replay(LINES, seed=seed, faults=frozenset(FAULTS))
    assert {event.business_key for event in dirty} == {event.business_key for event in clean}
    assert ought_of(dirty, rules).rows == ought_of(clean, rules).rows
    assert ought_of(dirty, rules).stages == ought_of(clean, rules).stages


def test_times_of_a_life_are_coherent() -> None:
    """No event of an order occurs before its release, and a shipment is delivered only after it departed."""
    for events in histories(LINES).values():
        assert events[0].business_key.startswith("order/")
        at = {event.business_key: event.occurred_at for event in events}
        for key in at:
            if key.startswith("pod/"):
                assert at[key] > at[f"departed/{key[4:]}/1"]


def test_quality_is_named() -> None:
    """What is no date, or not captured, is a named finding on its order, once per field and value."""
    bodies = [event.body for event in histories(LINES)["SCMS-9"] if isinstance(event.body, DataQualityFound)]
    assert [(body.field, body.value) for body in bodies] == [
        ("po_sent_to_vendor_date", "Date Not Captured"),
        ("pq_first_sent_to_client_date", "Pre-PQ Process"),
        ("shipment_mode", "N/A"),
    ]


def test_messages_pass_the_intake(tmp_path: Path) -> None:
    """Every message of the replay is a canonical event that intake forwards, in the same order at every call."""
    path = tmp_path / "history.tsv"
    path.write_bytes(written())
    messages = play_scms(path, seed=3, faults=frozenset(FAULTS))
    assert messages == play_scms(path, seed=3, faults=frozenset(FAULTS))
    bench = Bench()
    for owner, value in messages:
        (output,) = bench.send(value, owner)
        assert output.topic in ("erp.orders", "wms.milestones", "tms.milestones", "orders.controls")


def test_only_delivered_orders_have_a_delivery() -> None:
    """A shipment without any day stays planned: nothing departs on a day nobody named."""
    undated = [line._replace(scheduled=None, delivered=None) for line in LINES]
    events: list[Event] = [event for history in histories(undated).values() for event in history]
    assert not [event for event in events if event.business_key.startswith(("departed/", "pod/", "pick/"))]
    assert [canonical.decode(canonical.encode(event)) for event in events] == events
