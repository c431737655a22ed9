"""When a member ends because its name is another's too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from milepost.runtime.durable.membership import TAKEN_MOST, Membership


class Group:
    """A coordinator as far as a membership sees it."""

    def __init__(self) -> None:
        self.generation, self.member_id, self.group_id = 1, "m0", "lane"
        self._group_instance_id = "w0"
        self._closing: asyncio.Future[None] = asyncio.Future()

    def reset_generation(self) -> None:
        self.generation, self.member_id = -1, ""


class Fight:
    """One member's life by hand: `replaced` is lost and back at once in the same generation."""

    def __init__(self) -> None:
        self.now, self.ended, self.group = 0.0, [], Group()  # type: float, list[str], Group
        self.member = Membership(self.group, 6.0, self.ended.append, lambda: self.now)
        self.member.joined()

    def replaced(self, generation: int = 1) -> None:
        for _ in range(3):  # every request under way hears it
            self.group.reset_generation()
        self.group.generation, self.group.member_id = generation, f"m{self.now}"
        self.now += 1
        self.member.joined()


@contextmanager
def fight() -> Iterator[Fight]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield Fight()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_who_is_replaced_again_and_again_ends() -> None:
    """The last of TAKEN_MOST replacements in a row ends the process, before it takes the name back once more."""
    with fight() as one:
        for _ in range(TAKEN_MOST - 1):
            one.replaced()
        assert one.ended == []
        one.group.reset_generation()
        assert one.ended == ["another process runs as w0 in group lane: give each a name of its own"]


def test_rebalances_are_no_fight() -> None:
    """Coming back to another generation is a rebalance, and forgives what was before."""
    with fight() as one:
        for generation in range(2, 20):
            one.replaced(generation)
            one.replaced(generation)
        assert one.ended == []


def test_a_loss_long_after_the_join_or_while_leaving_is_no_fight() -> None:
    """A member that was silent for a session, or that leaves, loses its place without anybody taking it."""
    for leaving in (False, True):
        with fight() as one:
            for _ in range(TAKEN_MOST - 1):
                one.replaced()
            if leaving:
                one.group._closing.set_result(None)
            else:
                one.now += 7
            one.group.reset_generation()
            assert one.ended == []
