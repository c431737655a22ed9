"""What carries only a native id is told to all whom the id means: once, under derived ids, whatever came first."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from milepost.contracts import tms, wms
from milepost.contracts.events import Body, Event
from milepost.contracts.references import UNKNOWN, Linked, Pointed, Settled
from milepost.runtime.topic_table import PARTNER_REFERENCES
from milepost.tables import references as rows
from milepost.tests.intake.referred import T0, Pool, link, load, pointed, reference

OF_ORDERS: tuple[Body, ...] = (
    tms.Delivered(shipment=UNKNOWN, pod="POD"), tms.DeliveryExcepted(shipment=UNKNOWN, code="lost"),
    tms.Tracked(status="out_for_delivery"), wms.Reversed(reverses=f"pod/{UNKNOWN}"),
)  # fmt: skip
OF_LOADS: tuple[Body, ...] = (
    tms.PickedUp(load=UNKNOWN), tms.InTransit(load=UNKNOWN, place="hub"), tms.Arrived(load=UNKNOWN),
    tms.EtaChanged(load=UNKNOWN, eta=T0 + timedelta(hours=5)),
)  # fmt: skip
REFERENCES = [reference("P-1"), reference("P-2"), reference("P-1", issuer="WXYZ"), load("L-1"), load("L-2")]
TARGETS = [("O-1", "S-1"), ("O-1", "S-2"), ("O-2", "S-3"), ("O-3", ""), ("load/L-1", ""), ("load/L-2", "")]

links = st.builds(
    lambda at, to, minutes: link(at, *to, said_at=T0 + timedelta(minutes=minutes)),
    st.sampled_from(REFERENCES), st.sampled_from(TARGETS), st.integers(0, 9),
)  # fmt: skip
milestones = st.builds(
    lambda at, body, ordinal, message: pointed(at, body, ordinal, f"{message}/{at.key}"),
    st.sampled_from(REFERENCES), st.sampled_from(OF_ORDERS + OF_LOADS), st.integers(0, 3), st.sampled_from("AB"),
)  # fmt: skip


def of_one_message(said: list[Linked | Pointed]) -> list[Linked | Pointed]:
    """A partner's message says one thing at one place of it."""
    names: dict[tuple[str, int], Pointed] = {}
    for one in said:
        if isinstance(one, Pointed):
            names.setdefault((one.message, one.ordinal), one)
    return [names[one.message, one.ordinal] if isinstance(one, Pointed) else one for one in said]


