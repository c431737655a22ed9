"""What is wrong with a file is said when it is read: all of it, with its line, and with what may have been meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors, Dialects
from milepost.tests.codecs.dialects.partners import HEAD, loaded, problems, saying

GOOD = saying(
    """
    - emit: wms.pick_short
      owner: {order: $.order}
      at: {as: time, of: $.at}
      body: {node: {as: code, table: sites, of: $.site}, line: $.line, quantity: $.qty, reason: ~why}
    """
).replace("~why", "{as: status, table: short, of: $.why}")
HTTP = "\nout: {http: {url: env:ACME_URL}}\n"
SENT = GOOD + HTTP + "instructions:\n  - of: instruct.warehouse\n    kind: json\n    document: {id: $.order_id}\n"


def test_a_good_file_has_no_problem() -> None:
    """The files that the other tests of this page spoil are right."""
    assert problems(GOOD) == []
    assert problems(SENT) == []


SPOILT = [
    (GOOD, "role: wms", "rolle: wms", "rolle: there is no such word; did you mean role?"),
    (GOOD, "role: wms", "role: wsm", "role: wsm is not allowed"),
    (GOOD, "role: wms", "role: tms", "a partner of role tms may not say wms.pick_short"),
    (GOOD, "partner: acme", "partner: acne", "the file's name is expected"),
    (GOOD, "format: json", "format: jason", "format: jason is not allowed"),
    (GOOD, "Europe/Berlin", "Europe/Berln", "time.zone: Europe/Berln is none"),
    (GOOD, "box: 12", "box: zwölf", "units: box: 'zwölf' is no number above 0"),
    (GOOD, "{missing: keep,", "{misssing: keep,", "did you mean missing?"),
    (GOOD, "gone: not_found", "gone: not_fond", "'not_fond' does not fit; allowed: not_found"),
    (GOOD, "ignore: [fine]", "ignore: [gone]", "gone has a meaning in `map` as well"),
    (GOOD, "emit: wms.pick_short", "emit: wms.pick_shrt", "there is no wms.pick_shrt; did you mean wms.pick_short?"),
    (GOOD, "emit: wms.pick_short", "emit: posting.checked", "may not say posting.checked"),
    (GOOD, "line: $.line,", "lin: $.line,", "body.lin: there is no such field; did you mean line?"),
    (GOOD, "line: $.line, ", "", "body: line is missing"),
    (GOOD, "quantity: $.qty", "quantity: =many", "'many' is no number"),
    (GOOD, "quantity: $.qty", "quantity: =-1", "'-1' does not fit"),
    (GOOD, "quantity: $.qty", "quantity: {as: time, of: $.at}", "a moment where none is expected"),
    (GOOD, "line: $.line", "line: $..line", "is no path"),
    (GOOD, "line: $.line", "line: line", "line is no expression"),
    (GOOD, "line: $.line", 'line: "@lines"', "@lines is not known here"),
    (GOOD, "table: sites", "table: site", "there is no table site; did you mean sites?"),
    (GOOD, "table: short", "table: shorts", "there is no table shorts; did you mean short?"),
    (GOOD, "as: time, of: $.at", "as: tim, of: $.at", "as: there is no tim; did you mean time?"),
    (GOOD, "as: time, of: $.at", "as: time, off: $.at", "as: time.off: there is no such word"),
    (GOOD, "of: $.at}", "of: $.at, zone: Mars/Olympus}", "zone: Mars/Olympus is none"),
    (GOOD, "of: $.at}", 'of: $.at, format: "%Q"}', "'%Q' is not known"),
    (GOOD, "of: $.at}", 'of: $.at, format: "%H%M"}', "says no year, month and day"),
    (GOOD, "{order: $.order}", "{ordr: $.order}", "owner.ordr: there is no such word; did you mean order?"),
    (GOOD, "{order: $.order}", "{load: $.order}", "wms.pick_short belongs to an order"),
    (GOOD, "owner: {order: $.order}", "owner: {references: [{kind: prow, value: $.x}]}", "kind: prow is not allowed"),
    (GOOD, "at: {as: time, of: $.at}", "if: {$.qty: {over: 0}}", "there is no over"),
    (GOOD, "at: {as: time, of: $.at}", "if: {$.qty: {above: much}}", "above: a number is expected"),
    (GOOD, "at: {as: time, of: $.at}", "if: {$.why: {status: short, is: lost}}", "statuses.short has no meaning lost"),
    (GOOD, "at: {as: time, of: $.at}", "if: {$.why: {status: short}}", "goes with `is`"),
    (GOOD, "at: {as: time, of: $.at}", "if: {$.why: {status: short, known: false}}", "known: true is expected"),
    (GOOD, "at: {as: time, of: $.at}", "if: {$.why: {status: short, is: not_found, known: true}}", "no `is` beside it"),
    (GOOD, "at: {as: time, of: $.at}", "key: =k", "at: is missing"),
    (GOOD, "units:", "in: {webhook: {signature: {scheme: bearer, secret: hunter2}}}\nunits:", "by reference"),
    (GOOD, "units:", "contract: {until: 2026-02-30}\nunits:", "until: 2026-02-30 is no date"),
    (GOOD, "units:", "read: {document: $.x}\nunits:", "'document' is no option"),
    (GOOD, "units:", "read: {schema: none.json}\nunits:", "there is no file 'none.json'"),
    (GOOD, "say:", "when: {kind: x12/945}\n    say:", "x12/945 is no document of json"),
    (SENT, "$.order_id", "$.oder_id", "WarehouseInstructed has no field oder_id; did you mean order_id?"),
    (SENT, "{id: $.order_id}", "{q: {as: list, of: $.lines, each: {n: .qty}}}", "InstructionLine has no field qty"),
    (SENT, "{id: $.order_id}", "{id: $.order_id.x}", "nothing is within it"),
    (SENT, "of: instruct.warehouse", "of: instruct.warehose", "did you mean instruct.warehouse?"),
    (SENT, "kind: json", "kind: xml", "xml is not written"),
    (SENT, "kind: json", "kind: x12/940", "`out.envelope` is missing"),
    (SENT, HTTP, "", "`out` is missing"),
    (SENT, "env:ACME_URL", "https://me:secret@example.com", "without a login"),
    (SENT, "{id: $.order_id}", "{id: {as: escape, name: os:system, of: $.order_id}}", "no function that a dialect may"),
]  # fmt: skip


ELSEWHERE = {
    "may not say wms.pick_short": "emit: ", "does not fit; allowed: not_found": "body: ",
    "'-1' does not fit": "body: ", "at: is missing": "- emit", "`out": "instructions:",
}  # fmt: skip
"""Where a slip shows, if it is not where it was made."""


@pytest.mark.parametrize(("text", "old", "new", "expected"), SPOILT, ids=[one[3][:40] for one in SPOILT])
def test_a_slip_is_said_at_its_line(text: str, old: str, new: str, expected: str) -> None:
    """Each spoilt word of a good file is a problem at the line where it stands."""
    assert old in text
    spoilt = text.replace(old, new, 1)
    found = [one for one in problems(spoilt) if expected in one]
    assert found, problems(spoilt)
    anchor = next((there for part, there in ELSEWHERE.items() if part in expected), "")
    at = text.index(old) if not anchor else spoilt.index(anchor)
    assert f"acme.yaml:{spoilt[:at].count(chr(10)) + 1}:" in found[0]


def test_all_problems_are_said_at_once() -> None:
    """One look at a file names every slip in it, in the order of its lines."""
    spoilt = GOOD.replace("role: wms", "role: wsm").replace("$.line,", "line,").replace("box: 12", "box: 0")
    lines = [int(one.split(":")[1]) for one in problems(spoilt)]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_a_secret_that_stands_in_a_file_is_never_shown() -> None:
    """A file with a secret instead of a reference is refused, and the refusal does not have it."""
    spoilt = GOOD.replace("units:", "in: {webhook: {signature: {scheme: bearer, secret: hunter2}}}\nunits:", 1)
    spoilt += "\nout: {http: {url: env:U, bearer: [hunter2], headers: {X-Api-Key: hunter2}}}\n"
    found = problems(spoilt)
    assert len(found) == 3
    assert "hunter2" not in " ".join(found)


def test_a_word_that_nothing_asks_for_is_said() -> None:
    """Of a table that conditions ask, every meaning is asked for: else what means it would be lost in silence."""
    text = saying(
        """
        - emit: wms.wave_planned
          if: {$.why: {status: short, is: [not_found]}}
          owner: {order: $.order}
          at: "@received"
          body: {node: =N, wave: =W}
        """
    )
    found = problems(text)
    assert any("damaged: nothing in the file asks for it" in one for one in found)
    assert problems(text.replace("[not_found]", "[not_found, damaged]")) == []


def test_sites_name_partners_that_are_there_and_in_order_of_time() -> None:
    """Sites, roles, names and moments of the sites' file are checked as well."""
    sites = """
    sites:
      - {site: wms/DC-NORTH, by: [{dialect: acme}, {dialect: acme}]}
      - {site: tms, by: [{dialect: acme}]}
      - {site: wsm/X, by: [{dialect: akme}]}
      - {site: wms/DC-NORTH, by: [{dialect: acme, from: 2026-12-01T06:00:00}]}
    """
    found = " ".join(problems(GOOD, sites))
    for said in ("only the first may serve", "role wms, and serves no tms", "there is no akme; did you mean acme",
                 "wsm/X", "stands twice", "a moment with its zone"):  # fmt: skip
        assert said in found


