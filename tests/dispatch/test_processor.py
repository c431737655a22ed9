"""What lane dispatch makes of each kind of record."""

from __future__ import annotations

import msgspec
import pytest
from milepost.agents.dispatch_outcomes import published
from milepost.agents.dispatch_written import anew, failed
from milepost.codecs.dialects.model import Acknowledgement
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Body, Event
from milepost.contracts.identifiers import digest
from milepost.contracts.references import Linked
from milepost.contracts.tms import TenderAccepted, TenderOffered, TenderRejected
from milepost.contracts.wms import InstructionAnswered, InstructionReceived
from milepost.runtime.durable.interface import Tuning
from milepost.runtime.erp.receipts import Told
from milepost.runtime.topic_table import PARTNER_REFERENCES, WMS_INSTRUCTIONS, WMS_MILESTONES
from milepost.tables.deliveries import encode
from milepost.tests.dispatch.alone import Alone
from milepost.tests.dispatch.told import EPOCH, UNWRITABLE, dialects, in_small, notice, partner, tender, warehouse
from milepost.tests.dispatch.told import withdrawal as withdrawn

ACK = Acknowledgement(by="x12-997", within_s=100.0)
BY_HTTP = Acknowledgement(by="http", within_s=100.0)
BY_EVENT = Acknowledgement(by="event", within_s=100.0, tags=("tms.tender_accepted", "tms.tender_rejected"))
SITES = {"wms/N-1": "acme", "wms/N-2": "other", "tms": "haul", "customers": "mail"}


def lane(ack: Acknowledgement | None = ACK, sites: dict[str, str] = SITES) -> Alone:
    known = [partner("acme", acknowledge=ack), partner("other"), partner("haul", acknowledge=BY_EVENT), partner("mail")]
    return Alone(dialects(*known, sites=sites))


def event(owner: str, body: Body) -> Event:
    key = digest(owner, body)
    return Event(event_id=key, business_key=key, owner=owner, occurred_at=EPOCH, source="acme-source", body=body)


def test_a_site_that_no_dialect_serves_is_left_alone() -> None:
    """Its partner reads the topic itself: no row, nothing sent, nothing said."""
    with in_small(SITES):
        alone = lane()
        assert alone.told(warehouse("SO-1", "N-9")) == []
    assert (alone.rows(), alone.hands.given) == ([], [])


def test_without_any_site_not_even_bad_bytes_are_looked_at() -> None:
    """Where no partner has a dialect for what goes out, instruction topics are passed over undecoded."""
    alone = lane(sites={})
    assert alone.take(WMS_INSTRUCTIONS, b"SO-1", b"not json") == []


def test_an_instruction_goes_to_its_partner_once() -> None:
    """An instruction becomes one row and one command; read again it says again how a 997 finds it, and no more."""
    one = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        first, again = alone.told(one), alone.told(one)
    assert [o.topic for o in first] == [o.topic for o in again] == [PARTNER_REFERENCES]
    linked = msgspec.json.decode(first[0].value or b"", type=Linked)
    assert (linked.target.owner, linked.target.instruction) == ("SO-1", one.id)
    assert first[0].key.decode() == linked.reference.key
    assert [(d.id, d.partner, d.state) for d, _ in alone.hands.given] == [(one.id, "acme", "open")]


def test_a_notice_goes_to_whom_customers_are_told_by() -> None:
    """A customer's notice is delivered like an instruction, by the dialect that serves `customers`."""
    with in_small(SITES):
        alone = lane()
        alone.told(notice("SO-1"))
    assert [(d.partner, d.what) for d, _ in alone.hands.given] == [("mail", "notice.carrier_confirmed")]


def test_a_withdrawal_follows_what_it_withdraws() -> None:
    """Who was told hears the withdrawal, even when the site is another partner's by then; behind the instruction."""
    first = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        alone.told(first)
    with in_small(SITES | {"wms/N-1": "other"}):
        alone.told(withdrawn(first))
    (one, _), (two, _) = alone.hands.given
    assert (one.partner, two.partner) == ("acme", "acme")
    assert one.sequence < two.sequence


