"""What is worked out once: it changes nothing of what is said, whatever a file asks again and of whichever item."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects import load, remembering, scope
from milepost.codecs.dialects.model import Dialects, MessageRule
from milepost.codecs.dialects.numbers import decimal_of, number_of
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.runtime.dialect_files import load_dialects
from milepost.runtime.settings import Settings
from milepost.tests.codecs.dialects.partners import HEAD, RECEIVED_MS, loaded, said, saying

NAME = '{as: text, of: "{a}/{b}/{c}", with: {a: ..order, b: .n, c: $.site}}'
LINE = "{as: first, of: [.line, {as: sum, of: [.n, ..n]}]}"
FULL = "{as: quantity, of: .qty, unit: {as: first, of: [.unit, =each]}}"
SAY = f"""
- emit: wms.packed
  each: [$.shipments, .orders, $.boxes]
  if: {{.qty: {{above: 0}}, $.site: {{present: true}}}}
  owner: {{order: ..order}}
  at: {{as: time, of: ..day}}
  key: {NAME}
  body: {{node: =N, package: {NAME}, lines: [{{line: {LINE}, quantity: {FULL}}}]}}
- emit: wms.pick_short
  each: $.boxes
  if: [{{.qty: {{above: 0}}, .why: {{present: true}}}}, {{.why: {{status: short, is: [damaged]}}}}]
  owner: {{first: [{{order: $.order}}, {{order: .order}}]}}
  at: {{as: first, of: [{{as: time, of: .day}}, "@received"]}}
  key: {{as: text, of: "{{a}}/{{b}}", with: {{a: {NAME}, b: {NAME}}}}}
  body: {{node: =N, line: {LINE}, quantity: {FULL}, reason: {{as: status, table: short, of: .why}}}}
- emit: wms.loaded
  if: {{$.boxes: {{any: {{.qty: {{above: 0}}, .why: {{present: true}}}}}}}}
  owner: {{first: [{{order: $.order}}, {{order: =O}}]}}
  at: "@received"
  body: {{node: =N, shipment: {{as: first, of: [$.order, =S]}}}}
