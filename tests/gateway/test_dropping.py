"""Laws of dropped files: each is taken once, whole, by one process; nothing follows a link; nothing is lost."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.gateway.dropping import Dropping
from milepost.gateway.folders import ABANDONED_S, NAME_CHARS, Folders, plain_name
from milepost.gateway.identity import digest_of
from milepost.gateway.once import Once
from milepost.runtime.errors import ConfigurationError
from milepost.tests.gateway.support import Broker, Clock, partner


class Drop:
    """One process's files of partner acme."""

    def __init__(self, root: Path, broker: Broker, instance: str = "0", pattern: str = "*") -> None:
        self.home, self.broker, self.clock = root / "acme", broker, Clock(0)
        self.counted = list[str]()
        partners = {"acme": partner(pattern=pattern, format="x12")}
        self.dropping = Dropping(
            root, instance, partners, broker, Once(), now=self.clock, counted=self.counted.append
        )  # fmt: skip
        self.dropping.prepare()

    def put(self, name: str, value: bytes) -> Path:
        path = self.home / "in" / name
        path.write_bytes(value)
        return path

    def looks(self, times: int = 1) -> None:
        for _ in range(times):
            asyncio.run(self.dropping.look())

    def names(self, folder: str) -> list[str]:
        found = (self.home / folder).rglob("*")
        return sorted(str(p.relative_to(self.home / folder)) for p in found if p.is_symlink() or not p.is_dir())


@pytest.fixture
def broker() -> Broker:
    return Broker()


def test_a_whole_file_is_taken_and_finished(tmp_path: Path, broker: Broker) -> None:
    """A file that looked the same twice is on the topic with its name, and lies in finished."""
    drop = Drop(tmp_path, broker)
    drop.put("945 #1.edi", b"ISA")
    drop.looks(2)
    (record,) = broker.records
    assert (record.key.decode(), record.value) == (f"acme/{digest_of(b'ISA')}", b"ISA")
    headers = dict(record.headers)
    assert (headers["transport"], headers["name"]) == (b"drop", b"945__1.edi")
    assert (drop.names("finished"), drop.names("in"), drop.names("claimed")) == (["945__1.edi"], [], [])
    assert drop.counted == ["finished"]


def test_a_file_that_still_grows_is_left(tmp_path: Path, broker: Broker) -> None:
    """While a file changes between two looks it stays where it is; what marks itself as partial is never looked at."""
    drop = Drop(tmp_path, broker, pattern="*.edi")
    path = drop.put("a.edi", b"I")
    for name in ("b.edi.part", ".c.edi", "d.EDI.tmp", "e.txt"):
        drop.put(name, b"x")
    for more in (b"IS", b"ISA", b"ISA*"):
        drop.looks()
        path.write_bytes(more)
        os.utime(path, ns=(len(more), len(more)))
    assert broker.records == []
    drop.looks(2)
    assert broker.values() == [b"ISA*"]
    assert drop.names("in") == [".c.edi", "b.edi.part", "d.EDI.tmp", "e.txt"]


def test_what_says_that_it_is_partial_is_left(tmp_path: Path, broker: Broker) -> None:
    """Names of unfinished uploads are never taken, however long they look the same."""
    drop = Drop(tmp_path, broker)
    for name in ("a.edi.part", ".hidden", "b.TMP", "c.filepart"):
        drop.put(name, b"x")
    drop.looks(4)
    assert (broker.records, len(drop.names("in"))) == ([], 4)


def test_a_file_renamed_over_another_is_looked_at_anew(tmp_path: Path, broker: Broker) -> None:
    """A file that took the name of one that was seen is another file, though it has its size and time."""
    drop = Drop(tmp_path, broker)
    path = drop.put("a", b"one")
    os.utime(path, ns=(5, 5))
    drop.looks()
    other = drop.put(".b", b"two")
    os.utime(other, ns=(5, 5))
    other.rename(path)
    drop.looks()
    assert broker.records == []
    drop.looks()
    assert broker.values() == [b"two"]


def test_two_gateways_never_take_the_same_file(tmp_path: Path, broker: Broker) -> None:
    """Of two processes that look at one folder in any order, exactly one takes each file."""
    one, two = Drop(tmp_path, broker, "one"), Drop(tmp_path, broker, "two")
    for n in range(40):
        one.put(f"{n}", b"%d" % n)

    async def both() -> None:
        for _ in range(3):
            await asyncio.gather(one.dropping.look(), two.dropping.look())

    asyncio.run(both())
    assert sorted(broker.values()) == sorted(b"%d" % n for n in range(40))
    assert len(one.names("finished")) == 40


def test_what_can_never_be_taken_is_put_aside_with_its_reason(tmp_path: Path, broker: Broker) -> None:
    """Empty files, links, folders, pipes and files past the limit lie in failed beside their reason, unread."""
    drop = Drop(tmp_path, broker)
    secret = tmp_path / "secret"
    secret.write_bytes(b"of another")
    (drop.home / "in" / "link").symlink_to(secret)
    (drop.home / "in" / "folder").mkdir()
    os.mkfifo(drop.home / "in" / "pipe")
    drop.put("empty", b"")
    with (drop.home / "in" / "large").open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    drop.looks(2)
    assert broker.records == []
    said = {
        name: (drop.home / "failed" / f"{name}.reason").read_text()
        for name in ("link", "folder", "pipe", "empty", "large")
    }
    assert "not followed" in said["link"] and "not followed" in said["folder"] and "not followed" in said["pipe"]  # noqa: PT018
    assert said["empty"] == "empty\n"
    assert "at most" in said["large"]
    assert (drop.home / "failed" / "link").is_symlink()
    assert secret.read_bytes() == b"of another"
    assert drop.counted == ["failed"] * 5
    drop.looks(3)
    assert drop.counted == ["failed"] * 5


