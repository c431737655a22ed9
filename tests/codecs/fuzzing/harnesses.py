"""One function of bytes for each codec. The law: contracts or the one error, in bounded time and memory.

A harness returns; DecodeError is an answer (DialectErrors of what is read as dialect files). Whatever else is raised is
a find. What comes of bytes is looked at as far as it costs little: limits kept, bytes to be sent again readable, events
that their own codec takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from milepost.codecs import batch, canonical, flat_options, formats
from milepost.codecs import flat as flat_codec
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors, Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.documents import DOCUMENTS_MAX, Reading
from milepost.codecs.errors import REASONS, DecodeError
from milepost.runtime.dialect_files import dialect_files
from milepost.runtime.settings import ROOT

Harness = Callable[[bytes], None]
RECEIVED_MS = 1_772_800_000_000
LAYOUTS = (
    {}, {"delimiter": ";", "decimal": ","}, {"delimiter": "tab", "quote": "none"},
    {"header": "false", "columns": ["order", "item", "quantity"]},
    {"group_by": "order"}, {"encoding": "utf-16"}, {"encoding": "cp1252", "skip": "1", "footer": "1"},
)  # fmt: skip
FIXED = {"columns": {"order": "1-6", "quantity": {"start": 9, "length": 5, "type": "integer"}}}


@cache
def shipped() -> Dialects:
    """The dialects that come with the project."""
    return read_dialects(dialect_files(ROOT / "dialects"))


def _x12(value: bytes) -> None:
    for policy in ("tolerant", "strict"):
        found = _read("x12", {"policy": policy}, value)
        if found is not None and found.answer:
            answer = _read("x12", {}, found.answer)
            assert answer is not None, "our own answer is read by nobody"
            assert not answer.refused, answer.refused[0].error
            assert not [one for one in answer.findings if one.code.startswith("missing")], answer.findings


def _json(value: bytes) -> None:
    _read("json", {}, value)
    _read("json", {"documents": "$.events", "duplicates": "refuse"}, value)


def _epcis(value: bytes) -> None:
    _read("epcis", {}, value)


def _cloudevents(value: bytes) -> None:
    _read("cloudevents", {}, value, "application/cloudevents+json")
    head, _, body = value.partition(b"\n")
    names = ("ce_id", "ce_source", "ce_specversion", "ce_type", "ce_partitionkey", "ce_time")
    headers = tuple(zip(names, head.split(b"|"), strict=False))
    _read("cloudevents", {}, body, "application/json", headers)


def _flat(value: bytes) -> None:
    for options in LAYOUTS:
        _sound(_answer(lambda o=options: flat_codec.read(value, flat_options.layout(o, fixed=False))))  # type: ignore[misc]
    _sound(_answer(lambda: flat_codec.read(value, flat_options.layout(FIXED, fixed=True))))


def _canonical(value: bytes) -> None:
    try:
        event = canonical.decode(value)
    except DecodeError as error:
        _known(error)
        return
    assert canonical.decode(canonical.encode(event)) == event


def _batch(value: bytes) -> None:
    _read("canonical", {}, value)
    try:
        message = batch.decode(value)
    except DecodeError:
        return
    for number, raw in enumerate(message.events):
        batch.row(number, bytes(raw), message.batch_id)


def _dialect(value: bytes) -> None:
    bases = _bases() if b"extends" in value else {}  # the slowest part of it by far
    for files in ({"fuzzed.yaml": value}, {"base/fuzzed.yaml": value, "other.yaml": b"extends: [fuzzed]\n"}):
        try:
            read_dialects({**bases, **files}, None)
        except DialectErrors as errors:
            _placed(errors)


def _recognised(value: bytes) -> None:
    found = formats.recognise(value)
    if found.format in formats.READ:
        _read(found.format, found.options, value)


def saying(name: str) -> Harness:
    """Return the harness of what a message says by the dialect of this name."""

    def harness(value: bytes) -> None:
        dialects = shipped()
        message = Message(name, "m", value, RECEIVED_MS)
        try:
            found = said_by(dialects.partners[name], message, dialects)
        except DecodeError as error:
            _known(error)
            return
        for event in (*found.events, *found.shadowed, *(one.event for one in found.pointed)):
            assert canonical.decode(canonical.encode(event)) == event
        _parts(found)

    return harness


HARNESSES: dict[str, Harness] = {
    "x12": _x12, "json": _json, "epcis": _epcis, "cloudevents": _cloudevents, "flat": _flat, "canonical": _canonical,
    "batch": _batch, "dialect": _dialect, "recognised": _recognised,
}  # fmt: skip
ENDINGS = {
    "x12": (".edi", ".txt"), "json": (".json",), "epcis": (".json",), "cloudevents": (".json",),
    "flat": (".csv", ".txt", ".tsv"), "canonical": (".json",), "batch": (".json",), "dialect": (".yaml",),
}  # fmt: skip


def named(name: str) -> Harness:
    """Return a harness: of a codec, or of a shipped dialect as ``say-NAME``; KeyError for any other."""
    return HARNESSES[name] if name in HARNESSES else saying(_partner(name))


def names() -> list[str]:
    """Return the names of all harnesses."""
    return [*HARNESSES, *(f"say-{name}" for name in sorted(shipped().partners))]


def seeds(name: str, folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that a harness begins with: of its kind, small enough to be changed often."""
    endings = ENDINGS.get(name, ("",))
    for folder in (ROOT / "dialects", *folders):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name.endswith(endings) and path.stat().st_size <= SEED_MAX_BYTES:
                yield path


SEED_MAX_BYTES = 20_000


def _partner(name: str) -> str:
    if not name.startswith("say-") or name[4:] not in shipped().partners:
        raise KeyError(name)
    return name[4:]


@cache
def _bases() -> dict[str, bytes]:
    files = dialect_files(ROOT / "dialects")
    return {name: value for name, value in files.items() if name.startswith("base/")}


def _read(
    format: str, options: dict[str, object], value: bytes, content_type: str = "",
    headers: tuple[tuple[str, bytes], ...] = (),
) -> Reading | None:  # fmt: skip
    return _sound(_answer(lambda: formats.read_as(format, options, value, content_type, headers)))


def _answer(read: Callable[[], Reading]) -> Reading | None:
    try:
        return read()
    except DecodeError as error:
        _known(error)
        return None


def _known(error: DecodeError) -> None:
    assert error.reason in REASONS


def _placed(errors: DialectErrors) -> None:
    assert errors.problems
    assert all(one.line > 0 for one in errors.problems)


def _sound(found: Reading | None) -> Reading | None:
    if found is not None:
        assert len(found.documents) <= DOCUMENTS_MAX
        ids = [document.id for document in found.documents if document.id]
        assert len(set(ids)) == len(ids), "two documents of one message with the same id"
        assert all(part.error.reason in REASONS for part in found.refused)
    return found


def _parts(said: Said) -> None:
    assert all(part.error.reason in REASONS for part in said.refused)
    assert all(len(part.value) > 0 for part in said.refused)
