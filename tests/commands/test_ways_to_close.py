"""What lanes and the gateway open names the verb by which a person closes it, and the console has that verb."""

from __future__ import annotations

import re
from typing import get_args

import click
import pytest
from milepost.commands import outbox
from milepost.commands.main import cli
from milepost.commands.partner_settle import SETTLED
from milepost.contracts.deliveries import DeliveryState
from milepost.runtime.erp.protocol import UNDECIDABLE
from milepost.tables.delivery import Delivery, Standing, standing
from milepost.tests.dispatch.told import EPOCH
from milepost.workflow.exception_types import TABLE

OF_LANES = {
    "DATA_QUALITY", "DELIVERY_FAILED", "DELIVERY_REFUSED", "DELIVERY_UNACKNOWLEDGED", "DELIVERY_UNKNOWN",
    "OWNERSHIP_VIOLATION", "SOURCE_PAUSED", "UNMAPPED_STATUS", "WEBHOOK_GAP",
}  # fmt: skip
VERB = re.compile(r"milepost ([a-z-]+(?: (?:settle|retry|redrive))?)")


def verb(name: str) -> click.Command:
    found: click.Command | None = cli
    for word in name.split():
        assert isinstance(found, click.Group), name
        found = found.get_command(click.Context(found), word)
    assert found is not None, f"there is no `milepost {name}`"
    return found


@pytest.mark.parametrize("name", sorted(OF_LANES))
def test_each_names_a_verb_that_is_there(name: str) -> None:
    """The table says by which verb a person ends it, and the console has that verb."""
    named = VERB.findall(TABLE[name].closes)
    assert named
    for one in named:
        assert verb(one).help


def test_partner_settle_takes_what_says_so() -> None:
    """The types that name `partner settle` are those it takes."""
    assert {name for name, one in TABLE.items() if "milepost partner settle" in one.closes} == set(SETTLED)


@pytest.mark.parametrize("state", get_args(DeliveryState))
def test_outbox_settle_and_retry_take_every_trouble(state: DeliveryState) -> None:
    """Each state of a delivery that opens an exception can be closed and tried again by its verbs, and says so."""
    row = Delivery(id="d", owner="SO-1", partner="acme", what="answer", asked_at=EPOCH)
    raised = standing(row, Standing(state=state, code=UNDECIDABLE)).trouble
    if raised:
        assert state in outbox.CLOSED
        assert state in outbox.RETRIED
        assert VERB.findall(TABLE[raised].closes) == ["outbox retry", "outbox settle"]
    assert state in outbox.STATES
