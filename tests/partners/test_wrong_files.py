"""What is put in a dialect's place by mistake: one clear line with file and line, exit 2, and no secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from milepost.codecs import flat
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.model import DialectErrors
from milepost.codecs.errors import DecodeError
from milepost.codecs.flat_options import COLUMNS_MAX, layout
from milepost.commands import main

GOOD = """partner: acme
role: wms
format: json
in: {drop: {}}
messages:
  - name: Größe
    when: {kind: json}
    say:
      - {emit: wms.packed, owner: {order: $.o}, at: {as: time, of: $.t}, body: {node: =N, package: $.p}}
"""
OUT = "out: {http: {url: '%s'}}\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dialects").mkdir()
    monkeypatch.setenv("MILEPOST_DIALECT_DIR", str(tmp_path / "dialects"))
    monkeypatch.setenv("MILEPOST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main.run([*arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.err


@pytest.mark.parametrize(
    ("value", "line", "said"),
    [
        (GOOD.encode("utf-16"), 1, "no UTF-8"),
        (GOOD.encode("latin-1"), 6, "no UTF-8, in which a dialect is written: invalid start byte (0xf6)"),
        (GOOD.replace("$.t", "$.t\0").encode(), 9, "a control character (0x00)"),
        ((GOOD + "x" * 600 + ": 1\n").encode(), 10, "at most 500 characters"),
        ((GOOD + "contract: {replaced_by: acme}\n").encode(), 10, "a circle: acme -> acme"),
        ((GOOD + OUT % "https://x.example/a?apikey=hunter2").encode(), 10, "has a key or token in it (not shown)"),
        ((GOOD + OUT % "https://x.example/a?v=1&sig=hunter2").encode(), 10, "has a key or token in it (not shown)"),
    ],
)
def test_a_file_that_is_none_is_told_by_its_line(value: bytes, line: int, said: str) -> None:
    """The problem stands at the line it is in, also where YAML itself would say the first one; no secret is shown."""
    with pytest.raises(DialectErrors) as caught:
        read_dialects({"acme.yaml": value})
    assert [(one.line, said in one.text) for one in caught.value.problems] == [(line, True)]
    assert "hunter2" not in str(caught.value)


def test_an_address_may_have_a_query() -> None:
    """What no name says to be secret is an address as any."""
    assert read_dialects({"acme.yaml": (GOOD + OUT % "https://x.example/a?v=2&site=N").encode()}).partners


def test_who_replaces_whom_ends_somewhere() -> None:
    """A circle is refused once, whoever is in it; a chain is none, and who is not there yet is no problem."""

    def of(name: str, after: str) -> bytes:
        return GOOD.replace("acme", name).encode() + f"contract: {{replaced_by: {after}}}\n".encode()

    files = {"a.yaml": of("a", "b"), "b.yaml": of("b", "c"), "c.yaml": of("c", "later")}
    assert len(read_dialects(files).partners) == 3
    with pytest.raises(DialectErrors) as caught:
        read_dialects({**files, "c.yaml": of("c", "a")})
    assert [(one.file, one.text) for one in caught.value.problems] == [
        ("c.yaml", "contract.replaced_by: a circle: c -> a -> b -> c"),
    ]


def test_the_verbs_say_what_to_do(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder where files are meant, a name that is nobody's, a link that leads nowhere: a line, and exit 2."""
    (desk / "dialects" / "acme.yaml").write_text(GOOD, encoding="utf-8")
    code, text = told(capsys, "partner", "try", "acme", "dialects")
    assert (code, "name its files, such as dialects/*" in text) == (2, True)
    code, text = told(capsys, "partner", "check", "amce")
    assert (code, f"there is no partner 'amce' in {desk}/dialects; there are: acme" in text) == (2, True)
    (desk / "dialects" / "moved.yaml").symlink_to(desk / "nowhere.yaml")
    code, text = told(capsys, "partner", "check")
    assert (code, "moved.yaml: No such file or directory" in text) == (2, True)


def test_up_says_at_once_that_a_secret_is_not_set(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a broker is started: whose secret it is, and where it was looked for."""
    hook = "in: {webhook: {signature: {scheme: bearer, secret: 'env:ACME_KEY'}}}"
    (desk / "dialects" / "acme.yaml").write_text(GOOD.replace("in: {drop: {}}", hook), encoding="utf-8")
    monkeypatch.delenv("ACME_KEY", raising=False)
    code, text = told(capsys, "up", "--partner", "acme")
    assert (code, text) == (2, "milepost: partner acme: secret env:ACME_KEY is not set or empty\n")
    assert not list(desk.rglob("kafka.log"))
    code, text = told(capsys, "up", "--partner", "amce")
    assert (code, "amce is no partner that sends anything; such are: acme" in text) == (2, True)


def test_a_header_of_any_width_is_read_or_refused_at_once() -> None:
    """More columns than any table has are one refusal; names that stand twice are found among many."""
    wide = layout({})
    fits = ",".join(f"c{number}" for number in range(COLUMNS_MAX))
    row = ",".join("x" for _ in range(COLUMNS_MAX))
    assert flat.read(f"{fits}\r\n{row}\r\n".encode(), wide).documents
    with pytest.raises(DecodeError) as caught:
        flat.read(f"{fits},more\r\n{row},x\r\n".encode(), wide)
    assert caught.value.reason == "too_large"
    with pytest.raises(DecodeError, match="two columns are named 'c7'"):
        flat.read(f"{fits.replace('c8,', 'c7,', 1)}\r\n{row}\r\n".encode(), wide)
