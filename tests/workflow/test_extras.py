"""Where the ERP enforces no unique references: what was booked twice is found and reversed."""

from __future__ import annotations

from hypothesis import given
from milepost.tests.workflow.lives import Life, lives, seeds
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import doubled


@law
@given(lives(), seeds)
def test_a_document_too_many_is_reversed(life: Life, seed: int) -> None:
    """After posting passes, what was booked twice under one id is undone, and the net is what ought to be."""
    doubled(life, seed)
