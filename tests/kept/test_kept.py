"""What earlier releases wrote: this one reads it, decides the same of it, and sends nothing on its account."""

from __future__ import annotations

import lzma
from base64 import b85decode
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest
from milepost.contracts.events import Event
from milepost.runtime.rules_files import load_rules
from milepost.runtime.settings import ROOT
from milepost.tables import command_log, ledgers
from milepost.workflow.evolve import Arrival
from milepost.workflow.journalled import content
from milepost.workflow.record import READS, SCHEMA, Fact, Record, SchemaTooNew, decode, encode
from milepost.workflow.step import decide, step
from milepost.workflow.stub import decode_stub, is_stub

RELEASES = sorted(path.name.removesuffix(".jsonl.xz") for path in Path(__file__).parent.glob("*.jsonl.xz"))
RULES = load_rules(ROOT / "policies", ROOT / "reference", "main")


def kept(release: str, *tables: str) -> Iterator[tuple[str, bytes]]:
    lines = lzma.decompress(Path(__file__).with_name(f"{release}.jsonl.xz").read_bytes()).splitlines()
    for row in map(orjson.loads, lines):
        if row["table"] in tables:
            yield row["key"], b85decode(row["value"])


def records(release: str) -> list[Record]:
    return [decode(value) for _, value in kept(release, "orders", "loads") if not is_stub(value)]


def test_there_is_something_kept() -> None:
    """The first release is here, and each that is here has rows of orders, loads, commands and ledgers."""
    assert "0.1.0" in RELEASES
    for release in RELEASES:
        assert all(any(kept(release, table)) for table in ("orders", "loads", "commands", "ledgers"))


@pytest.mark.parametrize("release", RELEASES)
def test_what_was_decided_is_decided_again(release: str) -> None:
    """On every kept record the present code decides what that release decided; where it may not, CODE_VERSION was
    raised and the difference is held as DECISION_DRIFT: this test is then given that release's list of differences.
    """
    differing = [one.key for one in records(release) if one.decided not in ("", content(decide(one, RULES)))]
    assert differing == []


@pytest.mark.parametrize("release", RELEASES)
def test_the_first_duplicate_after_a_deployment_sends_nothing(release: str) -> None:
    """A fact that a kept record knows, met by the present code, commands and tells nothing and holds nothing."""
    for record in records(release):
        known = next(iter(record.facts.items()), None)
        if known is None:
            continue
        _, said = step(record, [Arrival(_again(record.key, *known))], RULES, record.epoch + 1)
        assert (said.commands, said.instructions, said.notices, said.exceptions) == ([], [], [], []), record.key


def _again(owner: str, key: str, variants: Sequence[Fact]) -> Event:
    fact = variants[0]
    return Event(event_id="again", business_key=key, owner=owner, occurred_at=fact.occurred_at, source="kept",
                 body=fact.body)  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_what_is_written_again_is_of_the_present_schema(release: str) -> None:
    """Every kept row is read, and reads the same after it was written again."""
    for record in records(release):
        assert record.schema == SCHEMA
        assert decode(encode(record)) == record
    for _, value in kept(release, "orders", "loads"):
        assert not is_stub(value) or decode_stub(value).key
    for key, value in kept(release, "commands"):
        assert command_log.merge_bytes("commands", key, value, value)
    for key, value in kept(release, "ledgers"):
        assert ledgers.merge("ledgers", key, value, value)


def test_readers_are_released_before_writers() -> None:
    """No schema is written that the release itself, or the one before, could not read."""
    assert SCHEMA <= READS <= SCHEMA + 1


@pytest.mark.parametrize("release", RELEASES)
def test_a_record_of_a_release_after_the_next_is_refused_and_stays(release: str) -> None:
    """Bytes of a schema beyond READS give SchemaTooNew, whatever else stands in them; nothing is written for them."""
    record = records(release)[0]
    record.schema = READS + 1
    value = encode(record)
    with pytest.raises(SchemaTooNew, match=f"schema {READS + 1}, this version reads up to {READS}"):
        decode(value)
