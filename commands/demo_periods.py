"""The demo's ERP closes its months while the run goes on, as an accounting department does."""

from __future__ import annotations

import aiohttp

COMPANY = "1"  # the one company of the simulated lives
WITHIN_S = 10.0


async def close_periods(erp_url: str, through: str) -> None:
    """Close the simulated ERP's periods up to and with a month (YYYY-MM)."""
    timeout = aiohttp.ClientTimeout(total=WITHIN_S)
    closing = {"company": COMPANY, "closed_through": through}
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(f"{erp_url.rstrip('/')}/admin/periods", json=closing) as answer,
    ):
        answer.raise_for_status()
