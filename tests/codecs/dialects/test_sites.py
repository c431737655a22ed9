"""Which partner serves a site, from when: for what goes out, and for whose word of it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from milepost.codecs.dialects.model import Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.sites import served_by
from milepost.codecs.dialects.speaking import said_by
from milepost.tests.codecs.dialects.partners import HEAD, RECEIVED_MS, loaded, saying

SWITCH = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SITES = """
sites:
  - {site: wms/DC-NORTH, by: [{dialect: acme}, {from: 2026-03-02T06:00:00Z, dialect: other}]}
  - {site: wms, by: [{dialect: other}]}
"""
SAY = """
- emit: wms.departed
  owner: {order: =O}
  at: {as: time, of: $.at}
  body: {node: {as: code, table: sites, of: $.site}, shipment: =S}
- emit: milestone.reversed
  if: {$.reversed: {present: true}}
  owner: {order: =O}
  at: {as: time, of: $.at}
  body: {reverses: =k}
- emit: instruction.answered
  if: {$.answer: {present: true}}
  owner: {order: =O}
  at: {as: time, of: $.at}
  body: {instruction: =i}
"""


def _dialects(sites: str | None = SITES) -> Dialects:
    text = saying(SAY)
    return loaded(
        text, sites, other=text.replace("partner: acme", "partner: other"), third=text.replace("acme", "third")
    )


def _said(dialects: Dialects, partner: str, at: datetime, site: str = "N", **more: str | bool) -> Said:
    pairs = {"site": site, "at": at.isoformat(), **{name: value for name, value in more.items() if name != "sandbox"}}
    value = "{" + ",".join(f'"{name}":"{one}"' for name, one in pairs.items()) + "}"
    message = Message(partner, "m", value.encode(), RECEIVED_MS, sandbox=bool(more.get("sandbox")))
    return said_by(dialects.partners[partner], message, dialects)


@pytest.mark.parametrize(
    ("recipient", "node", "after", "name"),
    [
        ("wms", "DC-NORTH", -1, "acme"), ("wms", "DC-NORTH", 0, "other"), ("wms", "DC-NORTH", 1, "other"),
        ("wms", "DC-SOUTH", -1, "other"), ("wms", "", 0, "other"), ("tms", "", 0, None), ("customers", "", 0, None),
    ],
)  # fmt: skip
def test_a_site_is_served_by_whom_its_line_names_at_that_time(
    recipient: str, node: str, after: int, name: str | None
) -> None:
    """The line of the site itself counts before that of its kind, and from the very moment it says."""
    found = served_by(_dialects(), recipient, node, SWITCH + timedelta(seconds=after))
    assert (found.name if found else None) == name


@pytest.mark.parametrize("after", [-3600, -1, 0, 1, 3600])
def test_of_two_that_report_side_by_side_each_fact_counts_once(after: int) -> None:
    """Whoever is in force at the fact's own time is believed, the other compared: none is lost, none counts twice."""
    dialects, at = _dialects(), SWITCH + timedelta(seconds=after)
    founds = {name: _said(dialects, name, at) for name in ("acme", "other", "third")}
    counting = [name for name, found in founds.items() if found.events]
    assert counting == ["acme" if after < 0 else "other"]
    assert all(len(found.events) + len(found.shadowed) == 1 for found in founds.values())


def test_what_is_of_no_node_counts_where_the_partner_is_in_force_anywhere() -> None:
    """A reversal follows the sites its partner serves; an answer counts from whom we sent the instruction to."""
    dialects = _dialects()
    early = _said(dialects, "acme", SWITCH - timedelta(hours=1), reversed="y", answer="y")
    assert len(early.events) == 3
    late = _said(dialects, "acme", SWITCH + timedelta(hours=1), reversed="y", answer="y")
    assert [type(one.body).__name__ for one in late.events] == ["InstructionAnswered"]
    assert len(late.shadowed) == 2


