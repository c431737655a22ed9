"""Every page that is made from the code, by file name."""

from __future__ import annotations

from collections.abc import Callable

from milepost.docs import (
    events_page,
    lifecycle_page,
    ownership_page,
    partners_page,
    policies_page,
    runbooks_page,
    security_page,
    slo_page,
    x12_page,
)

PAGES: dict[str, Callable[[], str]] = {
    "policies.md": policies_page.page,
    "lifecycle.md": lifecycle_page.page,
    "runbooks/README.md": runbooks_page.page,
    "security.md": security_page.page,
    "slo.md": slo_page.page,
    "partners.md": partners_page.page,
    "ownership.md": ownership_page.page,
    "events.md": events_page.page,
    "x12.md": x12_page.page,
    "x12-codes.md": x12_page.codes_page,
}
