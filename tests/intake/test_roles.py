"""What a source may say on ``partner.events``: no more than the roles of the dialects that speak as it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from milepost.agents import ownership as routes
from milepost.agents.documents import Documents
from milepost.agents.intake import Intake
from milepost.agents.roles import Roles, roles_of
from milepost.codecs.dialects import ownership
from milepost.codecs.dialects.model import ROLES, Dialect, Dialects
from milepost.commands.dead_letters_tried import Trying
from milepost.commands.exceptions import carried, concerns, shows
from milepost.commands.partner_settle import chosen, settled
from milepost.contracts.events import tag_of_type
from milepost.contracts.reports import DeadLetter, ExceptionRaised
from milepost.runtime.durable.interface import Incoming, Output
from milepost.runtime.partitioner import partition_of
from milepost.runtime.redriven import Redriven
from milepost.tests.codecs.events import written
from milepost.tests.intake.partner import T0_MS, MemoryStore
from milepost.workflow.exception_types import TABLE

DIALECTS = Dialects(
    partners={
        "acme": Dialect("acme", "wms", ("wms-acme", "dock-acme"), "acme", "canonical"),
        "fast": Dialect("fast", "carrier", ("fast",), "fast", "x12"),
        "both-in": Dialect("both-in", "wms", ("both",), "both", "json"),
        "both-out": Dialect("both-out", "tms", ("both",), "both", "json"),
    }
)
PICK = written()
ORDER = {"type": "order.cancel_requested"}
FINDING = {"type": "data.quality", "field": "X", "value": "1"}


def intake(roles: Roles | None = None) -> Intake:
    lane = Intake(documents=Documents(DIALECTS), may_say=roles_of(DIALECTS) if roles is None else roles)
    for partition in range(12):
        lane.recovered(partition, MemoryStore(), 1)
    return lane


def said(value: bytes, key: str = "O-1", topic: str = "partner.events", lane: Intake | None = None,
         headers: tuple[tuple[str, bytes], ...] = ()) -> list[Output]:  # fmt: skip
    record = Incoming(topic, partition_of(key.encode(), 12), 0, key.encode(), value, T0_MS, headers)
    return list((lane or intake()).chunk([record], MemoryStore()))


def refused(outputs: list[Output]) -> list[tuple[str, str]]:
    letters = [msgspec.json.decode(o.value or b"", type=DeadLetter) for o in outputs if o.topic == "dead.letters"]
    return [(letter.reason, letter.place) for letter in letters]


def raised(outputs: list[Output]) -> list[ExceptionRaised]:
    values = [o.value or b"" for o in outputs if o.topic == "orders.exceptions"]
    return [msgspec.json.decode(value, type=ExceptionRaised) for value in values]


@pytest.mark.parametrize("source", ["wms-acme", "dock-acme"])
def test_a_source_says_no_more_than_its_role(source: str) -> None:
    """A warehouse's source that speaks of the order itself is refused: that is kept, and shown on the order."""
    outputs = said(written(owner="O-1", source=source, body=ORDER))
    assert refused(outputs) == [("ownership_violation", "$.body.type")]
    (one,) = raised(outputs)
    assert (one.owner, one.type, one.queue) == ("O-1", "OWNERSHIP_VIOLATION", TABLE["OWNERSHIP_VIOLATION"].queue)
    assert '"order.cancel_requested"' in one.text
    assert [o.topic for o in outputs] == ["dead.letters", "orders.exceptions"]
    assert raised(said(written(owner="O-1", source=source, body=ORDER))) == [one]
    assert refused(said(written(owner="O-1", source=source))) == []


def test_what_a_source_should_not_have_said_is_found_and_settled_by_its_name() -> None:
    """By the source or by any partner that speaks as it a person finds it and closes it; said again it is open again;
    while it sleeps, saying it again does not wake it."""
    wrong = written(owner="O-1", source="both", body=ORDER)
    (one,) = raised(said(wrong))
    assert one.evidence[1:] == ("both", "both-in", "both-out")
    for name in one.evidence[1:]:
        assert concerns(one, name)
        assert chosen([one], name) == [one]
    assert not concerns(one, "partner.events/0/0")
    closed = settled(one, "ann", "mended")
    assert (closed.id, closed.open, closed.resolved_by) == (one.id, False, "ann")
    now = datetime.now(UTC)
    assert carried(closed, one, now) == one
    assert not shows(carried(settled(one, "ann", "later", now + timedelta(days=1)), one, now))
    headers = (("partner", b"acme"), ("message-id", b"M-1"))
    for value in (wrong, written(owner="O-2", source="dock-acme", body=ORDER)):
        outputs = said(value, "acme/M-1", "partner.documents", headers=headers)
        assert [chosen([one], "acme", "OWNERSHIP_VIOLATION") for one in raised(outputs)] == [
            [one] for one in raised(outputs)]  # fmt: skip
        assert raised(outputs)