_words = st.sampled_from(
    ["partner", "role", "wms", "format", "json", "x12", "messages", "say", "emit", "wms.departed", "owner", "order",
     "$.a", ".b", "..c", "=x", "@received", "~n", "let", "n", "as", "time", "list", "of", "each", "if", "not", "body",
     "lines", "code", "table", "status", "read", "time", "zone", "UTC", "in", "webhook", "out", "instructions", "kind",
     "extends", "acme", "quantity", "unit", "codes", "statuses", "map", "links", "key", "at", "amount", "first", ""]
)  # fmt: skip
_trees = st.recursive(
    _words,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_words, inner, max_size=5)),
    max_leaves=40,
)


def _flow(tree: object) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f'"{key}": {_flow(one)}' for key, one in tree.items()) + "}"
    return "[" + ", ".join(map(_flow, tree)) + "]" if isinstance(tree, list) else f'"{tree}"'


@given(st.dictionaries(_words, _trees, max_size=12), _trees)
def test_any_file_is_a_dialect_or_a_list_of_problems(tree: dict[str, object], sites: object) -> None:
    """Whatever tree of words a file is, reading it gives dialects or problems with lines, and no other error."""
    whole = {**tree, "partner": "acme"}
    try:
        found = read_dialects({"acme.yaml": _flow(whole).encode()}, _flow({"sites": sites}).encode())
    except DialectErrors as errors:
        found = errors.problems
    assert isinstance(found, Dialects) or (found and all(one.line >= 1 and one.text for one in found))


@given(st.data())
def test_a_good_file_with_a_part_changed_is_a_dialect_or_a_list_of_problems(data: st.DataObject) -> None:
    """Lines of a good file left out, doubled or swapped for others give dialects or problems."""
    lines = SENT.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + 1] = data.draw(st.sampled_from([[], [lines[at]] * 2, [lines[-at]], [f"  {lines[at]}"]]))
    try:
        found = read_dialects({"acme.yaml": "\n".join(lines).encode()})
    except DialectErrors as errors:
        found = errors.problems
    assert isinstance(found, Dialects) or found


def test_only_yaml_files_outside_of_base_are_partners() -> None:
    """Bases and schemas are no partners, and a base need not be whole."""
    found = read_dialects({"acme.yaml": GOOD.encode(), "base/x.yaml": b"role: wms\n", "schemas/a.json": b"{}"})
    assert list(found.partners) == ["acme"]
    assert loaded(GOOD).partners["acme"].data["role"] == "wms"
    assert HEAD.strip().startswith("partner: acme")
