"""What a step has to say, as records for the topics: each kind to its own, all under the owner's key."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from milepost.runtime.durable.interface import Output
from milepost.runtime.topic_table import (
    CUSTOMER_NOTICES,
    ERP_COMMANDS,
    FULFILMENT_REQUESTS,
    ORDERS_EXCEPTIONS,
    ORDERS_FACTS,
    ORDERS_JOURNAL,
    TMS_INSTRUCTIONS,
    WMS_INSTRUCTIONS,
)
from milepost.workflow.step import Outputs

_RECIPIENTS = {"wms": WMS_INSTRUCTIONS, "tms": TMS_INSTRUCTIONS, "all": FULFILMENT_REQUESTS}

_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode


def publishable(owner: str, said: Outputs) -> list[Output]:
    """Return the step's outputs as records. Facts fanned out go under the key of the order that is told."""
    key = owner.encode()
    outputs = [Output(ERP_COMMANDS, key, _encode(command)) for command in said.commands]
    outputs += [Output(_RECIPIENTS[one.recipient], key, _encode(one)) for one in said.instructions]
    outputs += [Output(CUSTOMER_NOTICES, key, _encode(notice)) for notice in said.notices]
    outputs += [Output(ORDERS_FACTS, event.owner.encode(), _encode(event)) for event in said.fanned]
    outputs += [Output(ORDERS_EXCEPTIONS, key, _encode(exception)) for exception in said.exceptions]
    outputs += [Output(ORDERS_JOURNAL, key, _encode(entry)) for entry in said.journal]
    return outputs