@settings(max_examples=150)
@given(st.lists(links | milestones, max_size=14).map(of_one_message), st.data(), st.integers(0, 99))
def test_order_and_duplication_change_nothing(said: list[Linked | Pointed], data: st.DataObject, seed: int) -> None:
    """Whatever order links and milestones come in, and however often each, the same events are told: and none of one
    id, nor facts of one name, with two contents."""
    one, other = Pool(), Pool(seed)
    one.say(*said)
    other.say(*data.draw(st.permutations(said + said[: len(said) // 2])))
    assert one.run().facts() == other.run().facts()
    assert len({name for name, _, _ in one.facts()}) == len(one.facts())
    facts = {(event.owner, event.business_key, repr(event.body)) for event in one.told}
    assert len({(owner, key) for owner, key, _ in facts}) == len(facts)


@settings(max_examples=100)
@given(st.lists(links | milestones, max_size=14).map(of_one_message), st.integers(0, 99))
def test_a_crash_loses_and_doubles_nothing(said: list[Linked | Pointed], seed: int) -> None:
    """A process that dies with its outputs, after its state was written, tells them again under the same ids."""
    whole, broken = Pool(), Pool(seed)
    whole.say(*said)
    broken.say(*said)
    assert whole.run().facts() == broken.run(crashes=0.4).facts()


@given(st.lists(links | milestones, max_size=14).map(of_one_message))
def test_what_is_told_passes_the_gate(said: list[Linked | Pointed]) -> None:
    """Every event that is told is one that ``partner.events`` takes: of its owner, complete, under its key."""
    pool = Pool()
    pool.say(*said)
    pool.run()
    assert pool.letters() == []
    assert len(pool.passed) == len(pool.told)
    assert not [event for event in pool.told if UNKNOWN in repr(event.body)]


@given(st.lists(links | milestones, max_size=14).map(of_one_message))
def test_a_duplicate_says_nothing(said: list[Linked | Pointed]) -> None:
    """The same links and milestones at another place are no news: nothing is told twice."""
    pool = Pool()
    pool.say(*said)
    pool.run()
    told = len(pool.told)
    pool.say(*[one for one in said if not isinstance(one, Pointed) or one.reference.kind != "load"])
    pool.run()
    assert len(pool.told) == told


def test_a_proof_of_a_pro_of_a_load_of_500_orders() -> None:
    """A proof of delivery that names a PRO, which is a load's, which carries 500 orders, tells each of them once: the
    one that came before the load was planned, and the one after."""
    pool = Pool(1)
    pool.say(pointed(reference(), ordinal=0))
    pool.say(link(reference(), "load/L-9"))
    pool.run()
    members = tuple(tms.Member(order_id=f"O-{n}", shipment=f"S-{n}") for n in range(500))
    pool.event(Event(event_id="p", business_key="load/L-9/v1", owner="load/L-9", occurred_at=T0, source="tms",
                     body=tms.LoadPlanned(load="L-9", members=members)))  # fmt: skip
    pool.run()
    pool.say(pointed(reference(), ordinal=1))
    pool.run()
    proofs = [event for event in pool.told if isinstance(event.body, tms.Delivered)]
    assert Counter(event.owner for event in proofs) == {f"O-{n}": 2 for n in range(500)}
    assert {(e.owner, e.body.shipment) for e in proofs} == {(f"O-{n}", f"S-{n}") for n in range(500)}  # type: ignore[union-attr]
    assert len({event.event_id for event in proofs}) == 1000


def test_milestones_of_a_load_that_mean_an_order_are_shown_on_it() -> None:
    """A carrier's pick-up of a PRO that is one order's own is ``tms.tracked`` there; of a load's it is the load's."""
    pool = Pool()
    pool.say(link(reference("P-1"), "O-1", "S-1"), link(reference("P-2"), "load/L-1"))
    pool.say(*(pointed(reference(f"P-{n}"), tms.PickedUp(load=UNKNOWN), message=f"M-{n}") for n in (1, 2)))
    pool.run()
    assert {event.owner: event.body for event in pool.told} == {
        "O-1": tms.Tracked(shipment="S-1", status="picked_up"), "load/L-1": tms.PickedUp(load="L-1"),
    }  # fmt: skip


def test_facts_have_the_names_that_our_own_events_give_them() -> None:
    """What a stranger tells by native id is named as our own JSON would name it, so both are one fact."""
    pool = Pool()
    pool.say(link(reference(), "O-1", "S-1"))
    event = pointed(reference()).event
    unnamed = msgspec.structs.replace(event, business_key=f"pod/{UNKNOWN}")
    pool.say(msgspec.structs.replace(pointed(reference()), event=unnamed))
    pool.run()
    assert [one.business_key for one in pool.told] == ["pod/S-1"]


def test_acknowledgements_name_what_we_sent() -> None:
    """An acknowledgement of a control number is the answer to the instruction that went out under it."""
    control = reference("17/0004", "control", "acme")
    pool = Pool()
    pool.say(pointed(control, wms.InstructionReceived(instruction=UNKNOWN)))
    pool.say(link(control, "O-1", instruction="I-7"))
    pool.run()
    assert [(one.owner, one.body) for one in pool.told] == [("O-1", wms.InstructionReceived(instruction="I-7"))]


def test_issuers_never_meet() -> None:
    """The same number of two issuers, or of two kinds, is two references: what one means the other does not."""
    pool = Pool()
    pool.say(
        link(reference("7", issuer="AAAA"), "O-1", "S-1"), link(reference("7", kind="bol", issuer="AAAA"), "O-2", "S-2")
    )
    pool.say(
        pointed(reference("7", issuer="BBBB")), pointed(reference("7", kind="tracking", issuer="AAAA"), message="M-2")
    )
    pool.run()
    assert pool.told == []


@given(*[st.text("a/b", min_size=1, max_size=3)] * 4)
@example("a", "b/a", "a/b", "a")
def test_keys_of_references_are_names(one: str, other: str, third: str, fourth: str) -> None:
    """Two references have one key only if they are one, whatever separators their issuers and numbers have in them."""
    left, right = reference(other, issuer=one), reference(fourth, issuer=third)
    assert (left.key == right.key) == (left == right)


def test_a_bad_record_goes_alone() -> None:
    """Bytes that are no reference, or lie under another key, become one dead letter each; the rest is told."""
    pool = Pool()
    pool.say(link(reference(), "O-1", "S-1"))
    key = reference().key.encode()
    for value in (b"", b"\xff", b"{}", b'{"type":"linked"}', b"[" * 100_000, None):
        pool.append(PARTNER_REFERENCES, key, value)
    pool.append(PARTNER_REFERENCES, b"ref/pro/ABCD/P-2", msgspec.json.encode(link(reference(), "O-9", "S-9")))
    pool.say(pointed(reference()))
    pool.run()
    assert len(pool.letters()) == 7
    assert [one.owner for one in pool.told] == ["O-1"]


def test_told_by_one_of_several_ids_it_is_no_orphan_of_the_others() -> None:
    """A milestone with a known and an unknown id is told by the known one, and nobody waits for the other."""
    known, unknown = reference("P-1"), reference("T-1", "tracking")
    for first in (True, False):
        pool = Pool()
        pool.say(link(known, "O-1", "S-1"))
        both = [pointed(known, also=(unknown,)), pointed(unknown, also=(known,))]
        pool.say(*both if first else both[:1])
        pool.run()
        pool.say(*both[1:])
        pool.run()
        pool.tick(T0)
        pool.run()
        pool.tick(T0 + timedelta(days=2))
        pool.run()
        assert ([one.owner for one in pool.told], pool.exceptions()) == (["O-1"], [])


def test_a_shipment_is_asked_for() -> None:
    """A proof of delivery needs a shipment: an order known without one is not told, until it is known with it."""
    pool = Pool()
    pool.say(link(reference(), "O-1"), pointed(reference()))
    assert pool.run().told == []
    pool.say(link(reference(), "O-1", "S-1"))
    assert [(one.owner, one.body.shipment) for one in pool.run().told] == [("O-1", "S-1")]  # type: ignore[union-attr]


def test_released_in_the_order_in_which_it_happened() -> None:
    """What waited is told in the order of its own times, whatever order it came in."""
    pool = Pool()
    pool.say(*(pointed(reference(), tms.Tracked(status="info", place=str(n)), n, f"M-{n}") for n in (3, 1, 4, 0, 2)))
    pool.run()
    pool.say(link(reference(), "O-1"))
    assert [one.body.place for one in pool.run().told] == list("01234")  # type: ignore[union-attr]


def test_who_left_is_told_nothing_more() -> None:
    """A target that no longer stands hears nothing new; when it stands again it hears what it missed."""
    pool = Pool()
    pool.say(link(reference(), "O-1", "S-1"), pointed(reference(), ordinal=0))
    pool.say(link(reference(), "O-1", "S-1", version=1, stands=False), pointed(reference(), ordinal=1))
    assert len(pool.run().told) == 1
    pool.say(link(reference(), "O-1", "S-1", version=2))
    assert len({one.event_id for one in pool.run().told}) == len(pool.told) == 2


def test_growth_is_bounded() -> None:
    """A reference keeps so many milestones: told ones make room, and where all wait the next is a dead letter."""
    pool = Pool()
    pool.say(*(pointed(reference(), message=f"M-{n}") for n in range(rows.MILESTONES_MAX + 5)))
    pool.run()
    assert len(pool.letters()) == 5
    pool.say(link(reference(), "O-1", "S-1"))
    pool.say(*(pointed(reference(), message=f"N-{n}") for n in range(300)))
    pool.run()
    (row,) = [rows.decode(value) for store in pool.stores for _, value in store.items(rows.TABLE)
              if rows.decode(value).reference[0] == "pro"]  # fmt: skip
    assert len(row.kept) == rows.MILESTONES_MAX
    assert len(pool.told) == rows.MILESTONES_MAX + 300


def test_no_row_outgrows_its_changelog() -> None:
    """Whatever is linked and pointed, a row stays below what a changelog takes: what is too much is a dead letter; and
    what has made room for others counts no more."""
    pool, long = Pool(), "x" * 180
    pool.say(*(pointed(reference(), message=f"{n:>04}" + long) for n in range(3)))
    pool.say(*(link(reference(), f"O-{n}{long}", f"S-{n}{long}", source=long) for n in range(2000)))
    lines = tuple(wms.LineQuantity(line=f"{n:>03}{long}", quantity=1) for n in range(1000))
    huge = tms.Delivered(shipment=UNKNOWN, lines=lines)
    pool.say(*(pointed(reference(), huge, message=f"M-{n}") for n in range(3)))
    pool.run()
    sizes = [len(value) for store in pool.stores for _, value in store.items(rows.TABLE)]
    assert max(sizes) < rows.ROW_MAX_BYTES
    assert {letter.reason for letter in pool.letters()} == {"too_large"}
    before, letters = len(pool.told), len(pool.letters())
    pool.say(link(reference("P-2"), "O-1", "S-1"))
    pool.say(*(pointed(reference("P-2"), message=f"N-{n}{long}") for n in range(2000)))
    assert (len(pool.run(whole=True).told) - before, len(pool.letters()) - letters) == (2000, 0)


def test_unused_references_leave() -> None:
    """Who is not spoken of for as long as anything is remembered leaves the table; who waits does not."""
    pool = Pool()
    pool.say(link(reference("P-1"), "O-1", "S-1"), pointed(reference("P-2")))
    pool.run()
    pool.now_ms += 500 * 86_400_000
    for number in range(60):
        pool.say(Settled(reference=reference(f"N-{number}"), message="x", ordinal=0))
    pool.run()
    left = {rows.decode(value).reference[2] for store in pool.stores for _, value in store.items(rows.TABLE)}
    assert "P-1" not in left
    assert "P-2" in left


def test_rows_of_a_later_owner_stand() -> None:
    """Of two rows recovery takes that of the higher epoch and version, whatever came last."""
    older, newer = rows.Row(epoch=2, version=5), rows.Row(epoch=1, version=9)
    for pair in ((older, newer), (newer, older)):
        assert rows.merge("references", "k", *map(rows.encode, pair)) == rows.encode(older)
    assert rows.epoch_of("references", rows.encode(older)) == 2


def test_the_processor_is_quiet_about_what_is_not_its_own() -> None:
    """A tick that cannot be read changes nothing here: lane fulfilment makes the dead letter of it."""
    pool = Pool()
    pool.append("orders.ticks", b"", b"rubbish", 3)
    assert pool.run().others == []
