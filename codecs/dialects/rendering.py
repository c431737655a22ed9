"""Our instructions and notices in a partner's own form, by its dialect: only what the dialect names goes out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from milepost.codecs import formats
from milepost.codecs.dialects.model import Acknowledgement, Dialect, InstructionRule
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.sendings import X12, written_format
from milepost.codecs.dialects.zones import zone_of
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError
from milepost.codecs.x12.segments import DEFAULT, Separators
from milepost.codecs.x12.writing import Envelope
from milepost.contracts.events import tag_of_type
from milepost.contracts.identifiers import digest
from milepost.contracts.instructions import CustomerNotice, Instruction
from milepost.contracts.references import Reference

NAME_MAX_CHARS = 80
ELEMENT_SEPARATORS = ("*", "|", "^")
CONTROL_FIRST, CONTROLS = 100_000_000, 900_000_000  # of nine digits without a leading zero: partners like to drop those


class Rendered(NamedTuple):
    """What is to be sent: bytes, and the way. ``name``: of a file. ``path`` is put behind the partner's address.

    ``references``: the control numbers by which an acknowledgement will name it (X12: GROUP/SET, or GROUP alone).
    """

    value: bytes
    content_type: str
    name: str
    method: str = "POST"
    path: str = ""
    acknowledge: Acknowledgement | None = None
    references: tuple[Reference, ...] = ()


def rendered(dialect: Dialect, instruction: Instruction | CustomerNotice, *, at: datetime) -> Rendered | None:
    """Return ``instruction`` as ``dialect`` writes it; None where it has no word for it.

    The first entry for it whose condition holds is taken. DecodeError where it cannot be written: a field that must be
    there is not, a code has no counterpart. The same instruction at the same ``at`` gives the same bytes.
    """
    scope = _scope(dialect, instruction, at)
    rule = _rule(dialect, _name(instruction), scope)
    if rule is None:
        return None
    document = _plain(rule.document(scope))
    controls = _controls(instruction.id)
    format = written_format(dialect.format, rule.kind)
    path = rule.path(scope) if rule.path is not None else ""
    if path is None:
        raise DecodeError("missing_field", f"{rule.of}: a part of the path is not there", "$")
    return Rendered(
        value=_written(dialect, rule, document, controls, at),
        content_type=formats.CONTENT_TYPES[format],
        name=f"{_file(instruction.id)}.{formats.ENDINGS[format]}",
        method=rule.method,
        path=path,
        acknowledge=rule.acknowledge,
        references=_references(dialect, controls) if format == X12 else (),
    )


def _rule(dialect: Dialect, name: str, scope: Scope) -> InstructionRule | None:
    return next((rule for rule in dialect.instructions if rule.of == name and rule.applies(scope)), None)


def _name(instruction: Instruction | CustomerNotice) -> str:
    if isinstance(instruction, CustomerNotice):
        return f"notice.{instruction.kind}"
    return tag_of_type(type(instruction.body))


def _scope(dialect: Dialect, instruction: Instruction | CustomerNotice, at: datetime) -> Scope:
    body = instruction if isinstance(instruction, CustomerNotice) else instruction.body
    known = {
        "partner": dialect.name, "source": dialect.source, "issuer": dialect.issuer, "instruction": instruction.id,
        "owner": instruction.owner, "at": at,
    }  # fmt: skip
    return Scope(_fields(body), known)


def _fields(contract: msgspec.Struct) -> dict[str, Plain]:
    """A contract as plain data by its fields' names, also where they stand in a row on the wire."""
    return {name: _field(getattr(contract, name)) for name in contract.__struct_fields__}


def _field(value: Any) -> Plain:
    if isinstance(value, msgspec.Struct):
        return _fields(value)
    return [_field(one) for one in value] if isinstance(value, tuple | list) else value


def _plain(value: Any) -> Any:
    """What goes out is plain: moments that no ``time_text`` has written are ISO 8601 in UTC."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _written(
    dialect: Dialect, rule: InstructionRule, document: dict[str, Plain], controls: tuple[str, str, str], at: datetime
) -> bytes:
    format = written_format(dialect.format, rule.kind)
    try:
        envelope = _envelope(dialect, controls, at, _separators(document)) if format == X12 else None
        return formats.write_as(format, dialect.read, rule.kind, document, envelope)
    except (ValueError, OverflowError) as error:
        raise DecodeError("invalid_value", f"{rule.of} cannot be written as {rule.kind}: {error}", "$") from None


def _envelope(dialect: Dialect, controls: tuple[str, str, str], at: datetime, separators: Separators) -> Envelope:
    named = dialect.envelope
    assert named is not None  # seen to when the file was read
    return Envelope(
        sender=named.sender,
        receiver=named.receiver,
        interchange_control=controls[0],
        group_control=controls[1],
        set_control=controls[2],
        at=at.astimezone(zone_of(dialect.zone) or UTC),
        version=named.version,
        separators=separators,
        usage=named.usage,
    )


def _separators(document: dict[str, Plain]) -> Separators:
    """The usual ones; another where a value has one of them in it. Each interchange says its own."""
    text = str(document)
    element = next((one for one in ELEMENT_SEPARATORS if one not in text), DEFAULT.element)
    return DEFAULT._replace(element=element, terminator=DEFAULT.terminator if DEFAULT.terminator not in text else "\n")


def _controls(instruction: str) -> tuple[str, str, str]:
    """Control numbers of interchange, group and set: derived, so that what is sent again is the same."""
    found = tuple(
        str(CONTROL_FIRST + int(digest(instruction, part), 16) % CONTROLS) for part in ("interchange", "group", "set")
    )
    return found[0], found[1], found[2]


def _references(dialect: Dialect, controls: tuple[str, str, str]) -> tuple[Reference, ...]:
    """By group and set, and by the group alone: it has one set, and many a 997 names only the group it takes."""
    values = (f"{controls[1]}/{controls[2]}", controls[1])
    return tuple(Reference(kind="control", issuer=dialect.name, value=value) for value in values)


def _file(instruction: str) -> str:
    """A name that any file system takes, the same for the same instruction."""
    readable = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in instruction)
    if readable == instruction and len(readable) <= NAME_MAX_CHARS:
        return readable
    ending = f"-{digest(instruction)}"
    return readable[: NAME_MAX_CHARS - len(ending)] + ending
