"""Files made of others: the later word counts, by name, and no detour leads back."""

from __future__ import annotations

from milepost.tests.codecs.dialects.partners import loaded, problems, said

BASE = """
role: wms
format: json
time: {zone: UTC}
statuses:
  short: {map: {gone: not_found, broken: damaged}}
let:
  order: $.order
messages:
  - name: pick
    when: {kind: json, $.type: pick}
    say:
      - emit: wms.pick_confirmed
        owner: {order: ~order}
        at: {as: time, of: $.at}
        body: {node: =N, line: =1, quantity: $.qty}
  - name: short
    when: {kind: json, $.type: short}
    say:
      - emit: wms.pick_short
        owner: {order: ~order}
        at: {as: time, of: $.at}
        body: {node: =N, line: =1, quantity: $.qty, reason: {as: status, table: short, of: $.why}}
"""
OWN = "partner: acme\nextends: [ours]\n"
SHORT = {"type": "short", "order": "O-1", "at": "2026-03-02T08:00:00Z", "qty": 2, "why": "gone"}


def test_mappings_are_merged_key_by_key() -> None:
    """A file adds to a table of the one it extends, and changes a zone, without repeating the rest."""
    found = loaded(
        OWN + "time: {precision: minute}\nstatuses:\n  short: {map: {gone: quality, lost: not_found}}\n", base_ours=BASE
    )
    whole = found.partners["acme"].data
    assert whole["time"] == {"zone": "UTC", "precision": "minute"}
    assert whole["statuses"] == {"short": {"map": {"gone": "quality", "broken": "damaged", "lost": "not_found"}}}
    assert said(found, SHORT).events[0].body.reason == "quality"


def test_messages_are_replaced_dropped_and_added_by_name() -> None:
    """The same name again takes the place of the first; ``drop`` removes; another name comes behind."""
    own = (
        OWN
        + """
messages:
  - {name: pick, drop: true}
  - name: short
    when: {kind: json, $.type: short}
    say:
      - {emit: wms.wave_planned, owner: {order: ~order}, at: {as: time, of: $.at}, body: {node: =N, wave: =W}}
  - name: wave
    when: {kind: json, $.type: wave}
    say:
      - {emit: wms.wave_planned, owner: {order: ~order}, at: {as: time, of: $.at}, body: {node: =N, wave: =V}}
"""
    )
    found = loaded(own, base_ours=BASE)
    assert [rule.name for rule in found.partners["acme"].messages] == ["short", "wave"]
    assert said(found, SHORT).events[0].body.wave == "W"
    assert said(found, SHORT | {"type": "pick"}).refused[0].error.reason == "unknown_type"


def test_a_name_of_let_may_be_said_anew() -> None:
    """A partner that says the order elsewhere changes one line, and all that used the name follows."""
    found = loaded(OWN + "let: {order: $.ref}\n", base_ours=BASE)
    assert said(found, SHORT | {"ref": "R-1"}).events[0].owner == "R-1"


def test_no_detour_leads_back() -> None:
    """A file that extends itself by way of others is refused, with the way; so is one that is not there."""
    loop = problems(OWN, base_ours="extends: [theirs]\n" + BASE, base_theirs="extends: [ours]\nrole: wms\n")
    assert any("a loop: base/ours.yaml -> base/theirs.yaml -> base/ours.yaml" in one for one in loop)
    assert any("base/theirs.yaml:1" in one for one in loop)
    gone = problems("partner: acme\nextends: [oures]\n", base_ours=BASE)
    assert any(one.startswith("acme.yaml:2: extends: there is no oures.yaml; did you mean ours?") for one in gone)


def test_a_name_that_leads_to_itself_is_refused() -> None:
    """Names of ``let`` that stand for each other are a problem, not an endless file."""
    found = problems(OWN + "let: {order: ~other, other: ~order}\n", base_ours=BASE)
    assert any("~order is said by itself" in one for one in found)


def test_names_that_multiply_are_refused() -> None:
    """Names that each stand for many others, level upon level, end at a limit and not in memory."""
    lists = "\n".join(f"  n{n}: [{', '.join([f'~n{n + 1}'] * 20)}]" for n in range(8))
    found = problems(f"{OWN}let:\n{lists}\n  n8: $.x\n  order: ~n0\n", base_ours=BASE)
    assert any("more than" in one for one in found)


def test_problems_of_a_base_are_at_its_lines_and_said_once() -> None:
    """What is wrong with a file that two partners extend is said once, where it stands."""
    base = BASE.replace("line: =1, quantity: $.qty}", "lin: =1, quantity: $.qty}", 1)
    found = problems(OWN, base_ours=base, other="partner: other\nextends: [ours]\n")
    there = [one for one in found if "body.lin" in one]
    assert len(there) == 1
    assert there[0].startswith(f"base/ours.yaml:{base[: base.index('lin:')].count(chr(10)) + 1}:")


def test_drop_needs_something_to_drop() -> None:
    """Dropping what is not there is a slip of the pen, and said with what may have been meant."""
    found = problems(OWN + "messages:\n  - {name: pik, drop: true}\n", base_ours=BASE)
    assert any("acme.yaml:4: there is no pik to drop; did you mean pick?" in one for one in found)
