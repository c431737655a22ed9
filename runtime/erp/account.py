"""The gateway of the configured ERP account: what lanes post through, and verbs ask."""

from __future__ import annotations

from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.settings import Settings


def gateway(settings: Settings) -> SimulatedErp:
    """Return a gateway of its own to the account; close it."""
    return SimulatedErp(
        settings.erp_url,
        request_timeout_s=settings.erp_timeout_s,
        longest_processing_s=settings.erp_longest_processing_s,
        connections=settings.erp_concurrency,
        token=settings.erp_token.reveal(),
    )
