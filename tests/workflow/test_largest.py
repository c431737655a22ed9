"""What the order life makes of the largest that contracts allow can still be read by whoever it is sent to."""

from __future__ import annotations

import msgspec
import pytest
from milepost.contracts import orders, tms, verbs, wms
from milepost.contracts.base import LINES_MAX, QUANTITY_MAX
from milepost.contracts.controls import HoldPlaced
from milepost.contracts.events import Event
from milepost.contracts.identifiers import load_key
from milepost.contracts.money import AMOUNT_MAX_MINOR
from milepost.contracts.wms import InstructionAnswered, LineQuantity
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import HOLDING, MASTER, NORTH, at
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.rules import Item, Rules
from milepost.workflow.step import Outputs, fired, step

LONG = "L" * 195
LIGHT = msgspec.structs.replace(MASTER, items={"ITEM-1": Item(), "ITEM-2": Item()})


def _under(**knobs: object) -> Rules:
    return Rules([msgspec.structs.replace(HOLDING, **knobs)], [LIGHT], tenant="test")


def _heard(rules: Rules, *events: Event) -> tuple[Record, list[str]]:
    """Let a record hear events, its partners' consent and the clock; return it and the types it had to show."""
    record, shown = Record(events[0].owner), set()
    arrivals = [Arrival(e) for e in events]
    while arrivals:
        record, said = step(record, [arrivals.pop(0)], rules, 1)
        assert not record.failed
        _readable(said)
        shown |= {e.type for e in said.exceptions}
        taken = [s.say(record.key, f"answer/{i.id}", 90, InstructionAnswered(instruction=i.id))
                 for i in said.instructions]  # fmt: skip
        arrivals += [Arrival(e) for e in taken] + fired(record, rules, at(10_000), None) * (not arrivals)
    return record, sorted(shown)


def _readable(said: Outputs) -> None:
    for group in (said.commands, said.instructions, said.notices, said.exceptions, said.fanned, said.journal):
        for one in group:
            assert msgspec.json.decode(msgspec.json.encode(one), type=type(one)) == one


def _line(name: str, quantity: int, price: int) -> orders.OrderLine:
    return orders.OrderLine(line=name, item="ITEM-1", quantity=quantity, unit_price_minor=price, unit_cost_minor=price,
                            node=NORTH)  # fmt: skip


