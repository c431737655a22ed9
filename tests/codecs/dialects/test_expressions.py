"""What each kind of expression gives: paths, texts, tables, numbers, lists; nothing is nothing, errors name a path."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.numbers import decimal_of, whole_of
from milepost.codecs.dialects.paths import parsed
from milepost.codecs.errors import DecodeError
from milepost.tests.codecs.dialects.partners import HEAD, loaded, said, saying, value_of

DOCUMENT = {
    "a": {"b": [{"c": "x", "n": 1}, {"c": "y", "n": 2}]}, "empty": "", "null": None, "zero": 0, "yes": True,
    "ids": [{"type": "PRO", "value": "P1"}, {"type": "ORDER", "value": "O1"}], "odd.name": "odd", "number": "12.000",
    "what": "gone", "fine": "fine",
}  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$.a.b[0].c", "x"),
        ("$.a.b[-1].c", "y"),
        ("$.a.b[7].c", None),
        ("$.ids[type=ORDER].value", "O1"),
        ("$.ids[type=BOL].value", None),
        ("$.a.b[n=2].c", "y"),
        ("""'$["odd.name"]'""", "odd"),
        ("$.empty", None),
        ("$.null", None),
        ("$.zero", "0"),
        ("$.a.b.c", None),
        (".a.b[0].c", "x"),
        ("=just this", "just this"),
        ('"@partner"', "acme"),
        ("{as: when, if: {$.what: gone}, of: $.zero}", "0"),
        ("{as: when, if: {$.what: lost}, of: $.zero}", None),
        ('"@message"', "m-1"),
        ("{as: first, of: [$.empty, $.null, '$.a.b[1].c', =z]}", "y"),
        ("{as: first, of: [$.empty]}", None),
        ('{as: text, of: "{a}/{b}", with: {a: $.zero, b: =q}}', "0/q"),
        ('{as: text, of: "{a}/{b}", with: {a: $.empty, b: =q}}', None),
        ('{as: text, of: "at {t}", with: {t: "@received"}}', "at 20260302T120000Z"),
        ("{as: code, table: sites, of: =N}", "DC-NORTH"),
        ("{as: code, table: items, of: $.zero}", "0"),
        ('{as: code, table: items, of: ="0012"}', '"0012"'),
        ("{as: code, table: sites, of: $.empty}", None),
        ("{as: status, table: short, of: $.what}", "not_found"),
        ("{as: status, table: short, of: $.empty}", None),
        ("{as: date, of: =2026-03-02T23:00:00-05:00}", "2026-03-02"),
        ('{as: date, of: =02.03.2026, format: "%d.%m.%Y"}', "2026-03-02"),
    ],
)
def test_an_expression_gives_its_value(expression: str, value: str | None) -> None:
    """Each kind of expression gives what its line in the language's page says."""
    assert value_of(expression, DOCUMENT) == value


