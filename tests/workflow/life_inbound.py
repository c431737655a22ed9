"""What an order that comes in hears; one that also goes out shows that it was released both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from milepost.contracts.events import Event
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import EAST, NORTH, SOUTH, at


def facts(order: str, has: Callable[[str], bool], n: list[int]) -> Iterator[Event]:
    """Yield the release, the advice and the receipts of an inbound order."""
    o, lines = order, (s.goods_in("A", "ITEM-2", 6, 999), s.goods_in("B", "ITEM-1", n[0], 8))
    node = EAST if has("to_east") else NORTH
    kind = {"kind": "transfer", "partner": SOUTH} if has("transfer") else {}
    supplier = {"partner": "SUPPLIER-9"} if has("unknown_supplier") else {}
    if has("inbound"):
        yield s.inbound(o, 2, *lines[: 1 + has("to_east")], node=node, expected_at=at(60), **kind | supplier)
    if has("inbound_in_dollars"):
        yield s.inbound(o, 5, *lines, version=2, currency="USD", **kind)
    if has("inbound_raised"):
        yield s.inbound(o, 6, *lines, version=3, node=node, **kind)
    if has("advised"):
        yield s.advised(o, 50, f"{o}-ASN", 80, A=n[1])
    receipt = s.received(o, 110, f"{o}-G2", A=3, C=n[1])
    if has("received"):
        yield s.received(o, 100, f"{o}-G1", node, A=3)
    if has("received_again"):
        yield receipt
    if has("received_twice"):
        yield s.received(o, 112, f"{o}-G1", node, n=2, A=3)
    if has("received_much"):
        yield s.received(o, 115, f"{o}-G3", EAST, A=n[2] + n[3], B=n[4])
    if has("receipt_reversed"):
        yield s.undone(receipt, 120)


TRAITS: tuple[str, ...] = (
    "inbound", "received", "received_again", "receipt_reversed", "to_east", "transfer", "unknown_supplier",
    "inbound_in_dollars", "inbound_raised", "advised", "received_twice", "received_much",
)  # fmt: skip
NEEDS = dict.fromkeys(TRAITS[1:], "inbound")
NEEDS |= {"receipt_reversed": "received_again", "received_twice": "received"}
