"""Strangers' X12 files say what a person reads in them, and what is wrong with them is told by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from milepost.codecs.documents import Reading
from milepost.codecs.x12.reading import read
from milepost.tests.codecs.corpus import files, needs
from milepost.tests.codecs.x12.corpus_annotations import FLAGGED, NOTHING_FOUND, SAYS

pytestmark = needs("x12")
FILES = files("x12")


def named(names: Any) -> list[Any]:
    """The files of the folder among ``names``, each with its name as the test's."""
    return [pytest.param(path, id=path.name) for path in FILES if path.name in names]


def at(fields: Any, path: str) -> Any:
    """Return what stands at a path; None where nothing does. ``*`` gathers from every item, None if none has it."""
    name, _, rest = path.partition(".")
    if name == "*":
        found = [at(item, rest) for item in fields or ()]
        return found if any(value is not None for value in found) else None
    if isinstance(fields, list):
        value = fields[int(name)] if int(name) < len(fields) else None
    else:
        value = (fields or {}).get(name)
    return at(value, rest) if rest and value is not None else value


def codes(reading: Reading) -> set[str]:
    """Every finding's code and every refusal's reason."""
    return {finding.code for finding in reading.findings} | {part.error.reason for part in reading.refused}


@pytest.mark.parametrize("path", named(SAYS))
def test_a_file_says_what_is_read_in_it(path: Path) -> None:
    """Order, lines, quantities, units and times are those that a person reads in the file."""
    documents = read(path.read_bytes()).documents
    assert len(documents) == len(SAYS[path.name])
    for document, says in zip(documents, SAYS[path.name], strict=True):
        assert {place: at(document.fields, place) for place in says} == says


@pytest.mark.parametrize("path", named(FLAGGED))
def test_what_is_wrong_with_a_file_is_told_by_name(path: Path) -> None:
    """A file that is broken, or of a set that is not ours, is flagged or refused for just that and nothing else."""
    reading = read(path.read_bytes())
    assert codes(reading) == FLAGGED[path.name]
    for finding in reading.findings:
        assert finding.text
        assert finding.place


@pytest.mark.parametrize("path", named(NOTHING_FOUND))
def test_a_right_file_is_left_alone(path: Path) -> None:
    """Where nothing is wrong nothing is found, and no segment is left over."""
    reading = read(path.read_bytes())
    assert (reading.findings, reading.refused) == ((), ())
    assert not re.search(r"'(other|more)':", repr(reading.documents))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in FILES])
def test_every_file_is_annotated(path: Path) -> None:
    """No file of the folder is passed over: it says something, or is wrong by name; those called wrong are."""
    assert path.name in SAYS or path.name in FLAGGED
    if "fail" in path.name or "invalid" in path.name:
        assert path.name in FLAGGED


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in FILES])
def test_no_value_of_a_set_is_dropped(path: Path) -> None:
    """Every element of a file's sets is somewhere in their documents, as it was sent."""
    reading = read(path.read_bytes())
    text = path.read_text("utf-8-sig", errors="replace")
    said = {value for document in reading.documents for value in _values(document.fields)}
    separators = _separators(text)
    for segment in _set_segments(text, separators, {str(d.fields["set"]) for d in reading.documents}):
        for element in segment[1:]:
            for part in element.split(separators[1]) if separators[1] else [element]:
                assert part.strip() == "" or part.rstrip() in said or element.rstrip() in said, segment


# Structure only: their elements say where an object stands, not what it is.
STRUCTURE = {"ST", "SE", "HL"}


def _values(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {v for inner in value.values() for v in _values(inner)}
    if isinstance(value, list):
        return {v for inner in value for v in _values(inner)}
    return {str(value)}


def _separators(text: str) -> tuple[str, str, str]:
    parts = text.split(text[3])
    tail = parts[16].lstrip()
    terminator = tail[1:2] if tail[1:2] not in ("\r", "\n") else "\n"
    return text[3], tail[0], terminator


def _set_segments(text: str, separators: tuple[str, str, str], known: set[str]) -> list[list[str]]:
    found, inside = [], False
    for raw in text.split(separators[2]):
        segment = raw.replace("\r", "").replace("\n", "").strip().split(separators[0])
        inside = (inside or segment[0] == "ST") and segment[0] != "SE"
        if segment[0] == "ST":
            inside = segment[1] in known
        if inside and segment[0] not in STRUCTURE:
            found.append(segment)
    return found
