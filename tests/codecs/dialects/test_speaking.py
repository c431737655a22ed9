"""What messages say: whose it is, what ids mean, what is counted, stated, echoed; and what of it cannot be said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from milepost.codecs import canonical
from milepost.codecs.dialects.said import Message
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.errors import DecodeError
from milepost.contracts.references import UNKNOWN, Reference
from milepost.contracts.wms import Departed, PickConfirmed, Reversed
from milepost.tests.codecs import events
from milepost.tests.codecs.dialects.partners import HEAD, RECEIVED, RECEIVED_MS, loaded, said, saying
from milepost.tests.codecs.x12 import messages as x12

TMS = HEAD.replace("role: wms", "role: tms") + "issuer: acme-numbers\n"
PICK = """
- emit: wms.pick_confirmed
  each: $.picks
  owner: {order: $.order}
  at: {as: time, of: .at}
  body: {node: {as: code, table: sites, of: $.site}, line: .line, quantity: .qty}
"""
PICKED: dict[str, Any] = {"order": "O-1", "site": "N", "picks": [{"line": 1, "qty": 2, "at": "2026-03-02T08:00:00Z"}]}
LISTED = HEAD + "read: {documents: $.events}\n"


def test_an_event_has_all_that_is_known_of_it() -> None:
    """Owner, moment, text as sent, receipt, source, partner, correlation, name by its kind, derived id."""
    (event,) = said(loaded(saying(PICK)), PICKED).events
    assert event.body == PickConfirmed(node="DC-NORTH", line="1", quantity=2)
    assert (event.owner, event.correlation_id, event.business_key) == ("O-1", "O-1", "pick/O-1/1/DC-NORTH")
    assert (event.source, event.partner, event.source_time) == ("acme", "acme", "2026-03-02T08:00:00Z")
    assert (event.occurred_at, event.received_at) == (datetime(2026, 3, 2, 8, tzinfo=UTC), RECEIVED)
    assert event.event_id.startswith("d-")
    assert canonical.decode(canonical.encode(event)) == event


DELIVERED = """
- emit: tms.delivered
  owner:
    first:
      - {order: $.order}
      - references:
          - {kind: pro, issuer: $.scac, value: $.pro}
          - {kind: bol, issuer: =own, value: $.bol}
          - {kind: tracking, value: $.tracking}
  at: {as: time, of: $.at}
  body: {shipment: $.shipment, pod: $.pod}
"""
AT = {"at": "2026-03-02T08:00:00Z"}


def test_a_milestone_without_an_owner_waits_with_each_of_its_ids() -> None:
    """One for each native id that is there, each knowing the others, with holes where only the answer knows."""
    found = said(loaded(saying(DELIVERED, TMS)), AT | {"pro": "P1", "scac": "SCAC", "tracking": 77})
    assert not found.events
    pro = Reference(kind="pro", issuer="SCAC", value="P1")
    tracking = Reference(kind="tracking", issuer="acme-numbers", value="77")
    assert [one.reference for one in found.pointed] == [pro, tracking]
    assert [one.also for one in found.pointed] == [(tracking,), (pro,)]
    assert {one.event.body.shipment for one in found.pointed} == {UNKNOWN}
    assert {one.event.business_key for one in found.pointed} == {UNKNOWN}
    assert [one.event.owner for one in found.pointed] == [pro.key, tracking.key]
    assert len({(one.message, one.ordinal) for one in found.pointed}) == 1


def test_what_the_message_knows_is_not_left_open() -> None:
    """A shipment that is said stays; the first owner that is there counts; without any the document is refused."""
    dialects = loaded(saying(DELIVERED, TMS))
    assert said(dialects, AT | {"pro": "P", "scac": "S", "shipment": "SH"}).pointed[0].event.body.shipment == "SH"
    known = said(dialects, AT | {"order": "O", "pro": "P", "scac": "S", "shipment": "SH"})
    assert ([one.owner for one in known.events], known.pointed) == (["O"], ())
    assert known.events[0].business_key == "pod/SH"
    missing = said(dialects, AT | {"order": "O"}).refused[0].error
    assert (missing.reason, missing.place, missing.text.split(":")[1]) == (
        "missing_field",
        "$.shipment",
        " body.shipment",
    )
    assert said(dialects, AT).refused[0].error.reason == "missing_field"


def test_an_order_cannot_be_called_like_a_load() -> None:
    """A partner cannot speak to a load's record by giving an order a load's name."""
    found = said(loaded(saying(PICK)), PICKED | {"order": "load/L-1"})
    assert [one.error.reason for one in found.refused] == ["wrong_key"]
    assert not found.events


def test_links_teach_what_ids_mean() -> None:
    """A link has the emission's owner, or its own, its moment, its version; without a value there is none."""
    text = saying(
        """
        - emit: tms.shipment_created
          owner: {order: $.order}
          at: {as: time, of: $.at}
          body: {shipment: $.shipment}
          links:
            - {kind: shipment, issuer: =own, value: $.shipment, shipment: $.shipment}
            - {kind: pro, value: $.pro, load: $.load, version: $.version}
            - {kind: bol, value: $.bol}
        - links: [{kind: po, issuer: =own, value: $.po, stands: =false}]
          owner: {order: $.order}
          at: {as: time, of: $.at}
        """,
        TMS,
    )
    found = said(
        loaded(text), AT | {"order": "O", "shipment": "SH", "pro": "P", "load": "L", "version": "3", "po": "PO1"}
    )
    told = [(one.reference.key, one.target.owner, one.target.shipment, one.version, one.stands) for one in found.linked]
    assert told == [
        ("ref/shipment/own/SH", "O", "SH", 0, True),
        ("ref/pro/acme-numbers/P", "load/L", "", 3, True),
        ("ref/po/own/PO1", "O", "", 0, False),
    ]
    assert {one.said_at for one in found.linked} == {datetime(2026, 3, 2, 8, tzinfo=UTC)}
    assert {one.source for one in found.linked} == {"acme"}


