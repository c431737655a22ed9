"""The ERP's inventory: documents move units, reversals move them back, and a restart forgets neither."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.documents import (
    Document,
    DocumentLine,
    GoodsIssue,
    GoodsReceipt,
    InventoryAdjustment,
    StockReturn,
    journal_of,
)
from milepost.contracts.postings import PostingCommand
from milepost.contracts.stock import stock_of
from milepost.runtime.erp.protocol import Accepted
from milepost.runtime.erp.simulated import draft_of
from milepost.simulators.erp.books import Books, Draft, Move, Refused
from milepost.tests.erp.server import Served, served
from milepost.tests.posting.commands import accrual

LINES = (
    DocumentLine(line="10", item="ITEM-1", quantity=7, amount_minor=700),
    DocumentLine(line="20", item="ITEM-2", quantity=2, amount_minor=0),
    DocumentLine(line="30", item="ITEM-3", quantity=0, amount_minor=0),
)
COMMON = {"date": "2026-03-02", "node": "DC-NORTH", "currency": "EUR", "lines": LINES}
ISSUE = GoodsIssue(shipment="SH-1", **COMMON)  # type: ignore[arg-type]
RECEIPT = GoodsReceipt(receipt="R-1", **COMMON)  # type: ignore[arg-type]


def command(id_: str, document: Document, *, number: str = "", back: bool = False) -> PostingCommand:
    """A posting of ``document``, or with ``number`` the reversal of that document; ``back``: of a reversal."""
    sign = -1 if number and not back else 1
    journal = tuple(msgspec.structs.replace(one, amount_minor=sign * one.amount_minor) for one in journal_of(document))
    return PostingCommand(
        id=id_, owner="SO-1", chain="goods_issue/SH-1", sequence=1, document=document, journal=journal,
        reverses="before" if number else "", reverses_document=number,
    )  # fmt: skip


def units(sent: PostingCommand) -> dict[tuple[str, str, str], int]:
    return {(one["item"], one["site"], one["stock"]): one["quantity"] for one in draft_of(sent)["stock"]}


@pytest.mark.parametrize(
    ("document", "quantity", "stock"),
    [
        (ISSUE, -7, "available"),
        (RECEIPT, 7, "available"),
        (InventoryAdjustment(gain=True, reason="count", **COMMON), 7, "available"),  # type: ignore[arg-type]
        (InventoryAdjustment(gain=False, reason="count", **COMMON), -7, "available"),  # type: ignore[arg-type]
        *(
            (StockReturn(rma="R", shipment="SH-1", disposition=d, **COMMON), 7, s)  # type: ignore[arg-type]
            for d, s in (("restock", "available"), ("scrap", "scrap"), ("repair", "repair"), ("vendor", "vendor"))
        ),
    ],
)
def test_what_a_document_moves(document: Document, quantity: int, stock: str) -> None:
    """Goods leave by an issue or a loss and come by everything else, into the stock that may be done the same with."""
    moved = units(command("a", document))
    assert moved["ITEM-1", "DC-NORTH", stock] == quantity
    assert set(moved) == {("ITEM-1", "DC-NORTH", stock), ("ITEM-2", "DC-NORTH", stock)}, "no row of nothing"


def test_other_documents_move_nothing() -> None:
    """A document about money, freight or words moves no goods."""
    assert stock_of(accrual("load/1", 0).document) == ()
    assert draft_of(accrual("load/1", 0))["stock"] == []


def test_there_and_back() -> None:
    """A reversal moves the units back, and the reversal of one that was booked once too often moves them again."""
    for document in (ISSUE, msgspec.structs.replace(ISSUE, lines=LINES[1:])):  # with value, and without
        there, back = units(command("a", document)), units(command("b", document, number="1"))
        assert back == {row: -quantity for row, quantity in there.items()}
    assert units(command("c", ISSUE, number="2", back=True)) == units(command("a", ISSUE))


def test_the_stock_list_over_http() -> None:
    """The ERP lists the net of all documents per item, site and stock, and tells each document's own movements."""

    async def work(it: Served) -> None:
        first = await it.gateway.post(command("a", ISSUE))
        assert isinstance(first, Accepted)
        await it.gateway.post(command("b", RECEIPT))
        await it.gateway.post(command("c", ISSUE, number=first.number))
        rows = await it.gateway.stock()
        assert {row["item"]: row["quantity"] for row in rows} == {"ITEM-1": 7, "ITEM-2": 2}
        (document,) = await it.gateway.find("c")
        assert {one.item: one.quantity for one in document.stock} == {"ITEM-1": 7, "ITEM-2": 2}

    served(work)


moves = st.lists(
    st.builds(
        Move,
        item=st.sampled_from(["A", "B"]),
        site=st.sampled_from(["N", "S"]),
        stock=st.sampled_from(["available", "scrap"]),
        quantity=st.integers(-1000, 1000),
    ),
    max_size=5,
)


@given(st.lists(moves, max_size=8))
def test_a_restart_keeps_the_stock(booked: list[list[Move]]) -> None:
    """The list is the sum of all movements, before a restart and after it."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "books"
        books = Books(file=file)
        for number, lines in enumerate(booked):
            books.book(Draft(reference=str(number), kind="GI", owner="o", date="2026-03-02", stock=tuple(lines)), 0.0)
        before = books.stock()
        books.close()
        assert Books(file=file).stock() == before
    total = sum(move.quantity for lines in booked for move in lines)
    assert sum(int(str(row["quantity"])) for row in before) == total


def test_what_moves_no_goods_may_not_say_so() -> None:
    """A document of a kind that moves no goods is refused with movements."""
    move = Move(item="A", site="N", stock="available", quantity=1)
    with pytest.raises(Refused, match="moves no goods"):
        Books().check(Draft(reference="r", kind="OC", owner="o", date="2026-03-02", stock=(move,)))
