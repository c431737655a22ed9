"""`milepost corpus`: any files at all are counted; a failure of ours is named and ends with 1."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from milepost.commands import corpus_counting, main
from milepost.commands.corpus_counting import count, files_of
from milepost.tests.codecs.corpus import CORPUS, needs
from milepost.tests.partners.shipped import DIRECTORY, dialects

SAMPLES = DIRECTORY / "samples"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main.run(["corpus", *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_every_shipped_sample_says_something() -> None:
    """Each sample is counted once, and what comes of it has its format, its kind and the dialect that says it."""
    paths = [one for one in files_of([SAMPLES]) if not one.name.endswith((".expected.json", ".out.json"))]
    found = count(paths, dialects())
    assert not found.failed
    assert found.total.files == len(paths)
    assert found.total.size == sum(path.stat().st_size for path in paths)
    advice = found.rows["x12", "x12/945"]
    assert advice.contracts >= advice.documents >= advice.files > 0
    assert "wms-x12" in advice.dialects
    assert found.rows["epcis", "epcis/ObjectEvent"].contracts > 0


def test_anything_else_is_counted_by_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files that nobody reads, broken ones and hidden ones: no error, and the reasons are told."""
    (tmp_path / "empty.edi").write_bytes(b"")
    (tmp_path / "sheet.zip").write_bytes(b"PK\x03\x04 and more")
    (tmp_path / "cut.edi").write_bytes(b"ISA*00*")
    (tmp_path / ".hidden").write_bytes(b"ISA*00*")
    (tmp_path / "deep.json").write_bytes(b"[" * 100_000)
    code, told = run(capsys, str(tmp_path))
    assert code == 0
    assert "bad_envelope 1" in told
    assert {one for one in ("empty", "zip", "x12") if one in told} == {"empty", "zip", "x12"}


def test_what_is_ours_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is not the codecs' one error is told with its file, and the others are counted."""
    shutil.copy(SAMPLES / "wms-x12" / "945-whole.edi", tmp_path / "good.edi")
    (tmp_path / "bad.json").write_text('{"a": 1}')
    read_as = corpus_counting.formats.read_as

    def broken(format: str, *arguments: object) -> object:
        if format != "x12":
            raise KeyError("nothing")
        return read_as(format, *arguments)

    monkeypatch.setattr(corpus_counting.formats, "read_as", broken)
    code, told = run(capsys, str(tmp_path))
    assert code == 1
    assert "bad.json: KeyError" in told
    assert "x12/945" in told


def test_a_folder_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says which folder, and what to do."""
    monkeypatch.setenv("MILEPOST_CORPUS", str(tmp_path / "none"))
    code, told = run(capsys)
    assert code == 1
    assert told.count("\n") == 1
    assert "set MILEPOST_CORPUS" in told
    assert run(capsys, str(tmp_path / "none"))[0] == 2
    assert run(capsys, str(tmp_path))[0] == 1  # no file in it


@needs("x12")
def test_strangers_files() -> None:
    """Every file of the folder is counted, none by a failure of ours; of those named here the figures are known."""
    found = count(files_of([CORPUS]), dialects())
    assert not found.failed
    known = {"x12/214": (3, 3), "x12/820": (1, 1), "x12/855": (6, 6), "x12/856": (4, 5), "x12/944": (1, 1)}
    for kind, (files, documents) in known.items():
        row = found.rows["x12", kind]
        assert row.files >= files
        assert row.documents >= documents
        assert row.contracts > 0, kind
