"""Samples in other scripts, of fixed width, with a spreadsheet's headings: what is drafted of them, what is unsaid."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from milepost.codecs.formats import recognise
from milepost.commands import main


def wide(text: str, width: int) -> str:
    """Pad a cell to so many bytes, as a system does that counts them."""
    return text + " " * (width - len(text.encode("cp932")))


LINES = [
    f"D20260304SO-1001 1{wide('緑茶', 12)}  2{wide('出荷済', 6)}",
    f"D20260304SO-1001 2{wide('ほうじ茶', 12)} 14{wide('欠品', 6)}",
    f"D20260305SO-1002 1{wide('緑茶', 12)}  1{wide('引当済', 6)}",
    "T00003",
]
NIGHTLY = "".join(f"{line}\r\n" for line in LINES).encode("cp932")
SHEET = b'"Order No",Item #,Qty shipped,"Event: type",Date/Time\r\n' + b"".join(
    b"SO-%d,I-%d,5,%s,2026-03-04 10:00\r\n" % row
    for row in [(1, 1, b"SHIPPED"), (1, 2, b"SHIPPED"), (2, 2, b"RECEIVED")]
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dialects").mkdir()
    (tmp_path / "samples").mkdir()
    monkeypatch.setenv("MILEPOST_DIALECT_DIR", str(tmp_path / "dialects"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main.cli, ["partner", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_fixed_width_in_bytes_is_recognised_with_its_columns() -> None:
    """Lines as long as each other in bytes alone are fixed width in bytes, its date a column, the trailer beside it."""
    found = recognise(NIGHTLY, "", "nightly.txt")
    assert found.format == "fixed"
    assert (found.options["encoding"], found.options["positions"], found.options["footer"]) == ("cp932", "bytes", 1)
    columns = found.options["columns"]
    assert isinstance(columns, dict)
    assert list(columns.values())[:3] == ["1-1", "2-9", "10-17"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp932"])
def test_a_table_in_japanese_is_one_in_each_encoding(encoding: str) -> None:
    """The delimiter, the header and the encoding are found, with a mark at the beginning or without."""
    found = recognise("区分\t受注\t品名\r\n出荷\tSO-1\t緑茶\r\n入荷\tSO-2\t煎茶\r\n".encode(encoding))
    assert found.format == "csv"
    assert found.options == ({} if encoding == "utf-8" else {"encoding": encoding}) | {"delimiter": "tab"}


@pytest.mark.parametrize("text", ["Größe;Stück\r\nmäßig;é état\r\nüber;ö\r\n", "Ærø;Ålesund\r\nÅ;Ø\r\nå;ø\r\n"])
def test_western_text_is_not_taken_for_japanese(text: str) -> None:
    """Text in cp1252 stays that, though many of its bytes are a Japanese character, too."""
    assert recognise(text.encode("cp1252")).options["encoding"] == "cp1252"


def test_columns_are_named_by_a_person_and_drafted_again(desk: Path) -> None:
    """The first draft has the columns it guessed, to be named; a second one by `--read` knows what the names mean."""
    (desk / "samples" / "nightly.txt").write_bytes(NIGHTLY)
    assert ran("onboard", "acme", "--samples", "samples", "--to", "acme.yaml")[0] == 0
    first = (desk / "acme.yaml").read_text()
    assert "column_2: 2-9" in first
    assert "緑茶" in first  # so that a person sees whether the encoding is right
    names = "record: 1-1, date: 2-9, order_no: 10-17, line_no: 18-18, item: 19-30, quantity: 31-33, status: 34-39"
    head = first[: first.index("read:")]
    read = f"read: {{encoding: shift_jis, positions: bytes, trailer: {{starts: T, at: 2-6}}, columns: {{{names}}}}}\n"
    (desk / "named.yaml").write_text(head + read)
    code, told = ran("onboard", "acme", "--samples", "samples", "--read", "named.yaml")
    drafted = (desk / "dialects" / "acme.yaml").read_text()
    assert code == 0
    assert "guessed" not in drafted
    assert "$.order_no" in drafted
    assert "quantity: {as: quantity, of: .quantity, item: .item}" in drafted
    assert "status: 出荷済, 引当済, 欠品" in told.replace("$.rows[*].", "")


def test_read_by_a_file_that_says_nothing_is_told(desk: Path) -> None:
    """A layout without a format, or with columns that are none, is one line and exit 2."""
    (desk / "samples" / "nightly.txt").write_bytes(NIGHTLY)
    for text, said in (("partner: acme\n", "format"), ("format: fixed\nread: {columns: {a: x}}\n", "columns: a")):
        (desk / "named.yaml").write_text(text)
        code, told = ran("onboard", "acme", "--samples", "samples", "--read", "named.yaml")
        assert (code, said in told) == (2, True)


def test_headings_of_a_spreadsheet_are_names_too(desk: Path) -> None:
    """Blanks, signs and colons in a heading are no obstacle: what they mean is seen, and the draft is YAML."""
    (desk / "samples" / "sheet.csv").write_bytes(SHEET)
    assert ran("onboard", "sheets", "--samples", "samples")[0] == 0
    drafted = (desk / "dialects" / "sheets.yaml").read_text()
    assert """'$["Event: type"]': SHIPPED""" in drafted
    assert """quantity: {as: quantity, of: '.["Qty shipped"]', item: '.["Item #"]'}""" in drafted
    assert ran("check", "sheets")[0] == 1  # sound, and something left to decide


SAYS = """
partner: acme
role: wms
format: fixed
read:
  {encoding: cp932, positions: bytes, footer: 1, group_by: order,
   columns: {date: 2-9, order: 10-17, line: 18-18, quantity: 31-33, status: 34-39}}