@pytest.mark.parametrize(("quantity", "price"), [(QUANTITY_MAX, 1), (2, AMOUNT_MAX_MINOR // 2)])
def test_over_delivery_ends_where_documents_do(quantity: int, price: int) -> None:
    """More than a document can carry is not issued, whatever the policy allows beyond the order: it is shown."""
    picks = [s.picked("O-1", 10, "A", quantity, n=n) for n in (1, 2)]
    record, shown = _heard(_under(over_delivery_percent=100), s.released("O-1", 0, _line("A", quantity, price)), *picks,
                           s.departed("O-1", 20, "S-1"))  # fmt: skip
    assert "OVER_SHIPPED" in shown
    (issue,) = record.outbox.values()
    assert issue.document.lines[0].quantity == quantity  # type: ignore[union-attr]


def test_more_picked_than_a_message_says_is_put_back() -> None:
    """Picks that together exceed what one line of an instruction can say are put away all the same."""
    picks = [s.picked("O-1", 10, "A", QUANTITY_MAX, n=n) for n in (1, 2)]
    record, _ = _heard(_under(), s.released("O-1", 0, _line("A", QUANTITY_MAX, 1)), *picks, s.cancelled("O-1", 30))
    assert any(told.chain == f"wms/putaway/{NORTH}" for told in record.told.values())


def test_a_thousand_lines_and_a_substitute() -> None:
    """An order of as many lines as there may be, one of which another item replaces, can all be told and posted."""
    lines = [_line(f"L{n:04}", 2, 5) for n in range(LINES_MAX)]
    short = s.short("O-1", 5, "L0000", 1)
    stated = {n.line: 1 for n in lines[: LINES_MAX - 1]} | {"L0000~ITEM-2": 1}
    record, _ = _heard(
        _under(short_pick="substitute", substitutes={"ITEM-1": "ITEM-2"}), s.released("O-1", 0, *lines), short,
        s.approved("O-1", 6, short.business_key), s.departed("O-1", 20, "S-1", lines=stated),
    )  # fmt: skip
    instructed = [t for t in record.told.values() if t.chain == f"wms/{NORTH}"]
    assert len(instructed) == 2


@pytest.mark.parametrize("lines", [(("A", QUANTITY_MAX),) * 2, (("A", QUANTITY_MAX), ("B", QUANTITY_MAX))])
def test_a_receipt_of_more_than_a_document_holds(lines: tuple[tuple[str, int], ...]) -> None:
    """A receipt that no document can carry does not count, not even where a person overrides the limit."""
    costly = [s.goods_in(name, "ITEM-1", 1, 6 * 10**5) for name in ("A", "B")]
    body = wms.GoodsReceived(node=NORTH, receipt="R-1", lines=tuple(LineQuantity(line=n, quantity=q) for n, q in lines))
    receipt = s.say("P-1", "receipt/R-1", 10, body)
    _, shown = _heard(_under(), s.inbound("P-1", 0, *costly), receipt,
                      s.overridden("P-1", 20, "receipt_excess", receipt.business_key))  # fmt: skip
    assert "OVER_RECEIPT" in shown


def test_the_longest_names_of_loads_policies_and_persons() -> None:
    """Names as long as they may be are shown, or stand by their digest, in whatever is made of them."""
    rules = _under(version="P" * 200, load_and_depart="provisional", confirm_before_s=600,
                   provisional_carrier="C" * 200, provisional_approval_above_minor=1)  # fmt: skip
    worth = [tms.Member(order_id="O-1", shipment=name, value_minor=9) for name in ("S-1", "S-2")]
    plan = tms.LoadPlanned(load=LONG, members=tuple(worth), node=NORTH, cut_off=at(60))
    owner = load_key(LONG)
    record, shown = _heard(rules, s.say(owner, "plan", 0, plan))
    assert shown == ["PROVISIONAL_VALUE"]
    (raised,) = record.raised.values()
    record, shown = _heard(rules, s.say(owner, "plan", 0, plan), s.let_go(owner, 5, raised.cause),
                           s.say(owner, "left", 6, tms.PickedUp(load=LONG)),
                           s.say(owner, "hold", 6, HoldPlaced(actor="A" * 200, reason="look")))  # fmt: skip
    assert "SHIPPED_PROVISIONALLY" in shown
    assert "SPLIT_FALLBACK" in shown


def test_the_longest_key_of_a_migration() -> None:
    """A migration is taken up and journalled however long the key of the word that ordered it."""
    later = msgspec.structs.replace(HOLDING, version="later", effective_from=at(10**6))
    rules = Rules([HOLDING, later], [LIGHT], tenant="test")
    word = s.say("O-1", "K" * 200, 5, verbs.MigrationOrdered(actor="ada", reason="", policy="later"))
    record, _ = _heard(rules, s.released("O-1", 0, _line("A", 1, 1)), word)
    assert any(isinstance(f.body, verbs.RulesMigrated) for found in record.facts.values() for f in found)


def test_many_substitutes_end_at_a_limit() -> None:
    """A person who has more items go in place of others than an order has room for is told so, and nothing breaks."""
    items = {f"I-{n}": Item() for n in range(LINES_MAX + 1)} | {"ITEM-1": Item()}
    rules = Rules([HOLDING], [msgspec.structs.replace(MASTER, items=items)], tenant="test")
    release = s.released("O-1", 0, _line("A", 2 * LINES_MAX, 1))
    record = Record("O-1")
    shorts = [s.short("O-1", 5, "A", 1, n=n) for n in range(LINES_MAX + 1)]
    words = [s.decided(short, 9, "substitute", item=f"I-{n}") for n, short in enumerate(shorts)]
    record, said = step(record, [Arrival(e) for e in (release, *shorts, *words)], rules, 1)
    _readable(said)
    assert [e.type for e in said.exceptions if e.type.startswith("SHORTAGE")] == ["SHORTAGE_UNDECIDABLE"]