def test_what_cannot_be_written_stands_apart() -> None:
    """One that its dialect cannot write is a dead letter with place and reason, and an exception on its order; the
    next one goes. After the dialect is mended a person's retry writes and sends it."""
    bad, good = warehouse("SO-1", item=UNWRITABLE), warehouse("SO-1", number=1)
    with in_small(SITES):
        alone = lane()
        alone.told(bad)
        alone.told(good)
        (letter,) = alone.letters()
        assert (letter.reason, letter.place, letter.source) == ("unknown_code", "$.lines[0].item", "acme-source")
        assert (alone.row(bad.id).state, alone.exceptions()) == ("failed", {"DELIVERY_FAILED": True})
        assert [d.id for d, _ in alone.hands.given] == [good.id]
        alone.again(bad.id)
        assert alone.row(bad.id).state == "failed"  # nothing was mended
    with in_small(SITES), pytest.MonkeyPatch.context() as patch:
        patch.setattr("milepost.tests.dispatch.told.UNWRITABLE", "nothing")
        alone.again(bad.id, attempt=1)
    assert [(d.id, d.attempt) for d, _ in alone.hands.given] == [(good.id, 0), (bad.id, 2)]
    assert alone.hands.given[1][0].value
    assert alone.exceptions() == {"DELIVERY_FAILED": False}


def test_a_2xx_is_the_acknowledgement_only_where_the_dialect_says_so() -> None:
    """By `http` an accepted request is acknowledged; else it is sent, and the clock of its acknowledgement runs."""
    for ack, state in ((BY_HTTP, "acknowledged"), (ACK, "sent"), (None, "sent")):
        one = warehouse("SO-1")
        with in_small(SITES):
            alone = lane(ack)
            alone.told(one)
        alone.became(one.id, "accepted")
        assert alone.row(one.id).state == state
        assert alone.hands.done == [(one.id, None)]


def test_an_acknowledgement_that_does_not_come_is_raised_and_one_that_comes_late_closes_it() -> None:
    """After the deadline, by the ticks, DELIVERY_UNACKNOWLEDGED is open on the order; the 997 closes it."""
    one = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        alone.told(one)
    alone.became(one.id, "accepted", at_s=10.0)
    assert alone.tick(109.9) == []
    alone.tick(110.0)
    assert (alone.row(one.id).state, alone.exceptions()) == ("overdue", {"DELIVERY_UNACKNOWLEDGED": True})
    assert alone.tick(500.0) == []
    alone.heard(event("SO-1", InstructionReceived(instruction=one.id)))
    assert (alone.row(one.id).state, alone.exceptions()) == ("acknowledged", {"DELIVERY_UNACKNOWLEDGED": False})


def test_a_deadline_does_not_overtake_an_unread_acknowledgement() -> None:
    """While what acknowledges is unread, time stands still for deadlines at the last of it that was read."""
    one = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        alone.told(one)
    alone.became(one.id, "accepted", at_s=10.0)
    alone.read_until_s = EPOCH.timestamp() + 50
    assert alone.tick(500.0) == []
    alone.read_until_s = float("inf")
    alone.tick(501.0)
    assert alone.row(one.id).state == "overdue"


def test_an_acknowledgement_before_our_own_word_counts() -> None:
    """A 997 that is read before the outcome of the sending leaves the row acknowledged, and no clock runs."""
    one = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        alone.told(one)
    alone.heard(event("SO-1", InstructionReceived(instruction=one.id)))
    alone.became(one.id, "accepted")
    alone.tick(10_000.0)
    assert (alone.row(one.id).state, alone.exceptions()) == ("acknowledged", {})


