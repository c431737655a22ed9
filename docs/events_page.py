"""docs/events.md: what a dialect may say, from the contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from milepost.codecs.dialects.keys import KEYS, STATED
from milepost.codecs.dialects.ownership import MAY_SAY, OF_A_LOAD, OF_EITHER, may_say
from milepost.codecs.dialects.sayings import EVENTS, INSTRUCTIONS, STATEMENTS
from milepost.codecs.dialects.shapes import bare, choices, element, fields_of, is_contract, required_of
from milepost.commands.spec_words import TAG_WORDS

HEAD = """# What a dialect may say

Every tag of `emit`, with the fields of its `body` ([dialects.md](dialects.md), "Messages"). A field in brackets may be
missing; a closed set of words stands behind its name. `lines` are lists of objects. The name of the fact is the key it
gets where the dialect says none: two things that would have one name need a `key`. Quantities are base units, amounts
minor units. A *role* may say what its column has; `milepost partner check` refuses the rest.
"""
TABLE = "\n| tag | it says | role | of | body | name of the fact |\n| --- | --- | --- | --- | --- | --- |\n"
BODIES = "\n| tag | it says | body |\n| --- | --- | --- |\n"


class _Named:
    """Stands for a body and for a moment: what is asked of it is its own name."""

    def __getattr__(self, name: str) -> Any:
        return self if name == "as_of" else f"{{{name}}}"

    def strftime(self, format: str) -> str:
        return "{at}"


def page() -> str:
    """Return the page."""
    events = {tag: kind for tag, kind in EVENTS.items() if _roles(tag)}
    return "".join(
        [
            HEAD, "\n## Events\n", TABLE, *(_event(tag, kind) for tag, kind in events.items()),
            "\n## Statements\n", TABLE, *(_statement(tag, kind) for tag, kind in STATEMENTS.items()),
            "\n## Instructions\n\nWhat we send: the fields that a `document` may name, and those of one read back.\n",
            BODIES, *(_instruction(tag, kind) for tag, kind in INSTRUCTIONS.items()),
        ]
    )  # fmt: skip


def _event(tag: str, kind: type) -> str:
    of = "load" if tag in OF_A_LOAD else "order or load" if tag in OF_EITHER else "order"
    key = KEYS[tag]("{owner}", _Named(), _Named())  # type: ignore[arg-type]
    return f"| `{tag}` | {TAG_WORDS.get(tag, '')} | {_roles(tag)} | {of} | {_body(kind)} | `{key}` |\n"


def _statement(tag: str, kind: type) -> str:
    return f"| `{tag}` | {TAG_WORDS.get(tag, '')} | {_roles(tag)} | | {_body(kind)} | `{STATED[tag](_Named())}` |\n"


def _instruction(tag: str, kind: type) -> str:
    return f"| `{tag}` | {TAG_WORDS.get(tag, '')} | {_body(kind)} |\n"


def _roles(tag: str) -> str:
    return ", ".join(role for role in MAY_SAY if may_say(role, tag))


def _body(kind: Any) -> str:
    return ", ".join(_fields(fields_of(kind), required_of(kind)))


def _fields(fields: Mapping[str, Any], required: tuple[str, ...]) -> Iterator[str]:
    for name, hint in fields.items():
        shape = bare(hint)
        inner = bare(element(shape)) if element(shape) is not None else None
        text = f"`{name}`"
        if words := choices(inner or shape):
            text += f": {' / '.join(words)}"
        elif is_contract(inner):
            text += f" of {{{_body(inner)}}}"
        yield text if name in required else f"[{text}]"