def test_a_snapshot_is_told_apart_from_events() -> None:
    """Totals so far go where they are compared with the last ones, under the partner's and the entity's name."""
    text = saying(
        """
        - emit: wms.goods_received
          owner: {order: $.po}
          at: {as: time, of: $.at}
          snapshot: {as: text, of: "po/{po}", with: {po: $.po}}
          body: {node: =N, receipt: $.po, lines: {as: list, of: $.lines, each: {line: .line, quantity: .total}}}
        """
    )
    found = said(loaded(text), AT | {"po": "PO-1", "lines": [{"line": "1", "total": 4}]})
    assert not found.events
    (counted,) = found.counted
    assert (counted.snapshot, counted.as_of) == ("snapshot/acme/po/PO-1", datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert counted.event.body.lines[0].quantity == 4


def test_a_statement_has_its_key_and_what_the_reader_found() -> None:
    """Stock as a whole is stated, not told to an order; without a moment of its own it is of when we had it."""
    text = saying(
        """
        - emit: statement.inventory
          body:
            node: =DC-NORTH
            as_of: {as: time, of: $.at}
            lines: {as: list, of: $.stock, each: {item: .sku, status: =available, quantity: {as: number, of: .qty}}}
        """
    )
    (stated,) = said(loaded(text), AT | {"stock": [{"sku": "A", "qty": "-3"}]}).statements
    assert (stated.key, stated.partner, stated.stated_at) == ("inventory/DC-NORTH/20260302T080000Z", "acme", RECEIVED)
    assert (stated.body.lines[0].item, stated.body.lines[0].quantity) == ("A", -3)


def test_instructions_are_echoed_and_nothing_else() -> None:
    """Our own words read back are bodies of instructions, without owner or time."""
    text = saying(
        """
        - emit: instruct.withdraw
          body: {order_id: $.order, withdraws: $.id}
        """
    )
    found = said(loaded(text), {"order": "O", "id": "i-1"})
    assert [one.withdraws for one in found.instructions] == ["i-1"]
    assert not found.events


def test_a_document_is_said_whole_or_not_at_all_and_the_others_go_on() -> None:
    """One emission that cannot be said refuses its document, with that item alone to send again; the rest is said."""
    dialects = loaded(saying(PICK, LISTED))
    bad = PICKED | {
        "order": "O-2",
        "picks": [PICKED["picks"][0], {"line": 2, "qty": "x", "at": "2026-03-02T08:00:00Z"}],
    }
    found = said(dialects, {"events": [PICKED, bad, PICKED | {"order": "O-3"}], "batch": 1.50})
    assert [one.owner for one in found.events] == ["O-1", "O-3"]
    (refused,) = found.refused
    assert (refused.error.reason, refused.error.place) == ("invalid_value", "$.events[1].picks[1].qty")
    assert "wms.pick_confirmed: body.quantity: 'x' is no number" in refused.error.text
    assert msgspec.json.decode(refused.value) == {"events": [bad], "batch": 1.5}
    again = said(dialects, refused.value)
    assert [one.error.reason for one in again.refused] == ["invalid_value"]


def test_what_is_sent_again_after_a_fix_is_what_would_have_been_said() -> None:
    """A refused item that a mended dialect understands gives the events, and the ids, of the whole message."""
    mended = loaded(saying(PICK, LISTED).replace("quantity: .qty", "quantity: {as: first, of: [.qty, =7]}"))
    other = PICKED | {"order": "O-2", "picks": [{"line": 2, "at": "2026-03-02T08:00:00Z"}]}
    message = {"events": [PICKED, other]}
    refused = said(loaded(saying(PICK, LISTED)), message).refused[0]
    assert said(mended, refused.value).events == said(mended, message).events[1:]


TENDERS = """
partner: acme
role: carrier
format: x12
time: {zone: UTC}
statuses:
  tender: {map: {A: "true", D: "false"}}
messages:
  - name: answer
    when: {kind: x12/990}
    say:
      - emit: instruction.answered
        owner: {references: [{kind: load, issuer: =own, value: $.shipment}]}
        at: {as: time, of: $.date, format: "%Y%m%d"}
        body: {accepted: {as: status, table: tender, of: $.action}}
"""


def test_a_set_that_is_refused_has_its_own_interchange() -> None:
    """Of several sets the one that cannot be said is refused alone; sent again when it can, its ids are the same."""
    value = x12.message(x12.tender_answer("0001"), x12.tender_answer("0002", action="Q"), x12.tender_answer("0003"))
    found = said(loaded(TENDERS), value)
    assert [one.reference.value for one in found.pointed] == ["L-1", "L-1"]
    assert found.answer
    (refused,) = found.refused
    assert refused.error.reason == "unmapped_status"
    assert refused.error.place == "interchange 000000017, group 4, set 0002, $.action"
    assert (refused.value.count(b"ST*"), b"0002" in refused.value) == (1, True)
    mended = loaded(TENDERS.replace('D: "false"', 'D: "false", Q: "false"'))
    (again,) = said(mended, refused.value, id="another").pointed
    assert again in said(mended, value).pointed
    assert again.event.body.accepted is False


def test_what_x12_marks_as_a_test_counts_only_where_the_dialect_says_so() -> None:
    """An interchange with T in its ISA15 is read like a sandbox's: answered, shadowed, taught nothing, and told."""
    live = x12.message(x12.tender_answer("0001"))
    test = live.replace(b"*0*P*", b"*0*T*")
    assert test != live
    found = said(loaded(TENDERS), test)
    assert (found.events, found.pointed, found.linked) == ((), (), ())
    assert [one.owner for one in found.shadowed] == [one.event.owner for one in said(loaded(TENDERS), live).pointed]
    assert [one.code for one in found.findings if one.code != "CLOCK_SUSPECT"] == ["TEST_TRAFFIC"]
    assert found.answer
    anyhow = TENDERS.replace("time: {zone: UTC}", "time: {zone: UTC}\nread: {usage: any}")
    assert len(said(loaded(anyhow), test).pointed) == 1


def test_a_finding_of_a_test_is_told_to_no_order() -> None:
    """Findings go to the one order that a document is about; what is marked as a test is about none."""
    live = x12.message(x12.tender_answer("0001"))
    owned = TENDERS.replace(
        "{references: [{kind: load, issuer: =own, value: $.shipment}]}", "{load: $.shipment}"
    ).replace("body: {", "body: {instruction: =I-1, ")
    assert list(said(loaded(owned), live).owners.values()) == ["load/L-1"]
    assert said(loaded(owned), live.replace(b"*0*P*", b"*0*T*")).owners == {}


def test_control_numbers_that_begin_anew_are_other_documents() -> None:
    """The same numbers over another set are no second delivery; over the same set they are."""
    dialects = loaded(TENDERS)
    one, again, other = (
        said(dialects, x12.message(x12.tender_answer("0001", action=action)), id=id).pointed[0]
        for action, id in (("A", "first"), ("A", "second"), ("D", "third"))
    )
    assert one == again
    assert one.event.event_id != other.event.event_id


def test_a_document_that_no_message_takes_is_refused_unless_it_is_ignored() -> None:
    """Nothing is dropped without being named: by the file, or as a dead letter."""
    text = saying(PICK).replace("  - name: all\n", "  - name: all\n    when: {kind: json, $.type: pick}\n")
    dialects = loaded(text + "ignore:\n  - {kind: json, $.type: [ping, pong]}\n  - {$.type: {present: false}}\n")
    assert said(dialects, PICKED | {"type": "pick"}).events
    assert said(dialects, {"type": "pack"}).refused[0].error.reason == "unknown_type"
    for quiet in ({"type": "ping"}, {"x": 1}):
        found = said(dialects, quiet)
        assert not found.refused
        assert not found.events


def test_every_message_whose_when_holds_speaks() -> None:
    """Two messages may take one document; their order in the file changes nothing but ids."""
    wave = "{emit: wms.wave_planned, owner: {order: =O}, at: '@received', body: {node: =N, wave: =A}}"
    one = f"  - {{name: a, say: [{wave}]}}\n"
    two = one.replace("name: a", "name: b").replace("wave: =A", "wave: =B")
    waves = [
        sorted(e.body.wave for e in said(loaded(f"{HEAD}messages:\n{text}"), {}).events)
        for text in (one + two, two + one)
    ]
    assert waves == [["A", "B"], ["A", "B"]]


def test_a_second_delivery_says_nothing_new() -> None:
    """The same document has the same ids at every delivery where it carries its own; else by message and content."""
    by_id = loaded(saying(PICK, HEAD + "read: {id: $.id}\n"))
    first = said(by_id, PICKED | {"id": "v-1"}, id="delivery-1").events
    assert said(by_id, PICKED | {"id": "v-1", "attempt": 2}, id="delivery-2").events == first
    assert said(by_id, PICKED | {"id": "v-2"}, id="delivery-2").events[0].event_id != first[0].event_id
    by_message = loaded(saying(PICK))
    assert said(by_message, PICKED, id="a").events == said(by_message, PICKED, id="a").events
    assert said(by_message, PICKED, id="a").events[0].event_id != said(by_message, PICKED, id="b").events[0].event_id


def test_one_name_of_a_fact_across_owners_and_places() -> None:
    """Two picks of one document have ids of their own, and so have the same lines of two orders."""
    twice = PICKED | {"picks": PICKED["picks"] * 2}
    ids = [one.event_id for one in said(loaded(saying(PICK)), twice).events]
    assert len(set(ids)) == 2


def test_sources_are_those_that_the_file_names() -> None:
    """A partner speaks as the systems of its file and as no other."""
    text = saying(PICK + "  source: $.system\n", HEAD + "source: [wms-north, wms-south]\n")
    dialects = loaded(text)
    assert said(dialects, PICKED).events[0].source == "wms-north"
    assert said(dialects, PICKED | {"system": "wms-south"}).events[0].source == "wms-south"
    assert said(dialects, PICKED | {"system": "erp"}).refused[0].error.reason == "ownership_violation"


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        ("2026-02-20", "CONTRACT_ENDS"),
        ("2026-02-28", "CONTRACT_ENDS"),
        ("2026-03-01", "expired_contract"),
        ("2026-01-01", ""),
    ],
)
def test_a_contract_ends_with_notice(day: str, outcome: str) -> None:
    """Within the days of warning a finding says so, after the last day nothing is taken; by when we had it."""
    dialects = loaded(saying(PICK, HEAD + "contract: {version: '3', until: 2026-02-28, warn_days: 20}\n"))
    received_ms = int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp() * 1000)
    if outcome == "expired_contract":
        with pytest.raises(DecodeError) as raised:
            said(dialects, PICKED, received_ms=received_ms)
        assert raised.value.reason == outcome
    else:
        found = said(dialects, PICKED, received_ms=received_ms)
        assert [one.code for one in found.findings if "CLOCK" not in one.code] == ([outcome] if outcome else [])
        assert found.events


