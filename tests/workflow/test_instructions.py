"""Each recipient gets the fields of its list and no others (S28), once, and they are taken back when grounds go."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.contracts.events import Event
from milepost.contracts.identifiers import is_load
from milepost.contracts.instructions import AvailabilityCorrected, FulfilmentRequested, Instruction, Withdrawn
from milepost.contracts.wms import InstructionAnswered
from milepost.tests.scenarios.desk import Desk
from milepost.tests.scenarios.story import Answers
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.people import taken
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.world import World
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import step

ENVELOPE = {"id", "owner", "recipient", "body", "rule", "correlation_id"}
# What may go to whom, by hand: a new field in a contract is not allowed out until it is written here.
ALLOWED = {
    ("wms", "instruct.warehouse"): {
        "type", "order_id", "fulfilment_order", "node", "partial", "lines", "wave", "cut_off",
    },
    ("wms", "instruct.put_away"): {"type", "order_id", "node", "lines", "void_labels", "unload"},
    ("wms", "instruct.return"): {"type", "order_id", "rma", "shipment", "node", "lines"},
    ("wms", "instruct.receipt"): {"type", "order_id", "node", "partner", "expected_at", "lines"},
    ("wms", "instruct.load"): {"type", "load", "node", "carrier", "provisional", "shipments"},
    ("wms", "instruct.report"): {"type", "owner", "milestone", "subject"},
    ("wms", "instruct.withdraw"): {"type", "order_id", "withdraws", "node"},
    ("tms", "instruct.transport"): {"type", "order_id", "mode", "lane", "ship_to", "nodes", "weight_grams"},
    ("tms", "inform.ready"): {"type", "order_id", "node"},
    ("tms", "instruct.withdraw"): {"type", "order_id", "withdraws", "node"},
    ("tms", "instruct.tender"): {"type", "load", "attempt", "carrier"},
    ("tms", "instruct.cancel_tender"): {"type", "load", "tender", "carrier"},
    ("tms", "instruct.report"): {"type", "owner", "milestone", "subject"},
    ("all", "inform.availability"): {"type", "order_id", "node", "item", "quantity", "reason"},
    ("all", "instruct.withdraw"): {"type", "order_id", "withdraws", "node"},
    ("all", "fulfilment.requested"): {"type", "order_id", "version", "mode", "lane", "nodes", "lines"},
}  # fmt: skip
SECRETS = ("1999", "999", "C002", "C001", "on_delivery", "on_goods_issue", "EUR", "JPY", "unit_", "tax", "company")


def _sent(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return found


@law
@given(lives(refused=True), seeds)
def test_recipients_get_their_fields_and_no_others(life: Life, seed: int) -> None:
    """Every instruction carries only the listed fields of its recipient; prices, terms and customers go to none."""
    for instruction in started(life, seed).drain().answer_holds().instructions.values():
        sent = _sent(instruction)
        assert set(sent) <= ENVELOPE
        allowed = ALLOWED[instruction.recipient, sent["body"]["type"]]
        assert set(sent["body"]) <= allowed, set(sent["body"]) - allowed
        body = msgspec.json.encode(instruction.body).decode()
        assert not [
            secret for secret in SECRETS if f'"{secret}' in body or f":{secret}" in body or f",{secret}" in body
        ]
        if sent["recipient"] == "wms" and "lines" in sent["body"]:
            assert all(len(line) == 3 for line in sent["body"]["lines"]), "line, item, quantity"


def _wayward(instruction: Instruction) -> Event | None:
    """Every other withdrawal is refused: which, is a matter of its id."""
    answer = taken(instruction)
    if answer is None or not isinstance(instruction.body, Withdrawn) or int(instruction.id, 16) % 2:
        return answer
    return msgspec.structs.replace(answer, body=InstructionAnswered(instruction=instruction.id, accepted=False))


@law
@given(lives(refused=True), seeds, st.sampled_from([taken, _wayward]))
def test_instructions_stand_for_what_is_wanted(life: Life, seed: int, answers: Answers) -> None:
    """At rest, the instruction in force on each chain is the one wanted now, or a withdrawal where none is; a refused
    or parked order has sent none at all, and the normalised request goes out once. A refused withdrawal changes
    nothing and is not repeated for the same cause."""
    world = World(life.events, seed)
    world.answers = answers
    world.run(seed % 150).drain().answer_holds()
    for owner, decision in world.decisions().items():
        record = world.record(owner)
        last = _last(record, world)
        for telling in decision.tellings:
            assert last[telling.chain] == telling.body or telling.once
        wanted = decision.stays.union(t.chain for t in decision.tellings)
        assert all(withdrawn_or_refused(record, chain) for chain in last if chain not in wanted)
        asked = [(t.withdraws, t.cause) for t in record.told.values() if t.withdraws]
        assert len(asked) == len(set(asked))
        sent = [i for i in world.instructions.values() if i.owner == owner]
        assert sum(isinstance(i.body, FulfilmentRequested) for i in sent) <= 1
        refused = decision.stage in ("parked", "rejected") and not is_load(owner)
        if refused and not life.traits & {"released_again", "release_contested", "release_reversed", "inbound"}:
            assert not sent


def withdrawn_or_refused(record: Record, chain: str) -> bool:
    """Say whether the last word on a chain asks to stop, or none need be said: it was said once and for all."""
    last = [told for told in record.told.values() if told.chain == chain][-1]
    return bool(last.withdraws) or not last.recipient


def test_a_refusal_is_shown_until_another_word_is_in_force() -> None:
    """A refused instruction is an exception until it is replaced or withdrawn; then nobody need act on it."""
    record, said = step(
        Record("O-1"), [Arrival(s.released("O-1", 0, s.line("A", "ITEM-1", 3), mode="pickup"))], RULES, 1
    )
    (given,) = (i for i in said.instructions if i.recipient == "wms")
    refusal = InstructionAnswered(instruction=given.id, accepted=False)
    record, refused = step(record, [Arrival(s.say("O-1", "answer/1", 1, refusal))], RULES, 1)
    _, replaced = step(record, [Arrival(s.amended("O-1", 2, 2, s.line("A", "ITEM-1", 2)))], RULES, 1)
    assert [(e.type, e.open) for e in refused.exceptions + replaced.exceptions] == [
        ("INSTRUCTION_REFUSED", True), ("INSTRUCTION_REFUSED", False),
    ]  # fmt: skip


def test_a_correction_of_stock_is_taken_back() -> None:
    """What was told to all about missing stock is taken back when the short pick is; nobody has to answer either, so a
    cancelled order's customer does not wait for it."""
    short = s.short("O-1", 20, "A", 2)
    desk = Desk(s.released("O-1", 0, s.line("A", "ITEM-1", 3), mode="pickup"), short)
    (correction,) = desk.bodies(AvailabilityCorrected)
    desk.hear(s.undone(short, 25))
    (back,) = desk.bodies(Withdrawn)
    assert isinstance(back.body, Withdrawn)
    assert (back.recipient, back.body.withdraws) == ("all", correction.id)
    desk.hear(s.cancelled("O-1", 30))
    assert desk.told_customer() == ["cancelled"]


def _last(record: Record, world: World) -> dict[str, object]:
    """Return the instruction in force on each chain, as it was sent: a refused withdrawal is none."""
    found: dict[str, object] = {}
    for told in record.told.values():
        if told.notice is None and not (told.withdraws and told.answer == "refused"):
            found[told.chain] = world.instructions[told.id].body
    return found
