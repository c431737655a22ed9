"""Each recipient gets the fields of its list and no others (S28), once, and they are taken back when grounds go."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from milepost.contracts.instructions import Withdrawn
from milepost.contracts.wms import InstructionAnswered
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.tests.workflow.world import World
from milepost.workflow.evolve import Arrival
from milepost.workflow.record import Record
from milepost.workflow.step import step

ENVELOPE = {"id", "owner", "recipient", "body", "rule", "correlation_id"}
# What may go to whom, by hand: a new field in a contract is not allowed out until it is written here.
ALLOWED = {
    ("wms", "instruct.warehouse"): {"type", "order_id", "fulfilment_order", "node", "partial", "lines", "wave",
                                  "cut_off"},
    ("wms", "instruct.withdraw"): {"type", "order_id", "withdraws", "node"},
    ("tms", "instruct.transport"): {"type", "order_id", "mode", "lane", "ship_to", "nodes", "weight_grams"},
    ("tms", "inform.ready"): {"type", "order_id", "node"},
    ("tms", "instruct.withdraw"): {"type", "order_id", "withdraws", "node"},
    ("all", "fulfilment.requested"): {"type", "order_id", "version", "mode", "lane", "nodes", "lines"},
}
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


@law
@given(lives(refused=True), seeds)
def test_instructions_stand_for_what_is_wanted(life: Life, seed: int) -> None:
    """At rest, the last word on each chain is the instruction wanted now, or a withdrawal where none is; a refused or
    parked order has sent none at all, and the normalised request goes out once."""
    world = started(life, seed).drain().answer_holds()
    for owner, decision in world.decisions().items():
        record = world.record(owner)
        last = _last(record, world)
        for telling in decision.tellings:
            assert last[telling.chain] == telling.body or telling.once
        wanted = {t.chain for t in decision.tellings}
        assert all(isinstance(body, Withdrawn) for chain, body in last.items() if chain not in wanted and "/" in chain
                   and not chain.startswith("ready/"))  # fmt: skip
        sent = [i for i in world.instructions.values() if i.owner == owner]
        assert sum(i.recipient == "all" for i in sent) <= 1
        if decision.stage in ("parked", "rejected") and not life.traits & {"released_again", "release_contested"}:
            assert not sent


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


def _last(record: Record, world: World) -> dict[str, object]:
    """Return the newest instruction of each chain, as it was sent."""
    found: dict[str, object] = {}
    for told in record.told.values():
        if told.notice is None:
            found[told.chain] = world.instructions[told.id].body
    return found
