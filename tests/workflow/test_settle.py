"""settle is a difference: applied, it leaves none."""

from __future__ import annotations

from hypothesis import given
from milepost.tests.workflow import laws
from milepost.tests.workflow.known_rules import RULES
from milepost.tests.workflow.lives import BY_HAND, UNHELD, Life, lives, seeds, without
from milepost.tests.workflow.profile import law
from milepost.tests.workflow.runs import started
from milepost.workflow import step
from milepost.workflow.outbox import chains
from milepost.workflow.settle import settle


@law
@given(lives(), seeds)
def test_settling_twice_sends_nothing(life: Life, seed: int) -> None:
    """At any moment of a life, a second settle on the same record and decision finds nothing more to send."""
    for record in started(life, seed).shell.hot.values():
        copy, decision = record.copy(), step.decide(record, RULES)
        settle(copy, decision, RULES.tenant, None)
        again = copy.copy()
        assert settle(again, decision, RULES.tenant, None) == []
        assert again == copy


@law
@given(lives(among=without(*BY_HAND, among=UNHELD)), seeds)
def test_repeated_settling_ends_at_what_ought_to_be(life: Life, seed: int) -> None:
    """From any moment of a life, accepting what settle sends until it sends nothing leaves exactly the documents that
    ought to exist, with at most one command of a chain under way at a time."""
    for record in started(life, seed).shell.hot.values():
        trial, decision = record.copy(), step.decide(record, RULES)
        for turn in range(30):
            open_ones = [e for e in trial.outbox.values() if laws.state(e) == "open"]
            for n, entry in enumerate(open_ones):
                laws.accept(trial, step.command_of(trial, entry), RULES, f"{turn}-{n}")
            sent = settle(trial, decision, RULES.tenant, None)
            assert len({e.chain for e in sent}) == len(sent), "two commands of one chain at once"
            if not sent and not open_ones:
                break
        live = {c: [e.document for e in found.live] for c, found in chains(trial).items() if found.live}
        assert live == {c: [o.document] for c, o in decision.ought.items()}
