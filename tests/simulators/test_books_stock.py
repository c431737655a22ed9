"""The two inventories meet: the units that the core's documents move are those that physical truth knows of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from milepost.contracts.postings import PostingCommand
from milepost.contracts.stock import StockLine, stock_of
from milepost.simulators.books import Books, books_of
from milepost.simulators.life import Lives, lives
from milepost.simulators.script import Script, sendings
from milepost.simulators.stock_ledger import Moved, StockRows, compare_stock, stock_rows
from milepost.simulators.transport import parse_faults
from milepost.tests.simulators.pipeline import Pipeline, play_in_memory
from msgspec.structs import replace as changed


class Storing(Pipeline):
    """A pipeline that notes what every booked document moved."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: list[Moved] = []

    def book(self, command: PostingCommand) -> str:
        sign = -1 if command.reverses else 1  # no reversal is reversed here
        lines = tuple(changed(line, quantity=sign * line.quantity) for line in stock_of(command.document))
        self.moved.append(Moved(command.owner, command.chain, lines))
        return super().book(command)


def stored(world: Lives, seed: int, faults: str) -> StockRows:
    pipeline = Storing()
    play_in_memory(world, Script(sendings(world.acts, seed, parse_faults(faults))), pipeline=pipeline)
    return stock_rows(pipeline.moved)


@pytest.mark.parametrize(("seed", "faults"), [(1, "none"), (2, "all"), (3, "disorder,repeat")])
def test_equal_to_the_unit(seed: int, faults: str) -> None:
    """Under any faults of the network the documents move exactly the units that left, came back and came in."""
    world = lives(seed, 200)
    books = books_of(world)
    assert compare_stock(stored(world, seed, faults), books.stock) == []
    kinds = {row.chain.partition("/")[0] for row in books.stock}
    assert kinds == {"goods_issue", "stock_return", "goods_receipt"}
    assert {row.stock for row in books.stock} >= {"available", "scrap"}


@pytest.fixture(scope="module")
def books() -> Books:
    return books_of(lives(1, 200))


def test_what_left_is_what_is_issued(books: Books) -> None:
    """By site and item, the units that goods issues take out are those that left and were posted."""
    issued: dict[tuple[str, str], int] = {}
    for row, quantity in books.stock.items():
        if row.chain.startswith("goods_issue/"):
            assert quantity < 0, row
            issued[row.node, row.item] = issued.get((row.node, row.item), 0) - quantity
        else:
            assert quantity > 0, row
    assert issued == {at: units for at, units in books.units.items() if units}


def test_one_unit_less_is_one_unit_less() -> None:
    """A receipt that brought one unit less is one unit less on its own row, and on no other."""
    world = lives(1, 200)
    before = books_of(world).stock
    life = next(one for one in world.inbound if any(r.chain.startswith("goods_receipt") and r.owner == one.plan.order_id
                                                    for r in before))  # fmt: skip
    first, *rest = life.plan.receipts
    (line, quantity), *lines = first.lines
    fewer = replace(first, lines=((line, quantity - 1), *lines))
    plan = replace(life.plan, receipts=(fewer, *rest))
    inbound = tuple(replace(one, plan=plan) if one is life else one for one in world.inbound)
    differences = compare_stock(books_of(replace(world, inbound=inbound)).stock, before)
    assert [(one.row.owner, one.left - one.right) for one in differences] == [(life.plan.order_id, -1)]


def test_nothing_is_no_row() -> None:
    """Movements that cancel each other leave no row, so that a document and its reversal are as none."""
    line = StockLine(item="I", node="N", stock="available", quantity=5)
    back = changed(line, quantity=-5)
    assert stock_rows([Moved("O", "c", (line,)), Moved("O", "c", (back,))]) == {}
    assert compare_stock(stock_rows([Moved("O", "c", (line,))]), {})[0].left == 5