def test_a_partner_that_cannot_read_it_refuses_and_one_that_will_not_do_it_has_it() -> None:
    """`instruction.received` with a no is DELIVERY_REFUSED; `instruction.answered` with a no acknowledges, for what
    follows from it is the order's affair."""
    for body, state, raised in (
        (InstructionReceived(instruction="?", accepted=False), "refused", {"DELIVERY_REFUSED": True}),
        (InstructionAnswered(instruction="?", accepted=False), "acknowledged", {}),
    ):
        one = warehouse("SO-1")
        with in_small(SITES):
            alone = lane()
            alone.told(one)
        alone.became(one.id, "accepted")
        alone.heard(event("SO-1", msgspec.structs.replace(body, instruction=one.id)))
        assert (alone.row(one.id).state, alone.exceptions()) == (state, raised)


def test_another_owner_cannot_acknowledge() -> None:
    """An answer that names an instruction of another owner changes nothing."""
    one = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        alone.told(one)
    alone.heard(event("SO-2", InstructionReceived(instruction=one.id)))
    assert alone.row(one.id).state == "open"


def test_a_tender_is_acknowledged_by_the_answer_to_that_tender() -> None:
    """The offer says which tender a request became: the answer to it acknowledges this request and no other."""
    first, second = tender("L-1", 1), tender("L-1", 2)
    with in_small(SITES):
        alone = lane()
        alone.told(first)
        alone.told(second)
    for attempt, name in ((1, "T-1"), (2, "T-2")):
        offer = TenderOffered(load="L-1", tender=name, attempt=attempt, carrier="C1", amount_minor=100, currency="USD")
        alone.heard(event("load/L-1", offer))
    alone.heard(event("load/L-1", TenderRejected(load="L-1", tender="T-1")))
    assert (alone.row(first.id).state, alone.row(second.id).state) == ("acknowledged", "open")
    alone.heard(event("load/L-1", TenderAccepted(load="L-1", tender="T-2")))
    assert alone.row(second.id).state == "acknowledged"


def test_a_late_answer_to_a_superseded_tender_is_none_of_the_next_carriers() -> None:
    """Where no offer said which tender a request became, an answer of the partner that was asked before, or to a tender
    that another attempt became, does not acknowledge the request that stands; the next carrier's own does."""
    first, second = tender("L-1", 1), tender("L-1", 2)
    accepted = TenderAccepted(load="L-1", tender="L-1/C1")
    with in_small(SITES):
        alone = Alone(
            dialects(partner("haul", acknowledge=BY_EVENT), partner("next", acknowledge=BY_EVENT), sites=SITES)
        )
        alone.told(first)
    with in_small(SITES | {"tms": "next"}):
        alone.told(second)
    assert alone.row(second.id).partner == "next"
    for source, states in (
        ("haul-source", ("acknowledged", "open")),
        ("next-source", ("acknowledged", "acknowledged")),
    ):
        alone.heard(msgspec.structs.replace(event("load/L-1", accepted), source=source))
        assert (alone.row(first.id).state, alone.row(second.id).state) == states
    with in_small(SITES):
        alone = lane()
        alone.told(first)
        alone.told(second)
    offer = TenderOffered(load="L-1", tender="T-1", attempt=1, carrier="C1", amount_minor=100, currency="USD")
    alone.heard(event("load/L-1", offer))
    late = msgspec.structs.replace(event("load/L-1", TenderAccepted(load="L-1", tender="T-1")), source="haul-source")
    alone.heard(late)
    assert (alone.row(first.id).state, alone.row(second.id).state) == ("acknowledged", "open")