def test_who_is_no_source_of_a_dialect_is_as_free_as_ever() -> None:
    """A source that no dialect names is not held to a role; without dialects nobody is."""
    value = written(owner="O-1", source="erp", body=ORDER)
    assert [o.topic for o in said(value)] == ["erp.orders"]
    assert [o.topic for o in said(written(owner="O-1", source="fast"), lane=intake({}))] == ["wms.milestones"]
    assert refused(said(written(owner="O-1", source="fast"))) == [("ownership_violation", "$.body.type")]


def test_a_source_of_two_dialects_may_say_what_either_may() -> None:
    """Where a warehouse's and a transport's dialect speak as one source, both kinds of words pass."""
    arrived = {"type": "tms.delivered", "shipment": "S-1", "pod": "P"}
    for body in ({}, {"body": arrived}):
        assert refused(said(written(owner="O-1", source="both", **body))) == []
    assert refused(said(written(owner="O-1", source="both", body=ORDER))) == [("ownership_violation", "$.body.type")]


def test_nobody_takes_back_what_is_not_its_own() -> None:
    """A carrier may take back its own milestones and not a warehouse's pick."""
    for key, wrong in (("pick/O-1/1/N", True), ("pod/S-1", False)):
        body: dict[str, Any] = {"type": "milestone.reversed", "reverses": key, "reason": "typo"}
        outputs = said(written(owner="O-1", source="fast", body=body))
        assert refused(outputs) == ([("ownership_violation", "$.body.reverses")] if wrong else [])


def test_findings_are_told_of_a_source_and_not_by_it() -> None:
    """What intake itself found in a partner's documents passes under the partner's name."""
    assert [o.topic for o in said(written(owner="O-1", source="fast", body=FINDING))] == ["orders.controls"]


def test_rows_of_a_batch_and_documents_are_held_to_it_alone() -> None:
    """One wrong row of a batch, or of a partner's own message, is refused and shown; the others go on."""
    wrong = written(owner="O-2", source="wms-acme", event_id="e-2", body=ORDER)
    right = written(owner="O-1", source="wms-acme")
    batch = b'{"batch_id":"RUN-7","events":[%s,%s]}' % (right, wrong)
    outputs = said(batch, "RUN-7")
    assert refused(outputs) == [("ownership_violation", "$.events[1].body.type")]
    assert [one.owner for one in raised(outputs)] == ["O-2"]
    assert [o.topic for o in outputs if o.topic.endswith("milestones")] == ["wms.milestones"]
    headers = (("partner", b"acme"), ("message-id", b"M-1"))
    for value in (batch, wrong):
        outputs = said(value, "acme/M-1", "partner.documents", headers=headers)
        assert [one.type for one in raised(outputs) if one.owner == "O-2"] == ["OWNERSHIP_VIOLATION"]


SHARED = {
    "order.inbound_advised": {"erp", "supplier"},  # the supplier's word; an ERP may pass it on
    "milestone.reversed": {"wms", "transport", "supplier"},  # each its own: see may_reverse
    "instruction.answered": {"wms", "transport"},  # whoever was instructed
    "instruction.received": {"wms", "transport", "supplier"},
}
FAMILY = {"tms": "transport", "carrier": "transport"}
PEOPLES = ("control.", "data.quality", "source.")


def test_every_word_has_one_owner() -> None:
    """Each word of a partner has one system that may say it; the few that several may are named here, one by one."""
    for kind in routes.ROUTES:
        tag = tag_of_type(kind)
        if tag.startswith(PEOPLES):
            continue
        owners = {FAMILY.get(role, role) for role in ROLES if ownership.may_say(role, tag)}
        assert owners == SHARED.get(tag, owners & {"erp", "wms", "transport"}), tag
        assert tag in SHARED or len(owners) == 1, f"{tag} is of {owners or 'nobody'}"


def test_peoples_words_are_of_no_role() -> None:
    """No partner's role may say what only people and Milepost itself say."""
    for kind in (*routes.ROUTES, *routes.INTERNAL):
        tag = tag_of_type(kind)
        if tag.startswith(PEOPLES) or kind in routes.INTERNAL:
            assert not any(ownership.may_say(role, tag) for role in ROLES), tag


def test_a_trial_of_a_dead_letter_goes_by_the_roles() -> None:
    """What would be refused because another system owns it is not called taken when it is only tried."""
    trying = Trying(DIALECTS)
    of_orders = written(source="fast", owner="O-1")
    (why,) = trying.tried(Redriven("partner.events", b"O-1", of_orders, ())).refused
    assert why.startswith("ownership_violation")
    mended = trying.tried(Redriven("partner.events", b"O-1", written(source="wms-acme", owner="O-1"), ()))
    assert (mended.refused, len(mended.told)) == ((), 1)
