"""Partners' JSON: any bytes are plain data within limits or the one error; items of a list stand by themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs import plain, plain_json, plain_paths, schemas
from milepost.codecs.documents import DOCUMENT_MAX_BYTES, DOCUMENTS_MAX, FIELDS_MAX, Reading
from milepost.codecs.errors import REASONS, DecodeError

NUMBERS = st.integers(plain.INT_MIN, plain.INT_MAX)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=4)
    ),
    max_leaves=15,
)
OBJECTS = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), PLAIN, max_size=4)


def refusal(value: bytes, **options: Any) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        plain_json.read(value, **options)
    assert caught.value.reason in REASONS
    return caught.value


def answer(value: bytes) -> Reading | DecodeError:
    try:
        return plain_json.read(value)
    except DecodeError as error:
        return error


def is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(name) is str and is_plain(item) for name, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return (
        value is None or type(value) in (str, bool) or (type(value) is int and plain.INT_MIN <= value <= plain.INT_MAX)
    )


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_plain_data_or_the_one_error(value: bytes) -> None:
    """Whatever the bytes, the reader answers with plain data or a DecodeError, and the same way twice."""
    first = answer(value)
    assert isinstance(first, DecodeError) or is_plain(first.documents[0].fields)
    assert str(answer(value)) == str(first)


@given(OBJECTS)
def test_what_is_written_is_read_back(fields: dict[str, Any]) -> None:
    """Every document of plain data is read back as it was."""
    assert plain_json.read(plain_json.write(fields)).documents[0].fields == fields


@given(OBJECTS, st.floats(allow_nan=False, allow_infinity=False), st.integers(2**64, 2**200))
def test_no_float_is_made(fields: dict[str, Any], number: float, big: int) -> None:
    """A fraction stays the text that was sent, a whole number beyond 64 bits too; nothing in a document is a float."""
    value = json.dumps({**fields, "n": number, "b": [big, -big]}).encode()
    found = plain_json.read(value).documents[0].fields
    assert is_plain(found)
    assert found["n"] == json.dumps(number)
    assert found["b"] == [str(big), str(-big)]


def test_a_fraction_keeps_its_zeros() -> None:
    """What was written as 1.10 is 1.10, not 1.1: an amount has its decimals."""
    assert plain_json.read(b'{"a":1.10,"b":-0.0,"c":1E+2,"d":1e999999}').documents[0].fields == {
        "a": "1.10", "b": "-0.0", "c": "1E+2", "d": "1e999999",
    }  # fmt: skip


DEEP = b'{"a":' * 33 + b"1" + b"}" * 33


@pytest.mark.parametrize(
    ("value", "reason", "text"),
    [
        (b"", "not_json", "nothing"),
        (b" \n", "not_json", "nothing"),
        (b"{", "not_json", ""),
        (b'{"a":NaN}', "not_json", ""),
        (b'{"a":"\xff"}', "not_utf8", ""),
        ('{"a":1}'.encode("utf-16"), "not_utf8", "UTF-16"),
        ('{"a":1}'.encode("utf-16-le"), "not_utf8", "UTF-16"),
        ('{"a":1}'.encode("utf-32"), "not_utf8", "UTF-32"),
        (b"\x1f\x8b\x08\x00", "unknown_format", "gzip"),
        (b"PK\x03\x04rest", "unknown_format", "zip"),
        (b"[1]", "wrong_type", "object"),
        (DEEP, "too_large", "nested"),
        (b"[" * 200_000, "too_large", "nested"),
        (b'{"a":' + b"9" * 5000 + b"}", "too_large", "digits"),
        (b'{"a":' + b"9" * 1001 + b"}", "too_large", "digits"),
        (b'{"a":"' + b"x" * (plain.STRING_MAX_CHARS + 1) + b'"}', "too_large", "characters"),
        (b'{"a":[' + b"0," * FIELDS_MAX + b"0]}", "too_large", "values"),
        (b'{"a":"' + b"x" * DOCUMENT_MAX_BYTES + b'"}', "too_large", "bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(value: bytes, reason: str, text: str) -> None:
    """Each kind of bad bytes has its reason, and limits are told by name."""
    error = refusal(value)
    assert error.reason == reason
    assert text in error.text


def test_limits_are_the_last_that_is_taken() -> None:
    """What is just within each limit is read."""
    deepest = b'{"a":' * 32 + b"1" + b"}" * 32
    longest = b'{"a":"' + b"x" * plain.STRING_MAX_CHARS + b'"}'
    for value in (deepest, longest, b'{"a":' + b"9" * 1000 + b"}", b'{"a":"' + b"9" * 2000 + b'"}'):
        assert plain_json.read(value).documents


def test_a_byte_order_mark_is_no_content() -> None:
    """A mark before the JSON changes nothing."""
    assert plain_json.read(plain.BOM + b'{"a":1}') == plain_json.read(b'{"a":1}')


def test_a_name_that_stands_twice() -> None:
    """By the usual rule the last one counts; where a dialect says so it is refused, by its name."""
    assert plain_json.read(b'{"a":1,"a":2}').documents[0].fields == {"a": 2}
    error = refusal(b'{"x":[{"qty":1,"qty":2}]}', duplicates="refuse")
    assert "'qty'" in error.text
    assert plain_json.read(b'{"x":1.10,"b":12345678901234567890123}', duplicates="refuse").documents[0].fields == {
        "x": "1.10", "b": "12345678901234567890123",
    }  # fmt: skip


def test_a_name_that_stands_twice_among_many_is_found() -> None:
    """Of an object of tens of thousands of names the one that stands twice is named, and looking for it is one pass."""
    names = b",".join(b'"k%d":1' % number for number in range(60_000))
    assert "'k59999' stands twice" in str(refusal(b'{%s,"k59999":2}' % names, duplicates="refuse"))


def test_items_of_a_list_stand_by_themselves() -> None:
    """A bad item is refused alone, with the message around it, numbers as they were; the others are documents."""
    value = b'{"site":"N","rate":1.50,"box":{"events":[{"id":"a"},7,{"id":""},{"id":"d","w":2.0}]}}'
    found = plain_json.read(value, documents="$.box.events", id="$.id", envelope="message")
    assert [(document.id, document.place) for document in found.documents] == [
        ("a", "$.box.events[0]"), ("d", "$.box.events[3]"),
    ]  # fmt: skip
    assert found.documents[1].fields == {
        "id": "d", "w": "2.0", "message": {"site": "N", "rate": "1.50", "box": {"events": []}},
    }  # fmt: skip
    assert [(part.error.reason, part.error.place) for part in found.refused] == [
        ("wrong_type", "$.box.events[1]"), ("missing_field", "$.box.events[2].id"),
    ]  # fmt: skip
    assert found.refused[0].value == b'{"site":"N","rate":1.50,"box":{"events":[7]}}'


@given(st.lists(OBJECTS, max_size=6), st.sets(st.integers(0, 5)))
def test_a_refused_item_can_be_sent_again_alone(items: list[Any], bad: set[int]) -> None:
    """The bytes of each refused item are a message with that one item, refused for the same reason."""
    events = [7 if number in bad else item for number, item in enumerate(items)]
    found = plain_json.read(plain.encode({"e": events}), documents="$.e")
    assert [document.fields for document in found.documents] == [event for event in events if event != 7]
    for part in found.refused:
        again: Reading = plain_json.read(part.value, documents="$.e")
        assert [(other.error.reason, other.value) for other in again.refused] == [(part.error.reason, part.value)]


def test_documents_of_one_message_are_told_apart() -> None:
    """Two items of one id get two, and that is told."""
    found = plain_json.read(b'[{"id":1,"q":1},{"id":1,"q":2}]', documents="$", id="$.id")
    assert [document.id for document in found.documents] == ["1", "1#2"]
    assert [finding.code for finding in found.findings] == ["repeated_id"]


def test_an_item_is_itself_wherever_it_stands() -> None:
    """Without an id of its own an item is known by what it says: sent again alone, it is the same document."""
    value = b'{"e":[{"a":1},{"a":2.50},{"a":1}]}'
    ids = [document.id for document in plain_json.read(value, documents="$.e").documents]
    assert len(set(ids)) == 3
    (again,) = plain_json.read(plain_paths.alone(value, "$.e", 1), documents="$.e").documents
    assert again.id == ids[1]


def test_the_list_must_be_there() -> None:
    """A message without its list, or with something else there, or with too many items, is refused as a whole."""
    assert refusal(b'{"a":1}', documents="$.events").reason == "missing_field"
    assert refusal(b'{"events":{}}', documents="$.events").reason == "wrong_type"
    many = b'{"events":[' + b"{}," * DOCUMENTS_MAX + b"{}]}"
    assert refusal(many, documents="$.events").reason == "too_large"
    assert plain_json.read(b'{"events":[]}', documents="$.events") == Reading()


@pytest.mark.parametrize("path", ["", "a", "$.", "$..a", "$[x]", "$.a[", "events"])
def test_a_path_that_is_none_is_said(path: str) -> None:
    """What is no path is told as such."""
    assert plain_paths.problem(path)


SCHEMA = {
    "type": "object",
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "string"},
        "weight": {"type": "number", "minimum": 0},
        "lines": {"type": "array", "items": {"$ref": "#/definitions/line"}},
    },
    "definitions": {
        "line": {
            "type": "object",
            "required": ["sku", "qty"],
            "properties": {
                "sku": {"type": "string"}, "qty": {"type": "integer"}, "under": {"$ref": "#/definitions/line"},
            },
        }
    },
}  # fmt: skip


def test_a_payload_is_held_against_its_schema() -> None:
    """What breaks the schema is refused at its field, with how it differs; a fraction counts as the number it is."""
    schema = schemas.compiled(SCHEMA)
    assert plain_json.read(b'{"id":"a","weight":1.5,"lines":[]}', schema=schema).documents[0].fields["weight"] == "1.5"
    error = refusal(b'{"id":"a","lines":[{"sku":"x","quantity":5}]}', schema=schema)
    assert (error.reason, error.place) == ("missing_field", "$.lines[0]")
    assert "removed $.lines[].qty (integer)" in error.text
    assert "added $.lines[].quantity (integer)" in error.text
    error = refusal(b'{"id":"a","lines":[{"sku":"x","qty":"5"}]}', schema=schema)
    assert (error.reason, error.place) == ("wrong_type", "$.lines[0].qty")


def test_new_fields_are_counted_not_refused() -> None:
    """A field that the schema does not name is a finding with its path, once for all items of a list."""
    value = b'{"id":"a","lines":[{"sku":"x","qty":1,"colour":{"r":1}},{"sku":"y","qty":2,"colour":{}}],"new":1}'
    found = plain_json.read(value, schema=schemas.compiled(SCHEMA))
    assert [finding.code for finding in found.findings] == ["unknown_field"] * 2
    assert sorted(finding.place for finding in found.findings) == ["$.lines[].colour", "$.new"]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/definitions/none"}, "leads nowhere"),
        ({"properties": {"a": {"$ref": "#nowhere"}}}, "leads nowhere"),
        ({"properties": {"a": {"$ref": "https://example.com/other.json"}}}, "nothing is fetched"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "nothing is fetched"),
        ({"properties": {"a": {"$ref": "other.json#/x"}}}, "nothing is fetched"),
        ({"type": "nonsense"}, "compiled"),
        ([], "object"),
    ],
)
def test_a_schema_that_cannot_be_used_is_one_error(schema: Any, said: str) -> None:
    """A reference to nowhere or out of the schema, or what is no schema, is told when it is loaded."""
    with pytest.raises(schemas.SchemaError, match=said):
        schemas.compiled(schema)


def test_a_reference_in_an_example_is_no_reference() -> None:
    """Only schemas refer: a value that happens to have the name does not."""
    assert schemas.compiled({"type": "object", "examples": [{"$ref": "#/none"}], "properties": {"a": {"const": 1}}})


@given(OBJECTS)
def test_a_sample_does_not_differ_from_itself(fields: dict[str, Any]) -> None:
    """Whatever the payload, nothing is new in it, nothing missing, nothing changed."""
    assert schemas.differences(fields, fields) == ()


def test_how_a_payload_changed() -> None:
    """Against a sample: what is new, what is gone and what has another type, each with its path; below it nothing."""
    was = b'{"id":1,"state":"x","box":{"w":1.5},"gone":{"a":1},"lines":[{"s":"a","q":1},{"s":"b","q":2,"opt":1}]}'
    now = b'{"id":"1","status":"x","box":{"w":2},"lines":[{"s":"a","q":1.5},{"s":"b"}],"more":{"deep":1}}'
    assert [str(found) for found in schemas.differences(was, now)] == [
        "changed $.id (integer, now string)",
        "added $.status (string)",
        "changed $.lines[].q (integer, now number)",
        "added $.more (object)",
        "removed $.state (string)",
        "removed $.gone (object)",
    ]


def test_a_field_that_only_some_items_have_is_not_missed() -> None:
    """In a sample's list, what not every item has may be left out; what every item has may not."""
    was = {"lines": [{"s": 1, "o": 1}, {"s": 2}]}
    assert schemas.differences(was, {"lines": [{"s": 1}]}) == ()
    assert [found.path for found in schemas.differences(was, {"lines": [{"o": 1}]})] == ["$.lines[].s"]
    assert schemas.differences(was, {"lines": []}) == ()
