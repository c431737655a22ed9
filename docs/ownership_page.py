"""docs/ownership.md: which system may say what, from the table by which messages are refused."""

from __future__ import annotations

from typing import get_args

from milepost.agents import ownership as routes
from milepost.codecs.dialects.model import ROLES
from milepost.codecs.dialects.ownership import MAY_SAY, may_say
from milepost.contracts.events import tag_of_type
from milepost.contracts.statements import StatementBody

_HEAD = """# Who may say what

Made from the code by `make docs`; do not edit. Each word is owned by one kind of system: what a warehouse knows, only
a warehouse may say. A partner's dialect names its `role`; what its role may not say is refused when the file is
checked, and on `partner.events` when a source of that dialect says it all the same: the message becomes a dead letter
(`ownership_violation`, the value kept) and the order shows an exception `OWNERSHIP_VIOLATION`. A source that no dialect
names is held to no role. Transport systems and carriers are one owner. A partner takes back only its own words.

| role | may say |
| --- | --- |
"""
_WORDS = """
A name that ends in a dot stands for all that begin with it. Words of people (`control.*` and the like) are of no role,
and Milepost's own (receipts, deadlines, pins) come from no partner at all.

## Every word and its owner

What each of them says, and its fields: [events.md](events.md).

| word | owner |
| --- | --- |
"""


def page() -> str:
    """Return the page."""
    roles = "".join(f"| {role} | {', '.join(f'`{tag}`' for tag in MAY_SAY[role])} |\n" for role in ROLES)
    kinds = [kind for kind in routes.ROUTES if owners(tag_of_type(kind))]
    kinds += list(get_args(StatementBody))
    return _HEAD + roles + _WORDS + "".join(_row(kind) for kind in kinds)


def owners(tag: str) -> list[str]:
    """Return the roles that may say ``tag``; empty for people's words."""
    return [role for role in ROLES if may_say(role, tag)]


def _row(kind: type) -> str:
    tag = tag_of_type(kind)
    return f"| `{tag}` | {', '.join(owners(tag))} |\n"
