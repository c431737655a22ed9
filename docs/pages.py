"""Every page that is made from the code, by file name."""

from __future__ import annotations

from collections.abc import Callable

from milepost.docs import lifecycle_page, policies_page, security_page

PAGES: dict[str, Callable[[], str]] = {
    "policies.md": policies_page.page,
    "lifecycle.md": lifecycle_page.page,
    "security.md": security_page.page,
}