def test_what_nothing_looked_at_is_named() -> None:
    """Whoever writes a dialect sees which values of a document no expression read, once for all items of a list."""
    document: dict[str, Any] = PICKED | {"lot": "L", "more": {"a": 1, "b": [1, 2]}, "none": None, "empty": ""}
    document["picks"] = [
        {**document["picks"][0], "bin": "A1"},
        {"line": 2, "qty": 1, "at": "2026-03-02T08:00:00Z", "bin": "A2"},
    ]
    found = said(loaded(saying(PICK)), document, explain=True)
    assert found.unmapped == ("json $.lot", "json $.more.a", "json $.more.b[*]", "json $.picks[*].bin")
    assert said(loaded(saying(PICK)), document).unmapped == ()


def _canonical(dialect_text: str, event: Any) -> Any:
    value = event if isinstance(event, bytes) else canonical.encode(event)
    dialects = loaded(dialect_text)
    return said_by(dialects.partners["acme"], Message("acme", "m", value, RECEIVED_MS), dialects)


OUR_OWN = "partner: acme\nrole: wms\nformat: canonical\nsource: [wms-north, wms-south]\n"


def test_our_own_events_pass_as_far_as_the_role_goes() -> None:
    """A partner that speaks our JSON says what its role may say, as a source of its own, of the owner it belongs to."""
    event = canonical.decode(events.written())
    (passed,) = _canonical(OUR_OWN, event).events
    assert passed == msgspec.structs.replace(event, partner="acme", received_at=RECEIVED)
    replace = msgspec.structs.replace
    for bad, reason in (
        (replace(event, source="wms-west"), "ownership_violation"),
        (replace(event, owner="load/L"), "wrong_key"),
    ):
        with pytest.raises(DecodeError) as raised:
            _canonical(OUR_OWN, bad)
        assert raised.value.reason == reason
    with pytest.raises(DecodeError) as raised:
        _canonical(OUR_OWN.replace("role: wms", "role: erp"), event)
    assert (raised.value.reason, raised.value.place) == ("ownership_violation", "$.body.type")


