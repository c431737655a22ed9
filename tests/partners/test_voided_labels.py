"""A label that is voided takes back all that was told with it: shipped anew, goods are picked once and gone once."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from milepost.contracts.wms import Departed, PickConfirmed
from milepost.tests.partners.shipped import heard
from milepost.tests.partners.standing import standing


def page(shipment: int, *, voided: bool = False) -> dict[str, Any]:
    """Return a page of ShipStation's with one shipment of five pieces."""
    one = {
        "shipmentId": shipment, "orderKey": "SO-1", "createDate": "2026-03-02T08:00:00.000", "voided": voided,
        "voidDate": "2026-03-02T09:00:00.000" if voided else None, "warehouseId": 8888,
        "shipmentItems": [{"lineItemKey": "1", "sku": "ITEM-001", "quantity": 5}],
    }  # fmt: skip
    return {"shipments": [one]}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_voided_label_leaves_no_pick_behind(order: tuple[int, ...]) -> None:
    """Shipped, voided and shipped under another label, in whatever order that comes: five pieces picked, five gone."""
    told = [page(1), page(1, voided=True), page(2)]
    said = [heard("shipstation", json.dumps(told[n]).encode(), f"m{n}") for n in order]
    picks, conflicts = standing(said, "SO-1", PickConfirmed)
    assert [(one.line, one.quantity) for one in picks] == [("1", 5)]
    assert [one.shipment for one in standing(said, "SO-1", Departed)[0]] == ["2"]
    assert conflicts == []
