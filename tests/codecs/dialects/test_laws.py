"""Laws of the engine over any bytes: one kind of error, the same answer twice, the order of documents means nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from milepost.codecs import canonical
from milepost.codecs.dialects.documents_said import SAID_MAX
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import REASONS, DecodeError
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.settings import Settings
from milepost.tests.codecs.dialects.partners import HEAD, RECEIVED_MS, loaded, said, saying

SAY = """
- emit: wms.pick_confirmed
  each: $.lines
  if: {.qty: {above: 0}}
  owner: {first: [{order: $.order}, {references: [{kind: bol, value: $.bol}]}]}
  at: {as: time, of: [$.date, .time, $.zone], format: ["%Y%m%d%H%M", "%Y%m%d"]}
  body: {node: {as: code, table: items, of: $.site}, line: .line, quantity: {as: quantity, of: .qty, unit: .unit}}
  links: [{kind: po, value: $.po}]
- emit: wms.pick_short
  each: $.lines
  if: {.why: {present: true}}
  owner: {order: $.order}
  at: "@received"
  key: {as: text, of: "{a}/{b}", with: {a: $.order, b: .line}}
  body: {node: =N, line: .line, quantity: {as: sum, of: [.qty, .more]}, reason: {as: status, table: short, of: .why}}
"""
LISTED = loaded(saying(SAY, HEAD + "read: {documents: $.events}\n"))
SINGLE = loaded(saying(SAY))
SHIPPED: Dialects = load_dialects(Settings())

_small = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=4),
    st.sampled_from(
        ["", "1", "0", "-1", "12", "1.5", "each", "box", "gone", "fine", "lost", "N", "20260302", "0800", "ET", "load/"]
    ),
)  # fmt: skip
_lines = st.fixed_dictionaries({}, optional=dict.fromkeys(("line", "qty", "unit", "why", "more", "time"), _small))
_fields = ("order", "bol", "date", "zone", "site", "po")
_documents = st.fixed_dictionaries(
    {}, optional={"lines": st.one_of(st.lists(_lines, max_size=4), _small), **dict.fromkeys(_fields, _small)}
)
_good_line = st.fixed_dictionaries(
    {"line": st.integers(1, 9), "qty": st.integers(0, 5), "unit": st.sampled_from(["each", "box"])},
    optional={"why": st.sampled_from(["gone", "fine", "lost"])},
)
_good = st.fixed_dictionaries(
    {
        "order": st.sampled_from(["A", "B"]), "date": st.just("20260302"), "site": st.just("N"),
        "lines": st.lists(_good_line, max_size=4),
    }
)  # fmt: skip


def _try(dialects: Dialects, name: str, value: bytes, content_type: str = "") -> Said | DecodeError:
    message = Message(name, "m", value, RECEIVED_MS, content_type)
    try:
        return said_by(dialects.partners[name], message, dialects, explain=True)
    except DecodeError as error:
        return error


def _sound(found: Said | DecodeError) -> None:
    """All that was said can be written and read again."""
    if isinstance(found, DecodeError):
        assert found.reason in REASONS
        return
    for event in (*found.events, *found.shadowed, *(one.event for one in found.pointed)):
        assert canonical.decode(canonical.encode(event)) == event
    for linked in found.linked:
        assert msgspec.json.decode(msgspec.json.encode(linked), type=type(linked)) == linked
    for stated in found.statements:
        assert msgspec.json.decode(msgspec.json.encode(stated), type=type(stated)) == stated
    for part in found.refused:
        assert part.error.reason in REASONS


def _comparable(found: Said | str) -> Any:
    """Errors are compared by what they say."""
    return (
        found
        if isinstance(found, str)
        else found._replace(refused=[(str(one.error), one.value) for one in found.refused])
    )


@given(st.one_of(_documents, _good))
def test_any_document_is_said_or_refused(document: dict[str, Any]) -> None:
    """Whatever a document holds, it is said soundly or refused with a reason; no other error comes."""
    _sound(_try(SINGLE, "acme", msgspec.json.encode(document)))


@pytest.mark.parametrize("name", sorted(SHIPPED.partners))
@given(
    value=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
)
@example(value=b"{}")
@example(value=b"[]")
@example(value=b'{"events":[{}]}')
@example(value=b'{"a":"\\ud800"}')
@example(
    value=b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260302*0800*U*00401*000000001*0*P*>~"
)
def test_any_bytes_are_said_or_refused_by_every_dialect_we_ship(name: str, value: bytes) -> None:
    """Whatever comes from a partner, its dialect gives what it says or the one error of all codecs."""
    _sound(_try(SHIPPED, name, value))


@given(st.lists(st.one_of(_good, _documents), max_size=4))
def test_the_same_message_says_the_same_again(documents: list[Any]) -> None:
    """What a message says depends on its bytes alone: read again, it is equal to the last id."""
    value = msgspec.json.encode({"events": documents})
    first, second = (_try(LISTED, "acme", value) for _ in range(2))
    assert _comparable(first) == _comparable(second)


@given(st.lists(_good, max_size=5).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_documents_changes_nothing(orders: tuple[list[Any], list[Any]]) -> None:
    """Documents of one message in another order say the same events under the same ids, and refuse the same parts."""
    one, other = (said(LISTED, {"events": documents}) for documents in orders)
    assert set(one.events) == set(other.events)
    assert sorted(part.error.reason for part in one.refused) == sorted(part.error.reason for part in other.refused)


@given(st.lists(_good, max_size=4))
def test_documents_do_not_change_each_other(documents: list[Any]) -> None:
    """What a document says is the same whoever travels with it."""
    together = said(LISTED, {"events": documents})
    alone = [event for one in documents for event in said(LISTED, {"events": [one]}).events]
    assert set(together.events) == set(alone)


def test_a_document_that_asks_for_too_much_is_refused_in_time() -> None:
    """Lists gone through within each item of themselves end at a limit, not at the end of the day."""
    text = saying(
        """
        - emit: wms.packed
          each: $.lines
          owner: {order: =O}
          at: "@received"
          if: {.never: {present: true}}
          body: {node: =N, package: =P, lines: {as: list, of: $.lines, each: {line: .n, quantity: =1}}}
        - emit: wms.loaded
          each: [$.lines, $.lines]
          if: {.never: {present: true}}
          owner: {order: =O}
          at: "@received"
          body: {node: =N, shipment: =S}
        """
    )
    found = said(loaded(text), {"lines": [{"n": n} for n in range(1000)]})
    assert [part.error.reason for part in found.refused] == ["too_large"]


@pytest.mark.parametrize("more", ["", "snapshot: =count"])
def test_a_document_that_says_too_much_is_refused(more: str) -> None:
    """A document says at most so many milestones, whatever they are: one more, and none of them is told."""
    text = saying(
        f"""
        - emit: wms.packed
          each: $.lines
          owner: {{order: =O}}
          at: "@received"
          body: {{node: =N, package: .n, lines: [{{line: =1, quantity: =1}}]}}
          {more}
        """
    )
    found = said(loaded(text), {"lines": [{"n": n} for n in range(SAID_MAX + 1)]})
    assert [part.error.reason for part in found.refused] == ["too_large"]
    assert (found.events, found.counted) == ((), ())


def test_many_wrong_clocks_are_told_of_briefly() -> None:
    """However many times of a document are suspect, a few findings say so, and all events are said."""
    text = saying(
        """
        - emit: wms.wave_planned
          each: $.at
          owner: {order: =O}
          at: {as: time, of: .}
          body: {node: =N, wave: =W}
        """
    )
    years = [f"20{year}-01-01T00:00:00Z" for year in range(40, 90)]
    many = said(loaded(text), {"at": years})
    assert (len(many.events), len(many.findings)) == (50, 10)
