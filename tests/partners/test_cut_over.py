"""S61: two dialects of a site side by side, with a switch in the middle: nothing is lost across it, nothing doubled."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from milepost.contracts.events import Event
from milepost.tests.partners import coarse_world
from milepost.tests.partners.shipped import heard
from milepost.tests.partners.words_coarse import as_csv, as_json

TIMES = sorted(one.at for one in coarse_world.told())
MIDDLE = TIMES[len(TIMES) // 2]
SITES = """
sites:
  - site: wms/DC-NORTH
    by:
      - {{dialect: wms-csv}}
      - {{from: "{since}", dialect: wms-json}}
  - site: wms/DC-SOUTH
    by:
      - {{dialect: wms-json}}
"""


def sites(since: datetime) -> str:
    return SITES.format(since=f"{since:%Y-%m-%dT%H:%M:%SZ}")


def counted(since: datetime, *, csv: bool = True, json: bool = True) -> tuple[list[Event], list[Event]]:
    """Return what counts and what is shadowed of the world, told by one system, the other, or both."""
    events: list[Event] = []
    shadowed: list[Event] = []
    for n, one in enumerate(coarse_world.told()):
        for wanted, partner, form in ((csv, "wms-csv", as_csv), (json, "wms-json", as_json)):
            if wanted:
                found = heard(partner, form(one), f"m{n}", sites(since))
                assert not found.refused
                events += found.events
                shadowed += found.shadowed
    return events, shadowed


@pytest.mark.parametrize("moved", [timedelta(0), timedelta(days=-3), timedelta(seconds=1)])
def test_each_fact_counts_once_across_the_switch(moved: timedelta) -> None:
    """Of what both say each fact counts exactly once, whenever the switch is; the other telling of it is shadowed."""
    events, shadowed = counted(MIDDLE + moved)
    facts = Counter((one.owner, one.business_key) for one in events)
    assert set(facts.values()) == {1}
    assert facts == Counter((one.owner, one.business_key) for one in shadowed)


def test_the_commands_are_those_of_one_system_alone() -> None:
    """The ERP is asked for what it would be asked for without any switch."""
    alone = [
        event for n, one in enumerate(coarse_world.told()) for event in heard("wms-json", as_json(one), f"m{n}").events
    ]
    events, _ = counted(MIDDLE)
    assert coarse_world.commands([*coarse_world.others(), *events]) == coarse_world.commands(
        [*coarse_world.others(), *alone]
    )


def test_who_counts_is_said_by_the_facts_own_time() -> None:
    """Of the site that switches, the old dialect's word counts up to the moment, the new one's from it; the other site
    hears the new one alone, and late or early arrival changes nothing."""
    events, _ = counted(MIDDLE)
    for one in events:
        north = one.body.node == "DC-NORTH"
        assert one.partner == ("wms-csv" if north and one.occurred_at < MIDDLE else "wms-json")


def test_rolled_back_the_old_one_counts_again() -> None:
    """A switch that is taken out of the file is as if it never was."""
    events, _ = counted(TIMES[-1] + timedelta(days=1), json=False)
    north = [one for one in events if one.body.node == "DC-NORTH"]
    told = [one for one in coarse_world.told() if one.node == "DC-NORTH"]
    assert {one.owner for one in north} == {one.order for one in told}