@pytest.mark.parametrize(
    ("expression", "reason", "place"),
    [
        ("{as: code, table: sites, of: $.what}", "unknown_code", "$.what"),
        ("{as: status, table: short, of: '$.a.b[0].c'}", "unmapped_status", "$.a.b[0].c"),
        ("$.a", "wrong_type", "$.a"),
        ("$.yes", "wrong_type", "$.yes"),
        ('{as: text, of: "{a}", with: {a: $.a}}', "wrong_type", "$"),
        ("{as: date, of: $.what}", "invalid_value", "$.what"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_path(expression: str, reason: str, place: str) -> None:
    """No value is guessed: the refusal has a closed reason, and the path in the document."""
    with pytest.raises(DecodeError) as raised:
        value_of(expression, DOCUMENT)
    assert (raised.value.reason, raised.value.place) == (reason, place)
    assert raised.value.text.startswith("wms.wave_planned: body.wave: ")


def test_a_status_that_is_ignored_leaves_the_emission_out() -> None:
    """A partner's word that says nothing to us makes no milestone, and no dead letter either."""
    found = said(loaded(saying(
        """
        - emit: wms.pick_short
          owner: {order: =O}
          at: "@received"
          body: {node: =N, line: =1, quantity: =1, reason: {as: status, table: short, of: $.what}}
        """
    )), {"what": "fine"})  # fmt: skip
    assert not found.events
    assert not found.refused


def _quantity(expression: str, document: Any, head: str = HEAD) -> int:
    found = said(loaded(saying(
        f"""
        - emit: wms.pick_confirmed
          owner: {{order: =O}}
          at: "@received"
          body: {{node: =N, line: =1, quantity: {expression}}}
        """, head
    )), document)  # fmt: skip
    if found.refused:
        raise found.refused[0].error
    return found.events[0].body.quantity


@pytest.mark.parametrize(
    ("expression", "value", "quantity"),
    [
        ("$.n", 5, 5),
        ("$.n", "5", 5),
        ("{as: number, of: $.n}", "12.000", 12),
        ("{as: number, of: $.n, abs: true}", "-3", 3),
        ("{as: number, of: $.n, negate: true}", -3, 3),
        ('{as: number, of: $.n, decimal: ","}', "1.200,0", 1200),
        ("{as: quantity, of: $.n}", "7", 7),
        ("{as: quantity, of: $.n, unit: =box}", "2", 24),
        ("{as: quantity, of: $.n, unit: =box}", "0.5", 6),
        ("{as: quantity, of: $.n, unit: =box, item: =W}", "2", 20),
        ("{as: quantity, of: $.n, unit: =box, item: =V}", "2", 24),
        ("{as: amount, of: $.n, currency: =EUR}", "12.5", 1250),
        ("{as: amount, of: $.n, currency: =JPY}", "1250", 1250),
        ("{as: amount, of: $.n, currency: =EUR, implied: 2}", "1250", 1250),
        ("{as: amount, of: $.n, currency: =KWD, implied: 2}", "1250", 12500),
        ("{as: amount, of: $.n, currency: =JPY, implied: 2}", "1200", 12),
        ("{as: sum, of: [$.n, =3, $.none]}", "4", 7),
    ],
)
def test_numbers_come_out_exactly(expression: str, value: Any, quantity: int) -> None:
    """Units, implied decimals and signs give whole base units and minor units, to the last digit."""
    assert _quantity(expression, {"n": value}) == quantity


@pytest.mark.parametrize(
    ("expression", "quantity"),
    [
        ("$.n", 1200),
        ("{as: number, of: $.n}", 1200),
        ("{as: quantity, of: $.n, unit: =each}", 1200),
        ("{as: amount, of: $.n, currency: =EUR}", 120_000),
        ("{as: sum, of: [$.n, $.n]}", 2400),
        ("{as: first, of: [{as: when, if: {$.n: {above: 1000}}, of: =7}, =8]}", 7),
    ],
)
def test_the_mark_of_a_file_is_that_of_all_its_numbers(expression: str, quantity: int) -> None:
    """With ``read: {decimal: ","}`` a point stands between thousands wherever a number is read, unless it says else."""
    head = HEAD.replace("format: json", 'format: csv\nread: {decimal: ","}')
    assert _quantity(expression, b"n\r\n1.200\r\n", head) == quantity
    assert _quantity('{as: quantity, of: $.n, decimal: "."}', b"n\r\n1.000\r\n", head) == 1


def test_a_text_that_grows_too_long_is_refused_not_cut() -> None:
    """Two names that differ at their ends alone never become one."""
    with pytest.raises(DecodeError) as refused:
        value_of('{as: text, of: "{a}{b}", with: {a: $.a, b: $.b}}', {"a": "x" * 2000, "b": "1"})
    assert (refused.value.reason, refused.value.place) == ("too_large", "$.a")


@pytest.mark.parametrize(
    ("expression", "value", "reason"),
    [
        ("{as: number, of: $.n}", "12.5", "invalid_value"),
        ("{as: number, of: $.n}", "1e3", "invalid_value"),
        ("{as: number, of: $.n}", "NaN", "invalid_value"),
        ("{as: number, of: $.n}", "1,200", "invalid_value"),
        ("{as: number, of: $.n}", "9" * 40, "invalid_value"),
        ("{as: number, of: $.n}", "-1", "invalid_value"),
        ("{as: quantity, of: $.n, unit: =box}", "0.51", "invalid_value"),
        ("{as: quantity, of: $.n, unit: =pallet}", "1", "unknown_code"),
        ("{as: quantity, of: $.n, unit: $.none}", "1", "unknown_code"),
        ("{as: amount, of: $.n, currency: =EUR}", "1.005", "invalid_value"),
        ("{as: amount, of: $.n, currency: =JPY, implied: 2}", "1250", "invalid_value"),
        ("{as: amount, of: $.n, currency: =EUR, implied: 2}", "12.50", "invalid_value"),
        ("{as: amount, of: $.n, currency: $.none}", "12.50", "missing_field"),
        ("$.n", "many", "invalid_value"),
        ("$.none", "1", "missing_field"),
    ],
)
def test_numbers_that_are_none_are_refused(expression: str, value: Any, reason: str) -> None:
    """Nothing is rounded, no unit is assumed, no mark is guessed."""
    with pytest.raises(DecodeError) as raised:
        _quantity(expression, {"n": value})
    assert raised.value.reason == reason


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_decimals_are_read_as_they_were_written(number: Decimal) -> None:
    """A decimal's text gives that number, with a comma as with a point; whole ones give integers."""
    text = f"{number:f}"
    assert decimal_of(text) == number
    assert decimal_of(text.replace(".", ","), comma=True) == number
    assert whole_of(f"{int(number)}.000") == int(number)


@given(st.one_of(st.text(max_size=30), st.integers(), st.none(), st.booleans(), st.lists(st.integers())))
def test_any_value_is_a_number_or_refused(value: Any) -> None:
    """Whatever stands where a number should, it is one or a ValueError."""
    for comma in (False, True):
        try:
            found = str(decimal_of(value, comma).is_finite())
        except ValueError as error:
            found = str(error)
        assert found == "True" or "is no number" in found


@given(
    st.text(max_size=40),
    st.recursive(
        st.one_of(st.text(max_size=3), st.integers(), st.none()),
        lambda one: st.one_of(st.lists(one, max_size=3), st.dictionaries(st.text(max_size=3), one, max_size=3)),
        max_leaves=12,
    ),
)
def test_any_text_is_a_path_or_refused_and_reads_anything(text: str, plain: Any) -> None:
    """What is a path reads any data without an error; what is none is a ValueError."""
    for one in (text, "$." + text, ".a" + text):
        try:
            path = parsed(one)
        except ValueError:
            continue
        path.of(plain)


LISTED = saying(
    """
    - emit: wms.departed
      each: [$.shipments, .stops]
      if: {.left: "true"}
      owner: {order: ..order}
      at: "@received"
      body:
        node: =N
        shipment: .id
        lines:
          as: list
          of: .lines
          if: {.qty: {above: 0}}
          each: {line: .line, quantity: {as: quantity, of: .qty, unit: ..unit}}
    """
)


def test_lists_within_lists_refer_to_the_items_around_them() -> None:
    """``.`` is the item of the innermost list, ``..`` that of the one around it, for emissions as for bodies."""
    stops = [
        {"id": "S1", "left": "true", "unit": "box", "lines": [{"line": 1, "qty": "2"}, {"line": 2, "qty": "0"}]},
        {"id": "S2", "left": "false", "lines": []},
    ]
    found = said(loaded(LISTED), {"shipments": [{"order": "O1", "stops": stops}, {"order": "O2", "stops": [stops[0]]}]})
    assert [(one.owner, one.body.shipment) for one in found.events] == [("O1", "S1"), ("O2", "S1")]
    assert [(line.line, line.quantity) for line in found.events[0].body.lines] == [("1", 24)]


def test_lists_of_lists_are_one() -> None:
    """Where each item gives a list, all of them are one list."""
    text = saying(
        """
        - emit: wms.packed
          owner: {order: =O}
          at: "@received"
          body:
            node: =N
            package: =P
            lines: {as: list, of: $.boxes, each: {as: list, of: .lines, each: {line: .line, quantity: .qty}}}
        """
    )
    boxes = [{"lines": [{"line": "1", "qty": 1}, {"line": "2", "qty": 2}]}, {}, {"lines": [{"line": "3", "qty": 3}]}]
    lines = said(loaded(text), {"boxes": boxes}).events[0].body.lines
    assert [(one.line, one.quantity) for one in lines] == [("1", 1), ("2", 2), ("3", 3)]


def test_a_list_left_empty_by_its_condition_is_never_all_there_was() -> None:
    """A departure without lines carries all that was picked: a list of nothing shipped is not made one."""
    nothing = {"id": "S1", "left": "true", "unit": "box", "lines": [{"line": 1, "qty": "0"}]}
    found = said(loaded(LISTED), {"shipments": [{"order": "O", "stops": [nothing]}]})
    assert not found.events
    assert found.refused[0].error.reason == "invalid_value"
    whole = said(loaded(LISTED), {"shipments": [{"order": "O", "stops": [{**nothing, "lines": []}]}]})
    assert whole.events[0].body.lines == ()


def test_an_error_within_a_list_names_the_item() -> None:
    """The place of a refusal leads to the item: a person finds it in the document."""
    stops = [{"id": "S1", "left": "true", "unit": "box", "lines": [{"line": 1, "qty": 1}, {"line": 2, "qty": "x"}]}]
    error = said(loaded(LISTED), {"shipments": [{}, {"order": "O", "stops": stops}]}).refused[0].error
    assert error.place == "$.shipments[1].stops[0].lines[1].qty"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("{of: {as: sum, of: [=7, {as: number, of: =5, negate: true}]}, above: 1}", True),
        ("{of: {as: sum, of: [=7, {as: number, of: =5, negate: true}]}, above: 1, $.what: lost}", False),
        ("{of: {as: sum, of: [=7, {as: number, of: =5, negate: true}]}, above: 1, at_most: 1}", False),
        ("{of: {as: first, of: [$.nowhere]}, above: 0}", False),
        ("{of: {as: first, of: [$.what]}, status: short, is: [not_found]}", True),
        ("{$.what: gone}", True),
        ("{$.what: [lost, gone]}", True),
        ("{$.what: lost}", False),
        ("{$.what: {not: [lost]}}", True),
        ("{$.what: {not: gone}}", False),
        ("{$.none: {not: [lost]}}", True),
        ("{$.none: lost}", False),
        ('{$.zero: "0"}', True),
        ('{$.yes: "true"}', True),
        ("{$.a: {present: true}}", True),
        ("{$.empty: {present: true}}", False),
        ("{$.none: {present: false}}", True),
        ("{$.number: {above: 11.5}}", True),
        ("{$.number: {above: 12}}", False),
        ("{$.number: {at_least: 12, at_most: 12}}", True),
        ("{$.number: {below: 12}}", False),
        ("{$.none: {below: 12}}", False),
        ("{$.what: {status: short, is: not_found}}", True),
        ("{$.fine: {status: short, is: [not_found, damaged]}}", False),
        ('{$.what: gone, $.zero: "1"}', False),
        ('[{$.what: lost}, {$.zero: "0"}]', True),
        ('[{$.what: lost}, {$.zero: "1"}]', False),
        ('{"@partner": acme}', True),
        ("{$.a.b: {any: {.c: y}}}", True),
        ("{$.a.b: {any: {.c: z}}}", False),
        ("{$.a.b: {none: {.c: z}}}", True),
        ("{$.a.b: {none: {.n: {above: 1}}}}", False),
        ("{$.a.b: {any: {.c: x}, none: {.c: y}}}", False),
        ("{$.none: {any: {.c: x}}}", False),
        ("{$.none: {none: {.c: x}}}", True),
    ],
)
def test_a_condition_holds_or_not(condition: str, holds: bool) -> None:
    """Each kind of condition holds as the language's page says; nothing there is not equal, not above, not below."""
    text = saying(
        f"""
        - emit: wms.wave_planned
          if: {condition}
          owner: {{order: =O}}
          at: "@received"
          body: {{node: =N, wave: =W}}
        - emit: wms.pick_short
          if: {{$.never: {{status: short, is: [not_found, damaged]}}}}
          owner: {{order: =O}}
          at: "@received"
          body: {{node: =N, line: =1, quantity: =1}}
        """
    )
    assert bool(said(loaded(text), DOCUMENT).events) is holds


def test_a_condition_on_a_status_without_a_meaning_refuses_the_document() -> None:
    """A condition never takes an unknown status for one that does not hold."""
    text = saying(
        """
        - emit: wms.wave_planned
          if: {$.what: {status: short, is: [not_found, damaged]}}
          owner: {order: =O}
          at: "@received"
          body: {node: =N, wave: =W}
        """
    )
    assert said(loaded(text), {"what": "lost"}).refused[0].error.reason == "unmapped_status"


@pytest.mark.parametrize("lines", [["gone", "lost"], ["lost", "gone"]])
def test_a_condition_on_items_looks_at_each_of_them(lines: list[str]) -> None:
    """An item with an unknown status refuses the document, be it behind one that holds."""
    text = saying(
        """
        - emit: wms.wave_planned
          if: {$.lines: {any: {.why: {status: short, is: [not_found, damaged]}}}}
          owner: {order: =O}
          at: "@received"
          body: {node: =N, wave: =W}
        """
    )
    found = said(loaded(text), {"lines": [{"why": why} for why in lines]})
    assert [one.error.reason for one in found.refused] == ["unmapped_status"]
