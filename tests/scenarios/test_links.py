"""A native id that meant an order by mistake: what came by the link falls with it, whatever was heard first (S20, C.6).

The order of the stories at the door, billed on delivery. Its carrier's proof comes by a PRO.
"""

from __future__ import annotations

import msgspec
from milepost.contracts.controls import LinkStands
from milepost.contracts.events import Event
from milepost.contracts.references import BY_HAND, Reference, Target, link_name
from milepost.tests.scenarios.story import booked, clock, decision, ledger, opened, published, then, told, view
from milepost.tests.scenarios.test_deliveries import ON_DELIVERY, ON_THE_WAY, POD, SALES, of_order
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import at

PRO = Reference(kind="pro", issuer="ABCD", value="P-1")
BOL = Reference(kind="bol", issuer="ABCD", value="B-1")
SHIPMENT = Target(owner="O-1", shipment="S-1")
BILLED = {"receivable": SALES, "revenue": -SALES}


def by(reference: Reference, event: Event, target: Target = SHIPMENT) -> Event:
    """The event as it comes to whom the reference means."""
    return msgspec.structs.replace(event, via=link_name(reference, target))


def word(reference: Reference, minutes: int, *, stands: bool, target: Target = SHIPMENT) -> Event:
    """A person's word on what the reference means."""
    name = link_name(reference, target)
    body = LinkStands(link=name, reference=reference.key, stands=stands, version=BY_HAND, shipment=target.shipment,
                      instruction=target.instruction, actor="ann", reason="typing error")  # fmt: skip
    return s.say(target.owner, f"link/{name}/{minutes}", minutes, body)


WRONG, BACK, AGAIN = by(PRO, POD), word(PRO, 200, stands=False), word(PRO, 300, stands=True)


def money(world: object) -> dict[str, int]:
    return {account: amount for account, amount in of_order(world).items() if amount}  # type: ignore[arg-type]


def test_a_proof_by_a_wrong_link_is_unbilled() -> None:
    """Given an order billed on the proof of a PRO that was not its own: with the link the invoice goes, and comes back
    when the link does. The goods stay issued."""
    for world in told(ON_DELIVERY, *ON_THE_WAY, WRONG):
        assert money(world) == BILLED
        then(world, BACK)
        assert money(world) == {}
        assert view(world, "O-1").stage == "shipped"
        then(world, AGAIN)
        assert money(world) == BILLED


def test_whatever_was_heard_first() -> None:
    """Whether the link falls before the proof comes or after, and however often it stood in between: the highest word
    counts, and nothing is billed."""
    for world in told(ON_DELIVERY, *ON_THE_WAY, WRONG, BACK, AGAIN, word(PRO, 400, stands=False)):
        assert money(world) == {}
    for world in told(ON_DELIVERY, *ON_THE_WAY, WRONG, BACK, AGAIN):
        assert money(world) == BILLED


def test_what_another_way_says_as_well_stands() -> None:
    """Given that the same proof came by a bill of lading too, or named the order itself: it stays billed, once."""
    for other in (by(BOL, POD), POD):
        for world in told(ON_DELIVERY, *ON_THE_WAY, WRONG, BACK, other, tellings=6):
            assert money(world) == BILLED
            assert booked(world, "customer_invoice") >= 1
            assert "CONFLICT" not in opened(world, "O-1")


def test_a_way_of_several_links_stands_while_all_do() -> None:
    """Given a proof that came by a PRO of a load, and by the load: it falls with either link."""
    load = Target(owner="load/L-9")
    aboard = Reference(kind="load", issuer="own", value="L-9")
    proof = msgspec.structs.replace(POD, via=f"{link_name(PRO, load)}+{link_name(aboard, SHIPMENT)}")
    off = msgspec.structs.replace(word(PRO, 200, stands=False, target=load), owner="O-1")
    for fallen in (off, word(aboard, 200, stands=False)):
        for world in told(ON_DELIVERY, *ON_THE_WAY, proof, tellings=4):
            assert money(world) == BILLED
            assert money(then(world, fallen)) == {}


def test_another_orders_proof_contradicts_ours_no_longer() -> None:
    """Given two proofs of one shipment, the wrong one by a wrong link: a conflict until the link falls, and no person
    has to choose; only what still contradicts is shown."""
    ours = s.delivered("O-1", 95, "S-1")
    for world in told(ON_DELIVERY, *ON_THE_WAY, WRONG, by(BOL, ours), tellings=8):
        assert "CONFLICT" in opened(world, "O-1")
        assert len(view(world, "O-1").conflicts[POD.business_key]) == 2
        then(world, BACK)
        assert "CONFLICT" not in opened(world, "O-1")
        assert money(world) == BILLED
        assert decision(world, "O-1").ought["customer_invoice/S-1"].document.date == f"{at(95):%Y-%m-%d}"


def test_a_load_tells_its_orders_of_its_links() -> None:
    """Given a pick-up that came to a load by a PRO of another: with the link the departure that it attests goes, at the
    load and at its orders."""
    load = Target(owner="load/L-1")
    picked = by(PRO, s.on_load("L-1", 30, "pickedup", s.tms.PickedUp(load="L-1")), load)
    gone = word(PRO, 200, stands=False, target=load)
    story = (ON_DELIVERY, *ON_THE_WAY[:2], *ON_THE_WAY[3:], s.loaded("O-1", 15, "S-1"))
    for world in told(*story, picked, tellings=8):
        assert ledger(world, "O-1")["inventory"] < 0
        then(world, gone)
        assert not any(ledger(world, "O-1").values())
    for world in told(*story, gone, picked, tellings=8):
        assert not any(ledger(world, "O-1").values())


def test_facts_of_a_mistyped_order_are_no_orphans_once_the_link_falls() -> None:
    """Given a proof that went to an order nobody has, by a link with a typing error: when that falls, nothing waits."""
    for world in told(by(PRO, POD), tellings=4):
        clock(world, 60 * 24 * 60)
        assert opened(world, "O-1") == {"ORPHAN_EVENT"}
        then(world, BACK)
        assert opened(world, "O-1") == set()
    for world in told(BACK, by(PRO, POD), tellings=4):
        assert opened(clock(world, 60 * 24 * 60), "O-1") == set()


def test_an_answer_by_a_wrong_control_number_is_shown() -> None:
    """An answer cannot be unheard: where its control number did not mean the instruction a person has to look, until
    the link stands again or a release names it."""
    control = Reference(kind="control", issuer="acme", value="17/4")
    target = Target(owner="O-1", instruction="I-7")
    fallen = word(control, 200, stands=False, target=target)
    for world in told(ON_DELIVERY, *ON_THE_WAY, fallen, tellings=4):
        shown = published(world, "ANSWER_MISDIRECTED")
        assert (shown.cause, shown.evidence) == (fallen.business_key, ("I-7",))
        then(world, word(control, 300, stands=True, target=target))
        assert "ANSWER_MISDIRECTED" not in opened(world, "O-1")
    for world in told(ON_DELIVERY, *ON_THE_WAY, fallen, s.let_go("O-1", 250, fallen.business_key), tellings=4):
        assert "ANSWER_MISDIRECTED" not in opened(world, "O-1")
