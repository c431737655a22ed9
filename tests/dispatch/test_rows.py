"""The outbox's rows: what two of them know together does not depend on order or repetition."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from milepost.agents.dispatch_outcomes import after
from milepost.commands.repartition_rows import places_of
from milepost.contracts.deliveries import DeliveryRetried, DeliverySettled, DeliveryTold
from milepost.contracts.postings import Outcome
from milepost.runtime.erp.protocol import UNDECIDABLE
from milepost.runtime.partitioner import partition_of
from milepost.runtime.topic_table import DELIVERIES_CHANGELOG
from milepost.tables.deliveries import Outbox, decode, encode, is_old, merged
from milepost.tables.delivery import Awaited, Delivery, Standing, standing
from milepost.tests.dispatch.told import EPOCH, way
from milepost.tests.posting.lane import MemoryStore

BASE = Delivery(
    id="d1", owner="SO-1", partner="acme", what="instruct.warehouse", asked_at=EPOCH, sequence=1, way=way(),
    value=b"bytes", size_bytes=5, awaits=Awaited(by="x12-997", within_s=60.0),
)  # fmt: skip

times = st.integers(0, 100).map(lambda s: EPOCH + timedelta(seconds=s))
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(("accepted", "rejected", "unknown"))


@st.composite
def words(draw: st.DrawFn) -> Delivery:
    """A row as one word alone leaves it."""
    attempt, at = draw(st.integers(0, 2)), draw(times)
    if draw(st.integers(0, 4)) == 0:
        word = DeliveryRetried(delivery="d1", owner="SO-1", attempt=attempt, actor="ann", reason="why", at=at)
        return after(BASE, word)
    if draw(st.integers(0, 4)) == 0:
        of = draw(st.sampled_from(("open", "unknown", "sent", "overdue", "refused")))
        outcome = draw(st.sampled_from(("acknowledged", "given_up")))
        closed = DeliverySettled(
            delivery="d1", owner="SO-1", attempt=attempt, of=of, outcome=outcome,
            actor=draw(st.sampled_from(("ann", "bob"))), reason="why", at=at,
        )  # fmt: skip
        return after(BASE, closed)
    if draw(st.integers(0, 4)) == 0:
        return standing(
            BASE, Standing(state=draw(st.sampled_from(("acknowledged", "refused"))), attempt=attempt, at=at)
        )
    if draw(st.integers(0, 4)) == 0:
        return msgspec.structs.replace(BASE, awaits=Awaited(by="event", within_s=60.0, subject="T-1"))
    last = draw(st.booleans())
    told = DeliveryTold(
        delivery="d1", owner="SO-1", partner="acme", attempt=attempt, outcome="unknown" if last else draw(outcomes),
        code=UNDECIDABLE if last else "", last=last, text=draw(st.sampled_from(["", "a", "b"])), at=at,
    )  # fmt: skip
    return after(BASE, told)


@given(st.lists(words(), min_size=1, max_size=6), st.randoms())
def test_what_rows_know_together_depends_on_no_order(rows: list[Delivery], random: object) -> None:
    """In any order, any grouping and with repetitions the same words give the same row."""
    shuffled = [*rows, *rows]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def all_of(parts: list[Delivery]) -> Delivery:
        result: Delivery | None = None
        for part in parts:
            result = merged(result, part)
        assert result is not None
        return result

    half = len(shuffled) // 2
    grouped = merged(all_of(shuffled[:half]), all_of(shuffled[half:]))
    assert encode(all_of(rows)) == encode(all_of(shuffled)) == encode(grouped)


@given(st.lists(words(), min_size=1, max_size=6))
def test_a_row_survives_its_bytes(rows: list[Delivery]) -> None:
    """What is written to the changelog is read back as the same row."""
    outbox = Outbox(MemoryStore())
    for row in rows:
        kept = outbox.add(row)
    assert outbox.get("d1") == kept == decode(encode(kept))


@given(st.lists(words(), min_size=1, max_size=6))
def test_an_acknowledgement_is_never_undone_and_frees_the_bytes(rows: list[Delivery]) -> None:
    """Once its partner acknowledged it, a row stays so whatever comes late, and has no bytes to send again; by a
    person's word alone it keeps them."""
    outbox = Outbox(MemoryStore())
    row = outbox.add(standing(BASE, Standing(state="acknowledged", at=EPOCH)))
    for other in rows:
        row = outbox.add(other)
    assert (row.state, row.value, row.closing, row.trouble) == ("acknowledged", b"", None, "")
    said = DeliverySettled(delivery="d1", owner="SO-1", attempt=0, of="open", outcome="acknowledged", actor="ann",
                           reason="why", at=EPOCH)  # fmt: skip
    by_hand = merged(None, after(BASE, said))
    assert (by_hand.state, by_hand.value) == ("acknowledged", BASE.value)


@given(st.lists(words(), min_size=1, max_size=6))
def test_only_what_rests_is_forgotten(rows: list[Delivery]) -> None:
    """What is open, in doubt, awaited or a person's move is never old, however long ago it was; what a person has
    closed is."""
    outbox = Outbox(MemoryStore())
    for other in rows:
        row = outbox.add(other)
    assert is_old(encode(row), EPOCH.timestamp() + 1e9) == (row.state in ("acknowledged", "given_up"))


def test_no_clock_undoes_a_persons_word() -> None:
    """A process that did not hear of it and lets the deadline run out changes nothing for what was given up since."""
    sent = standing(BASE, Standing(state="sent", at=EPOCH))
    said = DeliverySettled(delivery="d1", owner="SO-1", attempt=0, of="sent", outcome="given_up", actor="ann",
                           reason="why", at=EPOCH)  # fmt: skip
    both = merged(after(sent, said), standing(sent, Standing(state="overdue", at=EPOCH)))
    assert (both.standing.state, both.state, both.trouble) == ("overdue", "given_up", "")


@given(st.text(min_size=1, max_size=20), st.sampled_from(["", "acme"]))
def test_a_row_moves_with_its_owner(owner: str, key: str) -> None:
    """When the topics get more partitions, a row goes where its owner's acknowledgements go, however it is named."""
    row = msgspec.structs.replace(BASE, owner=owner, key=key)
    by = (key or owner).encode()
    places = places_of(DELIVERIES_CHANGELOG, row.id.encode(), encode(row), partition_of(by, 12), 12, 24)
    assert list(places) == [partition_of(by, 24)]