def test_an_offer_acknowledges_the_request_of_its_attempt() -> None:
    """Where the dialect takes the offer itself as the acknowledgement, it is that of the attempt it names."""
    by_offer = Acknowledgement(by="event", within_s=100.0, tags=("tms.tender_offered",))
    first, second = tender("L-1", 1), tender("L-1", 2)
    with in_small(SITES):
        alone = Alone(dialects(partner("haul", acknowledge=by_offer), sites=SITES))
        alone.told(first)
        alone.told(second)
    offer = TenderOffered(load="L-1", tender="T-1", attempt=1, carrier="C1", amount_minor=100, currency="USD")
    alone.heard(event("load/L-1", offer))
    assert (alone.row(first.id).state, alone.row(second.id).state) == ("acknowledged", "open")


def test_what_was_said_before_it_was_asked_for_is_no_answer() -> None:
    """An event that we had before the instruction was given does not acknowledge it."""
    one = tender("L-1")
    with in_small(SITES):
        alone = lane()
        alone.told(one, at_s=50.0)
    alone.heard(event("load/L-1", TenderAccepted(load="L-1", tender="T-1")), at_s=49.0)
    assert alone.row(one.id).state == "open"


def test_milestones_that_acknowledge_nothing_are_not_decoded() -> None:
    """Bytes without one of the tags pass, whatever they are; bad ones with a tag are left to who refuses them."""
    alone = lane()
    assert alone.take(WMS_MILESTONES, b"SO-1", b"\xff\xfe not json") == []
    assert alone.take(WMS_MILESTONES, b"SO-1", b'{"type":"instruction.answered"}') == []
    assert alone.letters() == []


def test_a_refusal_is_raised_and_a_persons_retry_sends_it_once_more() -> None:
    """DELIVERY_REFUSED stands until a person asks for another try; said twice it is one try, under the same id."""
    one = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        alone.told(one)
    alone.became(one.id, "rejected", code="HTTP_422")
    assert alone.exceptions() == {"DELIVERY_REFUSED": True}
    alone.again(one.id)
    alone.again(one.id)
    assert alone.exceptions() == {"DELIVERY_REFUSED": False}
    assert [(d.id, d.attempt) for d, _ in alone.hands.given] == [(one.id, 0), (one.id, 1)]
    assert [asked.actor for asked in alone.row(one.id).asked_again] == ["ann"]
    alone.became(one.id, "rejected", attempt=1)
    alone.again(one.id)  # a word on the first attempt, read late, is no word on the second
    alone.again(one.id, attempt=5)  # nor is one on an attempt that nobody made
    assert (alone.row(one.id).state, len(alone.hands.given)) == ("refused", 2)
    alone.again(one.id, attempt=1)
    alone.became(one.id, "accepted", attempt=2)
    assert (alone.row(one.id).state, alone.exceptions()) == ("sent", {"DELIVERY_REFUSED": False})


def test_what_nobody_can_find_out_waits_for_a_person() -> None:
    """An outcome that cannot be asked for is DELIVERY_UNKNOWN, is not sent again by a restart, and by a person is."""
    one = warehouse("SO-1")
    with in_small(SITES):
        alone = lane()
        alone.told(one)
    alone.became(one.id, "unknown")
    assert (alone.row(one.id).is_open, alone.exceptions()) == (True, {})
    alone.became(one.id, "unknown", last=True, code="UNDECIDABLE")
    assert (alone.row(one.id).is_open, alone.exceptions()) == (False, {"DELIVERY_UNKNOWN": True})
    said = alone.processor.recovered(0, alone.store, 2)
    assert (alone.hands.given, len(said)) == ([], 1)
    alone.again(one.id)
    assert [d.attempt for d, _ in alone.hands.given] == [1]


def test_what_is_open_is_taken_over_after_a_crash() -> None:
    """Whatever was on its way is handed on as inherited, in the owner's order, and what finds it is said again."""
    told = [warehouse("SO-1", number=n) for n in range(3)]
    with in_small(SITES):
        before = lane()
        for one in told:
            before.told(one)
        before.became(told[0].id, "accepted")
        after = Alone(dialects(partner("acme", acknowledge=ACK), sites=SITES), before.store)
        said = after.processor.recovered(0, after.store, 2)
    assert [(d.id, inherited) for d, inherited in after.hands.given] == [(one.id, True) for one in told[1:]]
    assert [o.topic for o in said] == [PARTNER_REFERENCES] * 2


