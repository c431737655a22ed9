"""From a stranger's bytes to the orders they are about: a real dialect, native ids, and what our own events taught."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest
from milepost.agents.documents import Documents
from milepost.agents.intake import Intake
from milepost.codecs.dialects.load import read_dialects
from milepost.contracts import tms, wms
from milepost.contracts.events import Event
from milepost.runtime.topic_table import PARTNER_DOCUMENTS
from milepost.tests.intake.partner import T0_MS
from milepost.tests.intake.referred import T0, Pool, link, reference
from milepost.tests.partners.shipped import dialects

PARCELS = b"""
partner: parcels
role: carrier
source: parcel-carrier
contract: {version: "1", until: 2099-12-31}
format: json
statuses:
  scan: {map: {OFD: out_for_delivery, HUB: in_transit}}
messages:
  - name: scan
    when: {kind: json, $.event: scan}
    say:
      - emit: tms.tracked
        owner:
          references:
            - {kind: tracking, issuer: "@issuer", value: $.parcel}
            - {kind: pro, issuer: $.scac, value: $.pro}
        at: {as: time, of: $.at}
        body: {status: {as: status, table: scan, of: $.code}}
  - name: delivered
    when: {kind: json, $.event: delivered}
    say:
      - emit: tms.delivered
        owner: {references: [{kind: pro, issuer: $.scac, value: $.pro}]}
        at: {as: time, of: $.at}
        body: {pod: $.pod}
  - name: manifest
    when: {kind: json, $.event: manifest}
    say:
      - emit: tms.shipment_created
        owner: {order: $.order}
        at: {as: time, of: $.at}
        body: {shipment: $.shipment}
        links:
          - {kind: pro, issuer: $.scac, value: $.pro, shipment: $.shipment}
"""


class Strangers(Pool):
    """A pool whose process reads the dialect's messages."""

    def restart(self) -> None:
        self.intake = Intake(10**9, documents=Documents(read_dialects({"parcels.yaml": PARCELS})))
        for partition, store in enumerate(self.stores):
            self.intake.recovered(partition, store, 1)

    def message(self, number: int, **fields: str) -> None:
        value = msgspec.json.encode({"at": "2026-03-02T09:00:00Z", "scac": "ABCD", "pro": "77"} | fields)
        record = self.append(PARTNER_DOCUMENTS, b"parcels/M-%d" % number, value)
        headers = (("partner", b"parcels"), ("message-id", b"M-%d" % number), ("received-ms", b"%d" % T0_MS))
        self.logs[record.topic, record.partition][-1] = record._replace(headers=headers)


def told(pool: Pool, kind: type) -> list[tuple[str, str, object]]:
    return [(one.owner, one.business_key, one.body) for one in pool.told if isinstance(one.body, kind)]


def test_a_proof_finds_its_order_whichever_comes_first() -> None:
    """A proof by PRO is told under our own fact's name when the manifest with the PRO comes, before it or after; a
    scan by two ids, of which one is known, is told once."""
    for first in ("manifest", "delivered"):
        pool = Strangers()
        pool.message(1, event="scan", code="OFD", parcel="1Z")
        for number, event in enumerate(sorted(("manifest", "delivered"), key=first.__ne__)):
            pool.message(number + 2, event=event, order="O-1", shipment="S-1", pod="POD-9")
            pool.run()
        assert pool.letters() == []
        assert told(pool, tms.Delivered) == [("O-1", "pod/S-1", tms.Delivered(shipment="S-1", pod="POD-9"))]
        ((owner, _, body),) = told(pool, tms.Tracked)
        assert owner == "O-1"
        assert isinstance(body, tms.Tracked)
        assert body.status == "out_for_delivery"
        assert len(pool.passed) == len(pool.told)


def test_a_proof_of_a_load_reaches_every_order_aboard() -> None:
    """A PRO that means a load tells the orders on it by the plan that came as our own JSON."""
    pool = Strangers()
    pool.message(1, event="delivered", pod="POD-9")
    members = tuple(tms.Member(order_id=f"O-{n}", shipment=f"S-{n}") for n in range(3))
    pool.event(Event(event_id="p", business_key="load/L-9/v1", owner="load/L-9", occurred_at=T0, source="tms",
                     body=tms.LoadPlanned(load="L-9", members=members)))  # fmt: skip
    pool.run()
    pool.say(link(reference("77"), "load/L-9"))
    pool.run()
    assert sorted(key for _, key, _ in told(pool, tms.Delivered)) == [f"pod/S-{n}/L-9" for n in range(3)]


def test_an_unmapped_status_is_kept_and_raised() -> None:
    """A scan with a code that the dialect has no meaning for tells nothing, is a dead letter, and opens UNMAPPED_STATUS
    that names table and code."""
    pool = Strangers()
    pool.message(1, event="scan", code="X9", parcel="1Z")
    pool.message(2, event="scan", code="X9", parcel="2Z")
    pool.run()
    assert [one.reason for one in pool.letters()] == ["unmapped_status"] * 2
    raised = [one for one in pool.exceptions() if one.type == "UNMAPPED_STATUS"]
    assert "scan" in raised[0].text
    assert "X9" in raised[0].text
    assert len({one.id for one in raised}) == 1


class Counting(Strangers):
    """A pool whose process reads the shipped dialects."""

    def restart(self) -> None:
        self.intake = Intake(10**9, documents=Documents(dialects()))
        for partition, store in enumerate(self.stores):
            self.intake.recovered(partition, store, 1)


@pytest.mark.parametrize("order", list(permutations((5, 9, 9, 7))))
def test_a_partners_totals_become_what_came_on_top(order: tuple[int, ...]) -> None:
    """Purchase orders that a vendor sends as a whole each time are received once, in whatever order they come and
    through whatever crashes: nothing of them is a dead letter."""
    pool = Counting(sum(order[:2]))
    for number, total in enumerate(order):
        lines = [{"id": "1", "sku": "W", "quantity_received": total}]
        said = {"webhook_type": "PO Update", "timestamp": "2026-03-02T08:00:00Z",
                "purchase_order": {"po_number": "PO-7", "warehouse_id": "DC", "line_items": lines}}  # fmt: skip
        record = pool.append(PARTNER_DOCUMENTS, b"shiphero/M-%d" % number, msgspec.json.encode(said))
        headers = (("partner", b"shiphero"), ("message-id", b"M-%d" % number), ("received-ms", b"%d" % T0_MS))
        pool.logs[record.topic, record.partition][-1] = record._replace(headers=headers)
    pool.run(crashes=0.3)
    assert pool.letters() == []
    received = {one.event_id: one.body for one in pool.told if isinstance(one.body, wms.GoodsReceived)}
    assert sum(body.lines[0].quantity for body in received.values()) == 9
    assert len({body.receipt for body in received.values()}) == len(received)
