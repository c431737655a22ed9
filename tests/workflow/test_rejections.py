"""What the ERP rejects waits for a person, whose retry acts through settle alone."""

from __future__ import annotations

from hypothesis import given
from milepost.contracts.controls import PostingRetried
from milepost.contracts.events import Event
from milepost.contracts.postings import PostingAnswered
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import converges


@law
@given(lives(), seeds)
def test_a_retry_answers_exactly_one_rejection(life: Life, seed: int) -> None:
    """Under rejections and retries of everything, wanted or not, the ERP comes to what ought to be, and every attempt
    beyond the first has the person's retry of the one before."""
    world = converges(life, seed, rejecting=True)
    heard = [e for log in world.shell.logs for e in log if isinstance(e, Event)]
    answered = {(e.body.posting, e.body.attempt) for e in heard if isinstance(e.body, PostingRetried)}
    tried = {(e.body.command.id, e.body.command.attempt) for e in heard if isinstance(e.body, PostingAnswered)}
    assert all((id_, attempt - 1) in answered for id_, attempt in tried if attempt)