def test_without_a_line_everybody_is_believed() -> None:
    """Sites that nobody named are served by whoever reads the topics, and whoever reports of them is believed."""
    at = SWITCH + timedelta(hours=1)
    assert _said(_dialects(None), "acme", at).events
    only_north = "sites:\n  - {site: wms/DC-NORTH, by: [{dialect: other}]}\n"
    assert _said(_dialects(only_north), "third", at, site="S").events
    assert _said(_dialects(only_north), "third", at, site="N").shadowed


@pytest.mark.parametrize(
    ("after", "counting"), [(-61, {"acme"}), (-60, {"acme", "other"}), (59, {"acme", "other"}), (60, {"other"})]
)
def test_around_a_switch_both_may_be_believed(after: int, counting: set[str]) -> None:
    """With an overlap nothing is lost between two clocks that differ by less; outside of it nothing changes."""
    sites = """
    sites:
      - {site: wms/DC-NORTH, by: [{dialect: acme}, {from: 2026-03-02T06:00:00Z, dialect: other, overlap_s: 60}]}
    """
    dialects, at = _dialects(sites), SWITCH + timedelta(seconds=after)
    assert {name for name in ("acme", "other") if _said(dialects, name, at).events} == counting
    served = served_by(dialects, "wms", "DC-NORTH", at)
    assert served is not None
    assert served.name == ("acme" if after < 0 else "other")  # what goes out goes to one


def test_a_site_may_have_several_systems() -> None:
    """Beside the one that takes our instructions others may be believed, for as long as their shift lasts."""
    sites = """
    sites:
      - {site: wms/DC-NORTH, by: [{dialect: acme, also: [third]}, {from: 2026-03-02T06:00:00Z, dialect: other}]}
    """
    dialects = _dialects(sites)
    for after, counting in ((-1, ["acme", "third"]), (1, ["other"])):
        at = SWITCH + timedelta(seconds=after)
        assert [name for name in ("acme", "other", "third") if _said(dialects, name, at).events] == counting
    served = served_by(dialects, "wms", "DC-NORTH", SWITCH - timedelta(seconds=1))
    assert served is not None
    assert served.name == "acme"


def test_totals_are_noted_before_they_count() -> None:
    """What a partner counted before it serves the site is noted without being told; a test notes nothing."""
    say = """
    - emit: wms.goods_received
      owner: {order: =PO}
      at: {as: time, of: $.at}
      snapshot: =PO
      body:
        node: {as: code, table: sites, of: $.site}
        receipt: =R
        lines: {as: list, of: $.lines, each: {line: ., quantity: =1}}
    """
    text = saying(say)
    dialects = loaded(text, SITES, other=text.replace("partner: acme", "partner: other"))
    for after, told in ((-1, [False]), (0, [True])):
        found = _said(dialects, "other", SWITCH + timedelta(seconds=after))
        assert [one.told for one in found.counted] == told
    assert not _said(dialects, "other", SWITCH, sandbox=True).counted


def test_carriers_speak_for_themselves() -> None:
    """Sites are of warehouses and transport systems: a carrier's word of a parcel is never weighed by them."""
    head = HEAD.replace("role: wms", "role: carrier")
    say = "- {emit: tms.delivered, owner: {order: =O}, at: {as: time, of: $.at}, body: {shipment: =S}}"
    tms = saying(say, head.replace("carrier", "tms")).replace("acme", "other")
    dialects = loaded(saying(say, head), "sites:\n  - {site: tms, by: [{dialect: other}]}\n", other=tms)
    assert _said(dialects, "acme", SWITCH).events
    assert _said(dialects, "other", SWITCH).events


def test_test_traffic_touches_nothing() -> None:
    """Of a sandbox everything is shadowed: no event, no link, no statement."""
    say = SAY + "- {links: [{kind: bol, value: =B}], owner: {order: =O}, at: {as: time, of: $.at}}\n"
    found = _said(loaded(saying(say)), "acme", SWITCH, sandbox=True)
    assert len(found.shadowed) == 1
    assert (found.events, found.linked, found.statements, found.pointed, found.counted) == ((), (), (), (), ())
