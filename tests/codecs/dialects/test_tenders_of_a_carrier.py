"""A carrier that takes its tenders itself gets its own, and nobody else's; what is not of it goes where it went."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors
from milepost.codecs.dialects.sites import place_of, served_by
from milepost.contracts.instructions import (
    InstructionBody,
    LoadingReleased,
    TenderCancelled,
    TenderRequested,
    TransportPlanned,
)

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FILE = """
partner: %s
role: %s
format: json
in: {drop: {}}
out: {drop: {}}
instructions:
  - {of: instruct.tender, kind: json, document: {load: $.load}}
"""
SITES = """
sites:
  - site: tms
    by: [{dialect: planner}]
  - site: tms/carrier/RAIL
    by: [{dialect: rail}]
  - site: wms
    by: [{dialect: house}]
"""
ROLES = {"planner": "tms", "rail": "carrier", "house": "wms"}
FILES = {f"{name}.yaml": (FILE % (name, role)).encode() for name, role in ROLES.items()}


@pytest.mark.parametrize(
    ("recipient", "body", "name"),
    [
        ("tms", TenderRequested(load="L-1", attempt=1, carrier="RAIL"), "rail"),
        ("tms", TenderCancelled(load="L-1", tender="T-1", carrier="RAIL"), "rail"),
        ("tms", TenderRequested(load="L-1", attempt=2, carrier="ROAD"), "planner"),
        ("tms", TransportPlanned(
            order_id="SO-1", mode="ftl", lane="A-B", ship_to="C-1", nodes=("N",), weight_grams=1
        ), "planner"),
        ("wms", LoadingReleased(load="L-1", carrier="RAIL"), "house"),
    ],
)  # fmt: skip
def test_tenders_go_to_the_carrier_that_a_line_names(recipient: str, body: InstructionBody, name: str) -> None:
    """By the carrier it is for; another carrier's, a plan, a word to the warehouse go as they did."""
    dialects = read_dialects(FILES, SITES.encode())
    found = served_by(dialects, recipient, place_of(body), AT)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("site", ["tms/carrier", "tms/carrier/", "carrier/RAIL"])
def test_a_carrier_without_a_name_is_no_site(site: str) -> None:
    """The line is refused, and says what may stand there."""
    with pytest.raises(DialectErrors, match="tms/carrier/CARRIER"):
        read_dialects(FILES, SITES.replace("tms/carrier/RAIL", site).encode())