def test_a_file_that_cannot_be_read_holds_up_no_other(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that we may not read waits where it is, told once; those behind it are taken, and it too when it may be."""
    drop = Drop(tmp_path, broker)
    read = Folders.read

    def locked(folders: Folders, path: Path, limit: int) -> bytes:
        if path.name == "a":
            raise PermissionError(13, "Permission denied")
        return read(folders, path, limit)

    with monkeypatch.context() as patch:
        patch.setattr(Folders, "read", locked)
        for name in ("a", "b"):
            drop.put(name, name.encode())
        drop.looks(4)
    assert (broker.values(), drop.names("claimed")) == ([b"b"], ["0/a"])
    assert [one.getMessage() for one in caplog.records] == [
        "files of partner acme wait: PermissionError Permission denied"
    ]
    drop.looks()
    assert broker.values() == [b"b", b"a"]


def test_without_a_broker_files_wait(tmp_path: Path, broker: Broker) -> None:
    """What the broker has not acknowledged stays claimed, and is taken when it is back, in the order of names."""
    drop = Drop(tmp_path, broker)
    broker.is_away = True
    for name in ("b", "a"):
        drop.put(name, name.encode())
    drop.looks(4)
    assert (drop.names("claimed"), drop.names("finished"), drop.counted) == (["0/a", "0/b"], [], [])
    broker.is_away = False
    drop.looks()
    assert (broker.values(), drop.names("finished")) == ([b"a", b"b"], ["a", "b"])


def test_a_crash_before_the_move_says_nothing_new(tmp_path: Path, broker: Broker) -> None:
    """A file that was published and not yet moved is taken again by the next process, under the same id."""
    drop = Drop(tmp_path, broker)
    drop.put("a", b"ISA")
    drop.dropping._folders["acme"][1].finish = _crash  # type: ignore[method-assign]
    for _ in range(2):
        try:
            drop.looks()
        except KeyboardInterrupt:
            break
    assert drop.names("claimed") == ["0/a"]
    again = Drop(tmp_path, broker)
    again.looks()
    assert [r.key for r in broker.records] == [broker.records[0].key] * 2
    assert again.names("finished") == ["a"]


def _crash(path: Path) -> None:
    raise KeyboardInterrupt


def test_what_a_dead_process_claimed_is_taken_over(tmp_path: Path, broker: Broker) -> None:
    """A file claimed by another process is left to it for a while, then taken by whoever is quicker."""
    dead = Drop(tmp_path, broker, "dead")
    dead.put("a", b"ISA")
    broker.is_away = True
    dead.looks(2)
    broker.is_away = False
    other = Drop(tmp_path, broker, "other")
    claimed_s = (dead.home / "claimed" / "dead" / "a").stat().st_ctime
    other.clock.now_s = claimed_s + ABANDONED_S - 1
    other.looks(2)
    assert broker.records == []
    other.clock.now_s = claimed_s + ABANDONED_S + 1
    other.looks()
    assert (broker.values(), other.names("finished")) == ([b"ISA"], ["a"])


def test_names_never_meet(tmp_path: Path, broker: Broker) -> None:
    """Two files whose names become one plain name, or that come again under it, are all kept."""
    drop = Drop(tmp_path, broker)
    for value in (b"1", b"2"):
        drop.put("a b", value)
        drop.put("a#b", value + b"#")
        drop.looks(2)
    assert len(broker.records) == 4
    finished = [(drop.home / "finished" / name).read_bytes() for name in drop.names("finished")]
    assert sorted(finished) == [b"1", b"1#", b"2", b"2#"]


@given(st.text(max_size=300) | st.binary(max_size=80).map(os.fsdecode))
def test_a_name_is_made_plain(name: str) -> None:
    """Whatever a file is called, its plain name is a single visible name of a few plain signs."""
    plain = plain_name(name)
    assert 1 <= len(plain) <= NAME_CHARS
    assert plain.isascii() and not set(plain) - set(  # noqa: PT018
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
    )
    assert not plain.startswith(".")
    assert plain_name(plain) == plain


def test_a_link_for_a_folder_is_refused(tmp_path: Path, broker: Broker) -> None:
    """A folder that is a link is refused at the start; one that becomes a link later stops that partner alone."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "drop" / "acme").mkdir(parents=True)
    (tmp_path / "drop" / "acme" / "in").symlink_to(elsewhere)
    with pytest.raises(ConfigurationError, match="acme cannot be had"):
        Drop(tmp_path / "drop", broker)
    drop = Drop(tmp_path / "other", broker)
    (drop.home / "in").rmdir()
    (drop.home / "in").symlink_to(elsewhere)
    (elsewhere / "a").write_bytes(b"stolen")
    drop.looks(3)
    assert broker.records == []
    assert (elsewhere / "a").exists()


def test_folders_are_no_bodys_business(tmp_path: Path) -> None:
    """The folders are made for owner and group alone."""
    Folders(tmp_path / "drop" / "acme", "0", "*").prepare()
    for folder in (tmp_path / "drop" / "acme").rglob("*"):
        assert folder.stat().st_mode & 0o007 == 0
