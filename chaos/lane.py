"""`python -m milepost.chaos.lane LANE WORKER TRAPS [RULE...]`: a lane as in production, but for the traps it minds.

RULE: a rule of the durable batch to do without.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from milepost.chaos.traps import Trapped
from milepost.chaos.without import take_out


def main(arguments: list[str]) -> None:
    """Run the lane until it ends, by a signal or by a trap. Exit 2, one line, when its topics do not fit."""
    from milepost.commands.lane_process import run_lane
    from milepost.runtime.errors import ConfigurationError
    from milepost.runtime.settings import from_environment

    lane, worker, traps, *rules = arguments

    def prepare(app: Any) -> None:
        app.durable.passing = Trapped(Path(traps), lane, worker)
        for rule in rules:
            take_out(rule)

    try:
        run_lane(lane, from_environment(os.environ), prepare)  # type: ignore[arg-type]
    except ConfigurationError as error:
        print(f"milepost: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(sys.argv[1:])