time: {zone: Asia/Tokyo}
in: {drop: {}}
messages:
  - name: all
    when: {kind: csv}
    say:
      - emit: wms.pick_confirmed
        each: $.rows
        if: {.status: 出荷済}
        owner: {order: $.order}
        at: {as: time, of: .date, format: "%Y%m%d"}
        body: {node: =N, line: .line, quantity: {as: quantity, of: .quantity}}
"""


def test_rows_that_say_nothing_are_named(desk: Path) -> None:
    """A row whose word no condition names is lost without an error: `try` says which rows those are."""
    (desk / "dialects" / "acme.yaml").write_text(SAYS)
    (desk / "nightly.txt").write_bytes(NIGHTLY)
    code, told = ran("try", "acme", "nightly.txt")
    assert code == 0
    assert "nothing is said of: row 1 and 1 more, $.rows[1], row 3" in told
    assert "出荷済" in told  # the left side is in the file's own letters


def test_a_partner_of_whose_words_none_is_known(desk: Path) -> None:
    """Kinds of message are found by their values, also where one sort of message has none; the role is a question."""
    for name, text in {
        "a": '{"zprava": "PRIJETI", "kdy": "04.03.2026 16:05:10", "vagon": "31-1"}',
        "b": '{"zprava": "ODMITNUTI", "kdy": "04.03.2026 16:05:10", "duvod": "NEMAME_VOZY"}',
        "c": '{"snimek": {"porizen": "05.03.2026 10:10:00", "zasilky": [{"vagon": "31-1"}]}}',
    }.items():
        (desk / "samples" / f"{name}.json").write_text(text)
    code, told = ran("onboard", "rail", "--samples", "samples")
    drafted = (desk / "dialects" / "rail.yaml").read_text()
    assert code == 0
    assert "?         $.vagon: 31-1" in told
    assert "$.duvod: NEMAME_VOZY" in told
    assert "coverage: 3 of 3 samples say something" in told
    assert "when: {kind: json, $.zprava: ODMITNUTI}" in drafted
    assert "when: {kind: json, $.zprava: {present: false}}" in drafted
    assert "role: wms   # TODO" in drafted


STATES = """
partner: rail
role: carrier
format: json
time: {zone: Europe/Prague}
in: {drop: {}}
messages:
  - name: all
    when: {kind: json}
    say:
      - emit: tms.picked_up
        each: [$.wagons, .states]
        if: {.code: LOADED}
        owner: {load: ..load}
        at: {as: time, of: .at}
        body: {load: ..load}
      - emit: tms.eta
        each: $.wagons
        if: {.eta: {present: true}}
        owner: {load: .load}
        at: {as: time, of: .since}
        body: {load: .load, eta: {as: time, of: .eta}}
"""


def test_an_item_is_not_silent_where_an_item_within_it_speaks(desk: Path) -> None:
    """Of lists within lists only the part is named of which nothing at all is said."""
    (desk / "dialects" / "rail.yaml").write_text(STATES)
    loaded, left = '{"code": "LOADED", "at": "2026-03-05T08:00"}', '{"code": "LEFT", "at": "2026-03-05T09:00"}'
    (desk / "one.json").write_text(
        f'{{"wagons": [{{"load": "L-1", "states": [{loaded}, {left}]}}, {{"load": "L-2"}}]}}'
    )
    told = ran("try", "rail", "one.json")[1]
    assert "nothing is said of: $.wagons[0].states[1], $.wagons[1]\n" in told