def test_rows_of_our_own_batches_go_their_own_way() -> None:
    """One bad row of a batch is refused with its bytes and its place; the others pass with the batch's id."""
    rows = [events.plain(), events.plain(owner="load/L"), events.plain(event_id="m-2")]
    found = _canonical(OUR_OWN, msgspec.json.encode({"batch_id": "b-1", "events": rows}))
    assert [(one.event_id, one.batch) for one in found.events] == [("m-1", "b-1"), ("m-2", "b-1")]
    (refused,) = found.refused
    assert (refused.error.reason, refused.error.place) == ("wrong_key", "$.events[1].owner")
    assert msgspec.json.decode(refused.value) == rows[1]


def test_a_reversal_names_what_it_takes_back() -> None:
    """A partner's word that a milestone did not stand is an event of its own, named by what it reverses."""
    text = saying(
        """
        - emit: milestone.reversed
          owner: {order: $.order}
          at: {as: time, of: $.at}
          body: {reverses: {as: text, of: "loaded/{s}", with: {s: $.shipment}}, reason: $.why}
        """
    )
    (event,) = said(loaded(text), AT | {"order": "O", "shipment": "S", "why": "wrong door"}).events
    assert event.body == Reversed(reverses="loaded/S", reason="wrong door")
    assert event.business_key == "rev/loaded/S"


