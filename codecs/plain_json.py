"""Partners' own JSON: a message is one document, or the items of a list in it are, each by itself.

An item that cannot be read is refused with the message around it and no other item, so that it can be sent again alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from milepost.codecs import plain, plain_paths, schemas
from milepost.codecs.documents import DOCUMENTS_MAX, Document, Finding, Plain, Reading, Refused
from milepost.codecs.errors import DecodeError, Reason
from milepost.codecs.plain_paths import MISSING, at
from milepost.contracts.identifiers import digest

KIND = "json"


class _Item(NamedTuple):
    place: str
    fields: Plain
    numbers: Any  # the same with fractions as numbers, where a schema is to check them


def read(
    value: bytes,
    *,
    documents: str = "",
    id: str = "",
    schema: schemas.Schema | None = None,
    duplicates: plain.Duplicates = "last",
    envelope: str = "",
) -> Reading:
    """Return the documents of kind ``json`` in ``value``; DecodeError where the message as a whole is none.

    ``documents``: path of a list whose items are the documents (``$`` where the message is the list); empty: the
    message is the document. ``id``: path in a document of its id; else the digest of what it says, so that an item that
    is sent again alone is still itself. ``schema``: what each document must keep to; fields it does not name are
    findings (``unknown_field``), no refusals. ``envelope``: the field of each document under which it gets what stands
    in the message beside the list.
    """
    message = plain.parse(value, duplicates=duplicates)
    taken: list[Document] = []
    findings: list[Finding] = []
    refused: list[Refused] = []
    seen: Counter[str] = Counter()
    numbers = schemas.numbers_of(plain.text_of(value)) if schema is not None else None
    for number, item in enumerate(_items(message, numbers, documents, envelope)):
        try:
            document = _document(item, bool(documents), id)
            findings += _noticed(document, schema, item)
        except DecodeError as error:
            refused.append(Refused(error, plain_paths.alone(value, documents, number) if documents else value))
            continue
        seen[document.id] += 1
        if (times := seen[document.id]) > 1:
            findings.append(
                Finding("repeated_id", "two documents of this message have one id", item.place, document.id)
            )
            document = document._replace(id=f"{document.id}#{times}")
        taken.append(document)
    if refused and not taken and not documents:
        raise refused[0].error
    return Reading(tuple(taken), tuple(findings), tuple(refused))


def write(document: dict[str, Plain]) -> bytes:
    """Return ``document`` as JSON; ValueError for what is no plain data."""
    return plain.encode(document)


def _items(message: Plain, numbers: Any, documents: str, envelope: str) -> Iterator[_Item]:
    if not documents:
        yield _Item("$", message, numbers)
        return
    found = at(message, documents)
    if found is MISSING:
        raise DecodeError("missing_field", "the list of documents is not there", documents)
    if not isinstance(found, list):
        raise DecodeError("wrong_type", f"{_kind(found)} where the list of documents should be", documents)
    if len(found) > DOCUMENTS_MAX:
        raise DecodeError("too_large", f"{len(found)} documents; at most {DOCUMENTS_MAX} in one message", documents)
    beside = plain_paths.with_list(message, documents, []) if envelope else None
    checked = at(numbers, documents) if numbers is not None else found
    for number, fields in enumerate(found):
        if envelope and isinstance(fields, dict):
            fields = {**fields, envelope: beside}
        yield _Item(f"{documents}[{number}]", fields, checked[number])


def _document(item: _Item, one_of_many: bool, id: str) -> Document:
    if not isinstance(item.fields, dict):
        raise DecodeError("wrong_type", f"{_kind(item.fields)} where an object should be", item.place)
    name = digest(item.fields) if one_of_many and not id else ""
    if id:
        found = at(item.fields, id)
        if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
            reason: Reason = "missing_field" if found in (MISSING, None, "") else "wrong_type"
            raise DecodeError(reason, "the document's id is not there", item.place + id.removeprefix("$"))
        name = str(found)
    return Document(KIND, item.fields, name, item.place)


def _noticed(document: Document, schema: schemas.Schema | None, item: _Item) -> list[Finding]:
    """Return the fields that the schema does not name; DecodeError where the document does not keep to it."""
    if schema is None:
        return []
    schema.check(item.numbers, item.place)
    return [
        Finding("unknown_field", "a field that the schema does not name", item.place + path[1:], document=document.id)
        for path in schema.unknown_fields(item.numbers)
    ]


def _kind(data: Plain) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number"}
    return names.get(type(data), "null")
