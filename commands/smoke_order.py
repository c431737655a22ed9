"""The order that `milepost smoke` sends: one unit of one item, picked and gone, under the reference data in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from milepost.contracts.events import Body, Event
from milepost.contracts.identifiers import digest
from milepost.contracts.orders import CancelRequested, OrderLine, OrderReleased
from milepost.contracts.postings import PostingCommand
from milepost.contracts.wms import Departed, InstructionAnswered, LineQuantity, Packed, PickConfirmed, Reversed
from milepost.runtime.errors import ConfigurationError
from milepost.workflow.outbox import EXTRA
from milepost.workflow.rules import Rules

SOURCE = "milepost-smoke"
CURRENCY = "EUR"
PRICE_MINOR, COST_MINOR = 100, 60
LINE = "1"
UNDONE_MAX = 100


class SmokeOrder:
    """``clock``: the wall's; it names the order, so that two runs are two orders.

    ConfigurationError: there is nothing to order.
    """

    def __init__(self, rules: Rules, clock: Callable[[], datetime]) -> None:
        self._clock, at = clock, clock()
        self.id = f"SMOKE-{at:%Y%m%dT%H%M%SZ}"
        self.shipment = f"{self.id}-1"
        reference = rules.references[rules.at(at)[1]]
        stocked = ((item, site) for item, one in reference.items.items() for site in one.sites)
        self.item, self.node = next(((item, site) for item, site in stocked if site in reference.sites), ("", ""))
        self.customer = min(reference.customers, default="")
        if not (self.item and self.customer):
            raise ConfigurationError(f"{reference.version} has no customer, or no item that a site stocks")

    def released(self) -> Event:
        line = OrderLine(line=LINE, item=self.item, quantity=1, unit_price_minor=PRICE_MINOR,
                         unit_cost_minor=COST_MINOR, node=self.node)  # fmt: skip
        # Picked up by the customer: no carrier has to be found.
        body = OrderReleased(customer=self.customer, currency=CURRENCY, mode="pickup", lines=(line,))
        return self._event(f"order/{self.id}/v1", body)

    def gone(self) -> list[Event]:
        """Picked, packed and departed."""
        lines = (LineQuantity(line=LINE, quantity=1),)
        return [
            self._event("pick/1", PickConfirmed(node=self.node, line=LINE, quantity=1)),
            self._event("pack/1", Packed(node=self.node, package=f"{self.id}-P1", lines=lines)),
            self._event("depart/1", Departed(node=self.node, shipment=self.shipment, lines=lines)),
        ]

    def taken_back(self) -> list[Event]:
        """None of it was so: without these facts nothing ought to have been posted."""
        facts = reversed(self.gone())
        return [self._event(f"undo/{one.business_key}", Reversed(reverses=one.business_key)) for one in facts]

    def cancelled(self) -> Event:
        return self._event("cancel/1", CancelRequested(reason="a smoke test is over"))

    def answered(self, instruction: str) -> Event:
        """The warehouse takes what it is told; a real one knows nothing of the order and would not answer."""
        return self._event(f"answer/{instruction}", InstructionAnswered(instruction=instruction))

    def _event(self, key: str, body: Body) -> Event:
        return Event(event_id=f"{SOURCE}/{self.id}/{key}", business_key=key, owner=self.id, occurred_at=self._clock(),
                     source=SOURCE, body=body)  # fmt: skip


def posted_for(tenant: str, command: PostingCommand) -> bool:
    """Say whether a command was made for ``tenant``: the id of a posting is a digest in which the tenant is.

    It also counts how often the same content was reversed before (`workflow/settle.py`), which a command does not say.
    """
    posting = (command.reverses or command.id).partition(EXTRA)[0]
    ids = (digest(tenant, command.owner, command.chain, command.document, undone) for undone in range(UNDONE_MAX))
    return posting in ids
