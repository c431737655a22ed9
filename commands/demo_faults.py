"""`--faults all|none|LIST`: what goes wrong with messages, and whether the ERP has faults of its own."""

from __future__ import annotations

from typing import Any

import click

ERP_FAULTS = "erp"


class FaultsParam(click.ParamType):
    """Reads none, all, or a list of faults; gives (network faults, whether the ERP has faults, the text)."""

    name = "all|none|LIST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from milepost.simulators.transport import FAULTS, parse_faults

        if not isinstance(value, str):
            return value
        named = [name.strip() for name in value.split(",") if name.strip()]
        rest = [name for name in named if name != ERP_FAULTS]
        try:
            network = parse_faults(",".join(rest)) if rest else frozenset()
        except ValueError:
            self.fail(f"{value!r}; allowed: none, all, or some of {','.join((*FAULTS, ERP_FAULTS))}", param, ctx)
        if not named:
            self.fail("it is empty; allowed: none, all, or a list", param, ctx)
        return network, ERP_FAULTS in named or value == "all", value
