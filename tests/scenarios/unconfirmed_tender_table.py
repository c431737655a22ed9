"""May the warehouse ship while the carrier's confirmation is outstanding? Twelve answers, written before the code.

One order of 10 units (cost 40.00, price 60.00 EUR, billed on goods issue) travels on load L-1. The load is tendered to
CARRIER-A at 1,120.00. At the deadline before cut-off nobody has answered. What happens then, by the policy's word:

- ``hold``: the warehouse is not told to load until a carrier has accepted.
- ``provisional``: it loads for the contract carrier CARRIER-D; 1,000.00 is accrued, the customer is told nothing.
- ``retender``: CARRIER-A's tender is withdrawn, CARRIER-B is asked at 1,180.00; the warehouse waits.

Who asks the second carrier: under ``hold`` the TMS alone, if anybody; under ``provisional`` and ``retender`` Milepost
has the TMS ask CARRIER-A, then CARRIER-B (of the provisional rows only ``late_accept_other`` sees that offer made). In
every row time runs past all deadlines: a carrier that is asked and not named in the row never answers.

Each row is the ERP's net in minor units of EUR when all is quiet: cost of goods sold (against inventory), receivable
(against revenue) and freight expense (against accrued freight); whether the warehouse was told to load; whether the
customer was told of a carrier; and the exceptions a person sees.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Answer = Literal["no_answer", "late_accept_same", "late_accept_other", "late_reject"]
Practice = Literal["hold", "provisional", "retender"]


class Row(NamedTuple):
    answer: Answer
    practice: Practice
    cost_of_goods_sold: int
    receivable: int
    freight_expense: int
    told_to_load: bool
    customer_told: str  # the carrier, or nothing
    exceptions: frozenset[str]


def _row(answer: Answer, practice: Practice, ledger: tuple[int, int, int], load: bool, told: str, *shown: str) -> Row:
    return Row(answer, practice, *ledger, load, told, frozenset(shown))


TABLE: Final = (
    # hold: nothing leaves without a carrier
    _row("no_answer", "hold", (0, 0, 0), False, "", "TENDER_UNANSWERED", "CARRIER_UNCONFIRMED"),
    _row("late_accept_same", "hold", (400_00, 600_00, 1_120_00), True, "CARRIER-A"),
    _row("late_accept_other", "hold", (400_00, 600_00, 1_180_00), True, "CARRIER-B"),
    _row("late_reject", "hold", (0, 0, 0), False, "", "NO_CARRIER", "CARRIER_UNCONFIRMED"),
    # provisional: goods leave, freight is accrued at the contract rate, and corrected by what the carrier says later
    _row(
        "no_answer", "provisional", (400_00, 600_00, 1_000_00), True, "", "TENDER_UNANSWERED", "SHIPPED_PROVISIONALLY"
    ),
    _row("late_accept_same", "provisional", (400_00, 600_00, 1_120_00), True, "CARRIER-A"),
    _row("late_accept_other", "provisional", (400_00, 600_00, 1_180_00), True, "CARRIER-B"),
    _row("late_reject", "provisional", (400_00, 600_00, 0), True, "", "CARRIER_REJECTED_LATE"),
    # retender: the next carrier is asked; what the first one says after that binds nobody
    _row("no_answer", "retender", (0, 0, 0), False, "", "NO_CARRIER", "CARRIER_UNCONFIRMED"),
    _row("late_accept_same", "retender", (0, 0, 0), False, "", "STALE_ANSWER", "NO_CARRIER", "CARRIER_UNCONFIRMED"),
    _row("late_accept_other", "retender", (400_00, 600_00, 1_180_00), True, "CARRIER-B"),
    _row("late_reject", "retender", (0, 0, 0), False, "", "NO_CARRIER", "CARRIER_UNCONFIRMED"),
)
