"""The gateway to a partner that takes files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.dispatch.drop import NAME_MAX_CHARS, DropPartner, file_name
from milepost.runtime.dispatch.parcel import Way
from milepost.runtime.dispatch.partners import gateway_of
from milepost.runtime.erp.protocol import Accepted, Busy
from milepost.tables.delivery import Delivery
from milepost.tests.dispatch.told import EPOCH, partner, way

PARCEL = Delivery(id="d-1", owner="SO-1", partner="acme", what="answer", asked_at=EPOCH, way=way(), value=b"ISA*00~")


def test_a_file_is_there_whole_and_alone(tmp_path: Path) -> None:
    """What is delivered stands in the partner's folder under its name, and nothing else does; again changes nothing."""
    gateway = DropPartner(tmp_path / "acme" / "out")
    for _ in range(2):
        assert asyncio.run(gateway.post(PARCEL)) == Accepted("file a.json")
    assert {path.name: path.read_bytes() for path in (tmp_path / "acme" / "out").iterdir()} == {"a.json": b"ISA*00~"}
    assert asyncio.run(gateway.find("d-1")) == ()


def test_an_answer_that_nobody_fetched_is_not_written_over(tmp_path: Path) -> None:
    """Two files of one name have two answers, both there until they are fetched; each again changes nothing."""
    gateway = DropPartner(tmp_path)
    one, other = (
        msgspec.structs.replace(PARCEL, id=id_, value=value, way=Way(name="orders.edi.997"))
        for id_, value in (("d-1", b"of Monday"), ("d-2", b"of Tuesday"))
    )
    for parcel in (one, other, other):
        assert isinstance(asyncio.run(gateway.post(parcel)), Accepted)
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"of Monday", b"of Tuesday"]
    assert (tmp_path / "orders.edi.997").read_bytes() == b"of Monday"
    assert {path.suffix for path in tmp_path.iterdir()} == {".997"}


@pytest.mark.parametrize("planted", ["a.json", ".a.json.part"])
def test_a_link_in_the_folder_leads_nowhere(tmp_path: Path, planted: str) -> None:
    """A partner that may write into its folder makes us write nothing outside it."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"ours")
    out = tmp_path / "out"
    out.mkdir()
    (out / planted).symlink_to(outside)
    assert isinstance(asyncio.run(DropPartner(out).post(PARCEL)), Accepted)
    assert outside.read_bytes() == b"ours"
    assert PARCEL.value in [path.read_bytes() for path in out.iterdir() if not path.is_symlink()]


def test_a_disk_that_fails_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the bytes cannot be made durable nothing is there under the name, and it is tried again."""

    def broken(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", broken)
    told = asyncio.run(DropPartner(tmp_path).post(PARCEL))
    assert isinstance(told, Busy)
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_it_waits(tmp_path: Path) -> None:
    """Where no folder for files is set, a delivery waits and says what to set."""
    gateway = gateway_of(partner("acme", drop=True), None)
    assert gateway is not None
    told = asyncio.run(gateway.post(PARCEL))
    assert isinstance(told, Busy)
    assert "MILEPOST_DROP_DIR" in told.text
    assert gateway_of(partner("acme", drop=True), tmp_path) is not None


@given(st.text(max_size=400))
def test_any_name_is_a_name_in_one_folder(wanted: str) -> None:
    """Whatever a message is called, its file lies in the folder, is not hidden, and is no longer than allowed."""
    name = file_name(wanted)
    assert name == Path(name).name
    assert not name.startswith(".")
    assert 0 < len(name) <= NAME_MAX_CHARS + 20


@given(st.text(max_size=200), st.text(max_size=200))
def test_two_names_stay_two(one: str, other: str) -> None:
    """Names that differ do not become one file."""
    assert (file_name(one) == file_name(other)) == (one == other)


def test_a_name_that_leads_elsewhere_does_not(tmp_path: Path) -> None:
    """A name with a path in it is written into the folder."""
    escaping = msgspec.structs.replace(PARCEL, way=Way(name="../../etc/passwd"))
    asyncio.run(DropPartner(tmp_path / "out").post(escaping))
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "out"]
