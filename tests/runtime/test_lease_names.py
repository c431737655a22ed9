"""Leases have names of their own: postings and deliveries never wait for each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from milepost.agents.dispatch import LEASE_NAME
from milepost.app import build
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import LANES


@pytest.mark.parametrize("lane", LANES)
def test_no_erp_account_has_the_name_of_dispatchs_lease(lane: str) -> None:
    """An account by which posting would hold the lease of lane dispatch is refused by every lane."""
    with pytest.raises(ConfigurationError, match="MILEPOST_ERP_ACCOUNT=dispatch"):
        build(replace(Settings(), erp_account=LEASE_NAME), lane)  # type: ignore[arg-type]