def test_a_dialect_that_is_gone_leaves_its_deliveries_to_a_person() -> None:
    """What was on its way to a partner without a dialect is not served, which is said; when the dialect is back, a
    person's retry sends it."""
    one = warehouse("SO-1")
    with in_small(SITES):
        before = lane()
        before.told(one)
        after = Alone(dialects(partner("acme"), sites=SITES), before.store)
        after.hands.unreached.add("acme")
        after.said += after.processor.recovered(0, after.store, 2)
        assert (after.row(one.id).state, after.exceptions()) == ("not_served", {"DELIVERY_FAILED": True})
        after.hands.unreached.clear()
        after.again(one.id)
    assert [(d.id, d.attempt) for d, _ in after.hands.given] == [(one.id, 1)]


def test_an_answer_goes_beside_the_file_it_answers() -> None:
    """A 997 becomes a file of the answered file's name; read again it is not sent again; its outcome finds its row."""
    alone = lane()
    alone.answer_due("acme", b"ISA*00*997~", "orders.edi")
    alone.answer_due("acme", b"ISA*00*997~", "orders.edi")
    ((row, _),) = alone.hands.given
    assert (row.way.name, row.owner, row.key, row.value) == ("orders.edi.997", "partner/acme", "acme", b"ISA*00*997~")
    assert published(row, Told("accepted"), EPOCH).key == b"acme"  # where its row lies
    alone.became(row.id, "accepted")
    assert alone.row(row.id).state == "sent"


def test_an_answer_to_nobody_we_can_reach_is_said() -> None:
    """Where the partner's dialect names no way out, its answer is a failed delivery and an exception."""
    alone = lane()
    alone.hands.unreached.add("acme")
    alone.answer_due("acme", b"ISA", "orders.edi")
    assert [row.state for row in alone.rows()] == ["failed"]
    assert alone.exceptions() == {"DELIVERY_FAILED": True}


def test_no_row_outgrows_its_record() -> None:
    """The largest answer and the largest instruction that cannot be sent fit a record of the table, and are not lost:
    an answer goes as it is when there is a way, of an instruction that could not be kept a retry says so."""
    alone = lane()
    alone.hands.unreached.add("acme")
    value = b"ISA" + b"x" * 949_000
    alone.answer_due("acme", value, "orders.edi")
    (row,) = alone.rows()
    assert (row.state, len(encode(row)) < Tuning().max_message_bytes) == ("failed", True)
    alone.hands.unreached.clear()
    alone.again(row.id)
    assert [(one.value, one.attempt) for one, _ in alone.hands.given] == [(value, 1)]
    plain = DecodeError("unknown_partner", "no way out")
    instructed = msgspec.structs.replace(row, what="instruct.warehouse", value=b"x" * 700_000)
    for size, kept in ((900_000, 900_000), (999_000, 0)):
        stopped = failed(instructed, plain, b"i" * size)
        assert (len(stopped.instruction), len(encode(stopped)) < Tuning().max_message_bytes) == (kept, True)
    again = anew(stopped, partner("acme"))
    assert (again.state, again.standing.code) == ("failed", "too_large")


def test_bytes_that_are_no_instruction_are_a_dead_letter() -> None:
    """On our own topics what cannot be read is put aside with its reason, and the next record is read."""
    with in_small(SITES):
        alone = lane()
        alone.take(WMS_INSTRUCTIONS, b"SO-1", b"not json")
        alone.take(WMS_INSTRUCTIONS, b"SO-2", msgspec.json.encode(warehouse("SO-1")))
        alone.told(warehouse("SO-3"))
    assert [letter.reason for letter in alone.letters()] == ["not_json", "wrong_key"]
    assert len(alone.hands.given) == 1
