"""What the ERP rejects waits for a person, whose retry acts through settle alone."""

from __future__ import annotations

from hypothesis import given
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import retried


@law
@given(lives(), seeds)
def test_a_retry_answers_exactly_one_rejection(life: Life, seed: int) -> None:
    """Under rejections and retries of everything, wanted or not, the ERP comes to what ought to be, and every attempt
    beyond the first has the person's retry of the one before; no
    rejection is shown that nobody need answer any more."""
    retried(life, seed)