def test_a_long_id_does_not_break_a_name() -> None:
    """Ids as long as they may be still give a name that fits, and one longer is refused."""
    text = saying("- {emit: wms.packed, owner: {order: $.o}, at: '@received', body: {node: =N, package: $.p}}")
    event = said(loaded(text), {"o": "O" * 200, "p": "P" * 200}).events[0]
    assert event.business_key.startswith("key-")
    assert said(loaded(text), {"o": "O" * 201, "p": "P"}).refused[0].error.reason == "invalid_value"
    assert isinstance(
        said(loaded(text.replace("wms.packed", "wms.departed").replace("package", "shipment")), {"o": "O", "p": "P"})
        .events[0]
        .body,
        Departed,
    )


QUIET = """
- emit: wms.pick_short
  if: {$.state: {status: short, is: [not_found, damaged]}}
  owner: {order: $.order}
  at: {as: time, of: $.at}
  body: {node: =DC-NORTH, line: =1, quantity: =1}
"""


@pytest.mark.parametrize(("state", "told"), [({"state": "gone"}, []), ({"state": "fine"}, []), ({}, ["says_nothing"])])
def test_what_says_nothing_is_told(state: dict[str, str], told: list[str]) -> None:
    """A document that is taken and of which nothing is said is a finding, unless its status is one that the dialect
    says nothing follows from: else a field that is not there would take the meaning with it."""
    found = said(loaded(saying(QUIET)), AT | {"order": "O-1"} | state)
    assert [one.code for one in found.findings if one.code == "says_nothing"] == told
    assert bool(found.events) == (state.get("state") == "gone")