"""
FILE = saying(SAY)


def _every(rules: tuple[MessageRule, ...]) -> Any:
    return lambda scope, kind: tuple(rule for rule in rules if not rule.kinds or kind in rule.kinds)


def _without(read: Any) -> Any:
    """What ``read`` gives where nothing is kept and no message is passed over."""
    with patch.object(remembering, "_remembered", lambda of, level, slot: of), patch.object(load, "chooser", _every):
        return read()


KEPT, UNKEPT = loaded(FILE), _without(lambda: loaded(FILE))
SHIPPED: Dialects = load_dialects(Settings())
SHIPPED_UNKEPT: Dialects = _without(lambda: load_dialects(Settings()))
SAMPLES = {
    f"{path.parent.name}/{path.name}": path
    for path in sorted((Settings().dialect_dir / "samples").glob("*/*"))
    if ".expected." not in path.name and path.parent.name in SHIPPED.partners
}

_some = st.sampled_from
_box = st.fixed_dictionaries(
    {"n": st.integers(0, 3), "qty": _some([0, 1, "2", "x"])},
    optional={"unit": _some(["each", "box"]), "why": _some(["gone", "fine", "broken", "lost"]),
              "line": st.integers(1, 3), "order": _some(["A", "B"]), "day": _some(["2026-03-01", "2026-03-02"])},
)  # fmt: skip
_order = st.fixed_dictionaries({"order": _some(["A", "B"]), "day": _some(["2026-03-01", "2026-03-02"])},
                               optional={"n": st.integers(0, 3)})  # fmt: skip
_shipment = st.fixed_dictionaries({"orders": st.lists(_order, max_size=3)})
_documents = st.fixed_dictionaries(
    {"shipments": st.lists(_shipment, max_size=3), "boxes": st.lists(_box, max_size=3)},
    optional={"order": _some(["A", "B"]), "site": _some(["N", "S"])},
)


def _told(dialects: Dialects, document: Any, explain: bool) -> Said:
    return said(dialects, document, explain=explain)


def _shown(found: Said) -> str:
    return repr(found._replace(refused=())) + repr([(one.error.reason, str(one.error)) for one in found.refused])


@given(_documents, st.booleans(), _some([0, 2, scope.ITEMS_KEPT_MAX]))
def test_what_is_kept_changes_nothing(document: dict[str, Any], explain: bool, room: int) -> None:
    """A document says, refuses and leaves out the same, in lists within lists, with all, some or nothing kept of it."""
    with patch.object(scope, "ITEMS_KEPT_MAX", room):
        kept = _shown(_told(KEPT, document, explain))
    assert kept == _shown(_told(UNKEPT, document, explain))


def test_an_item_under_two_others_is_of_each() -> None:
    """A list of the document gone through within another list is worked out anew for each item around it."""
    orders = [{"order": "A", "day": "2026-03-01"}, {"order": "B", "day": "2026-03-02"}]
    document = {"site": "N", "shipments": [{"orders": orders}], "boxes": [{"n": 1, "qty": 1}, {"n": 2, "qty": 1}]}
    found = [(one.owner, one.occurred_at.day, one.body.package) for one in _told(KEPT, document, False).events]
    assert found == [("A", 28, "A/1/N"), ("A", 28, "A/2/N"), ("B", 1, "B/1/N"), ("B", 1, "B/2/N")]  # Berlin's days


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_shipped_samples_say_the_same_with_nothing_kept(name: str) -> None:
    """Every sample of every partner says to the letter what it says with nothing kept and every message asked."""
    partner = name.partition("/")[0]
    message = Message(partner, "m", SAMPLES[name].read_bytes(), RECEIVED_MS)
    answers = []
    for dialects in (SHIPPED, SHIPPED_UNKEPT):
        try:
            answers.append(_shown(said_by(dialects.partners[partner], message, dialects, explain=True)))
        except DecodeError as error:
            answers.append(str(error))
    assert answers[0] == answers[1]


def test_what_is_asked_again_is_worked_out_once() -> None:
    """A name that stands at every line and speaks of the document alone is looked for once, not once a line."""
    looked: list[str] = []
    boxes = [{"n": n, "qty": 1, "why": "gone"} for n in range(5)]
    document = {"boxes": boxes, "site": "N", "order": "A", "shipments": []}
    real = scope.Scope.at

    def at(self: Scope, path: Any) -> Any:
        looked.append(path.text)
        return real(self, path)

    with patch.object(scope.Scope, "at", at):  # with `explain` every look goes through it
        assert len(_told(KEPT, document, True).events) == 6
    assert looked.count("$.order") == 2  # of the owner of the lines, and of the loading's own; not once for each box
    assert looked.count(".why") == 10  # whether it is there, asked by two, and what it means


def test_an_ignored_status_is_noted_by_each_who_asks() -> None:
    """What keeps other messages from a document is no reason for the one that takes it; asked there again it is one."""
    asks = "{$.why: {status: short, is: [damaged, not_found]}}"
    say = f"[{{emit: wms.loaded, if: {asks}, owner: {{order: =O}}, at: '@received', body: {{node: =N, shipment: =S}}}}]"
    others = "".join(f"  - {{name: {name}, when: {asks}, say: {say}}}\n" for name in ("one", "two"))
    dialects = loaded(f"{HEAD}\nmessages:\n{others}  - {{name: three, say: {say}}}\n")
    assert (_told(dialects, {"why": "fine"}, False).findings, len(_told(dialects, {"why": "gone"}, False).events)) == (
        (),
        3,
    )


@given(st.one_of(st.integers(), st.text(alphabet="0123456789.,+- ²٣", max_size=24), st.none()), st.booleans())
def test_digits_alone_are_the_same_number(value: Any, comma: bool) -> None:
    """The quick way for whole numbers gives the number that the careful way gives, and refuses what that refuses."""
    answers: list[object] = []
    for read in (decimal_of, number_of):
        try:
            answers.append(read(value, comma))
        except ValueError as error:
            answers.append(str(error))
    assert answers[0] == answers[1]
