"""A deployment that is taken back before anyone released what it would change leaves nothing to be held."""

from __future__ import annotations

from milepost.contracts.controls import CAUSES_MAX, DecisionDrifted
from milepost.workflow.counted import Counted
from milepost.workflow.record import Record
from milepost.workflow.rules import Rules


def undone_by(record: Record, rules: Rules) -> tuple[str, ...]:
    """Return the keys of the open drifts that are over now that code and rules are these.

    Those are the one that led away from code and rules that are here, and all that came later: since then everything
    was held, so what was sent is what these decided. Had anybody released that one, there would be something to undo
    at the ERP, and a person is asked.
    """
    counted = Counted(record)
    drifts = counted.standing(DecisionDrifted)
    still = sorted((fact.version, key, body.before) for key, fact, body in drifts if key not in counted.released)
    first = next((n for n, (_, _, before) in enumerate(still) if rules.known(before)), len(still))
    gone = tuple(key for _, key, _ in still[first:])
    return gone if len(gone) <= CAUSES_MAX else ()
