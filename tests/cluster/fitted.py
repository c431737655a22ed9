"""How the manifests fit a machine of two cores: what pods are told, how much of a core they have, when they scale."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from milepost.runtime.settings import PREFIX, Settings, to_environment
from milepost.tests.cluster.adapted import Fit
from milepost.tests.cluster.pod import Place

DATA_DIR: Final = f"{PREFIX}DATA_DIR"
ADDRESSES: Final = frozenset({DATA_DIR, f"{PREFIX}WEB_PORT", f"{PREFIX}WEB_HOST"})
"""What the kubelet gives each pod."""

MOST: Final = 6
# The burst leaves some 7,500 records in the topic that has the most: worth five workers, and five do not divide 12.
LAG_PER_REPLICA: Final = {"fulfilment": 1600, "intake": 20_000}
UP_S: Final = 5
DOWN_S: Final = 30
SHARES: Final = {"fulfilment": 0.1}
"""Of a core, for each pod of a lane: two cores hold the control plane, Kafka, six of these and the other lanes."""


def fit_of(settings: Settings) -> Fit:
    """The values that are this run's: its addresses and the demo's paces, and when a lane is scaled."""
    told, usual = to_environment(settings), to_environment(Settings())
    names = sorted(name for name in told if told[name] != usual.get(name) and name not in ADDRESSES)
    quiet = {f"{PREFIX}LOG_LEVEL": "info"}  # dev says debug: too much to say with a tenth of a core
    return Fit({name: told[name] for name in names} | quiet, LAG_PER_REPLICA, MOST, UP_S, DOWN_S)


def place_of(run_dir: Path) -> Place:
    """Where pods run, what they are told of it, and what they have of the machine."""
    return Place(logs=run_dir, environment={DATA_DIR: str(run_dir)}, shares=SHARES)
