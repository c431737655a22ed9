"""`milepost partner`: what each verb prints, and how it ends."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from milepost.commands import main
from milepost.commands.partner_compare import compared, of_site
from milepost.commands.partner_files import dialects_with
from milepost.commands.partner_postings import apart
from milepost.commands.partner_used import unfiled, used
from milepost.commands.topic_reading import Read
from milepost.contracts.events import Event
from milepost.contracts.tms import ShipmentCreated
from milepost.contracts.wms import Departed, LineQuantity, PickConfirmed
from milepost.runtime.settings import Settings
from milepost.tests.partners.shipped import DIRECTORY
from milepost.tests.workflow import saying as s
from milepost.tests.workflow.known_rules import RULES
from msgspec.structs import replace

SAMPLES = DIRECTORY / "samples"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(DIRECTORY, tmp_path / "dialects")
    monkeypatch.setenv("MILEPOST_DIALECT_DIR", str(tmp_path / "dialects"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return how the console script ends, and all it prints."""
    code = main.run(["partner", *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def ran(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main.cli, ["partner", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_check_names_every_problem_with_file_and_line(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All problems of a file are told at once, each with its line, and the exit code is that of a wrong setting."""
    wrong = (desk / "dialects" / "wms-csv.yaml").read_text()
    wrong = wrong.replace("emit: wms.packed", "emit: wms.pakced").replace("table: short", "table: shrot")
    (desk / "dialects" / "wms-csv.yaml").write_text(wrong)
    code, told = run(capsys, "check", "wms-csv")
    lines = wrong.splitlines()
    at = 1 + next(n for n, line in enumerate(lines) if "wms.pakced" in line)
    assert code == 2
    assert f"wms-csv.yaml:{at}: " in told
    assert "wms.packed" in told  # what was meant
    assert "shrot" in told
    assert "Traceback" not in told


def test_check_lists_codes_that_samples_use_and_no_table_has(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S27: what samples show to be missing is listed by value and sample, once each."""
    code, told = run(capsys, "check", "wms-x12")
    assert code == 0
    assert "unmapped_status" in told
    assert "945-unknown-reason.edi" in told


def test_check_of_a_file_that_is_not_there_yet(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is checked before it is put among the dialects; one that does not exist is a wrong argument."""
    (desk / "acme.yaml").write_text("partner: acme\nextends: [easypost]\nowner: desk\n")
    assert run(capsys, "check", "acme.yaml")[0] == 0
    assert run(capsys, "check", "nowhere.yaml") == (
        2, "milepost: there is no file 'nowhere.yaml' (see: milepost partner check --help)\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sample", "partner"),
    [
        ("wms-x12/945-whole.edi", "wms-x12"), ("tms-x12/214-on-the-road.edi", "tms-x12"),
        ("supplier-x12/856-notice.edi", "supplier-x12"), ("payments-x12/820-remittance.edi", "payments-x12"),
        ("easypost/tracker.json", "easypost"), ("shiphero/shipment.json", "shiphero"),
        ("project44/updates.json", "project44"), ("epcis/work.json", "epcis"), ("wms-csv/reports.csv", "wms-csv"),
        ("wms-json/departure.json", "wms-json"), ("tms-json/tender.json", "tms-json"),
    ],
)  # fmt: skip
def test_any_finds_who_speaks_so(sample: str, partner: str, desk: Path) -> None:
    """A sample of a shipped partner is recognised for what it is, and read by the dialect that understands it."""
    for path in (desk / "dialects").glob("demo-*.yaml"):  # the same dialects under other names
        path.unlink()
    code, told = ran("try", "--any", "--json", str(SAMPLES / sample))
    found = json.loads(told)
    assert (code, found["dialect"]) == (0, partner)


def test_try_shows_both_sides_and_what_is_beside(desk: Path) -> None:
    """Left stand the segments, right the milestones in their order, below what was not mapped and the 997."""
    code, told = ran("try", "wms-x12", str(SAMPLES / "wms-x12" / "945-short.edi"))
    assert code == 0
    assert "W12*PR*12*9*3*EA**VN*ITEM-001" in told
    assert "wms.pick_short SO-000002 at 2026-03-05T15:20:00Z" in told
    assert "ref/shipment/own/SH-000002-N1 means SO-000002" in told
    assert "AK5*A" in told


def test_try_ends_with_1_where_a_part_is_refused(desk: Path) -> None:
    """A bad row is told in red with place and reason, beside what the other rows say."""
    code, told = ran("try", "wms-json", str(SAMPLES / "wms-json" / "one-bad-row.json"))
    assert code == 1
    assert "refused: invalid_value at $.events[0].qty" in told
    assert "wms.pick_confirmed SO-000010" in told


def test_try_of_what_nobody_reads(desk: Path) -> None:
    """A format that nothing here reads is named for what it is, and nothing breaks."""
    (desk / "a.xml").write_text("<Shipment/>")
    code, told = ran("try", "--any", "a.xml")
    assert code == 1
    assert "xml" in told


def test_test_is_red_with_the_difference_and_green_when_accepted(desk: Path) -> None:
    """A sample that says something else is red with a diff and exit 1; accepted, it is what is expected."""
    path = desk / "dialects" / "samples" / "easypost" / "tracker.json"
    path.write_text(path.read_text().replace("CHARLOTTE", "RALEIGH"))
    code, told = ran("test", "easypost")
    assert code == 1
    assert "red   easypost v2: 2 of 3" in told
    assert "RALEIGH, NC, US" in told
    assert ran("test", "easypost", "--accept")[0] == 0
    assert ran("test", "easypost") == (0, "green easypost v2: 3 of 3 samples say what is expected\n")


def test_samples_of_an_older_version_are_judged_apart(desk: Path) -> None:
    """S50: green or red per partner and version: samples in vVERSION/ are of that version of the contract."""
    folder = desk / "dialects" / "samples" / "easypost" / "v1"
    folder.mkdir()
    shutil.copy(SAMPLES / "easypost" / "tracker.json", folder)
    code, told = ran("test", "easypost")
    assert code == 1
    assert "green easypost v2: 3 of 3" in told
    assert "red   easypost 1: 0 of 1" in told


@pytest.mark.parametrize("partner", ["wms-x12", "tms-x12", "supplier-x12", "easypost", "epcis", "wms-csv", "wms-json"])
def test_onboard_drafts_a_file_that_loads(partner: str, desk: Path) -> None:
    """From samples of any kind of partner a draft is made that can be read as it is, with what to decide marked."""
    code, told = ran("onboard", "newcomer", "--samples", str(SAMPLES / partner))
    assert code == 0, told
    assert "the draft does not check yet" not in told
    assert "coverage: " in told
    assert "TODO" in (desk / "dialects" / "newcomer.yaml").read_text()
    assert ran("check", "newcomer")[0] == 1


def test_onboard_of_words_it_does_not_know_goes_by_values(desk: Path) -> None:
    """A partner with names in no language of ours: what comes again is shown, a word in capitals parts the messages."""
    (desk / "dialects" / "borealis.yaml").unlink()
    (desk / "dialects" / "demo-borealis.yaml").unlink()
    code, told = ran("onboard", "borealis", "--samples", str(SAMPLES / "borealis"))
    assert code == 0
    assert "?         $.sak.kundeordre: " in told
    drafted = (desk / "dialects" / "borealis.yaml").read_text()
    assert "when: {kind: json, $.melding.hva: RETUR_MOTTATT}" in drafted
    assert drafted.count("- name: ") == 7


def test_try_shows_a_file_in_its_own_letters(desk: Path) -> None:
    """What came is shown in the encoding that it was recognised by."""
    code, told = ran("try", "borealis-csv", str(SAMPLES / "borealis-csv" / "mottak-20260304.csv"))
    assert code == 0
    assert "Innkjøp" in told


def test_an_outbound_sample_that_is_none_is_told_in_a_line(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sample of ours with a wrong field is named with the field, as a wrong argument."""
    path = desk / "dialects" / "samples" / "borealis" / "oppdrag.out.json"
    path.write_text(path.read_text().replace('["1", "ITEM-001", 36]', '{"line": "1"}'))
    code, told = run(capsys, "test", "borealis")
    assert code == 2
    assert "oppdrag.out.json is none of our instructions" in told
    assert "$.body.lines[0]" in told
    assert "Traceback" not in told


def test_onboard_of_x12_finds_its_base_and_the_other_side(desk: Path) -> None:
    """X12 extends the base of its sets, and is answered with sender and receiver the other way round."""
    ran("onboard", "newcomer", "--samples", str(SAMPLES / "wms-x12"))
    draft = (desk / "dialects" / "newcomer.yaml").read_text()
    assert "extends: [x12-warehouse]" in draft
    assert 'receiver: "ZZ:WAREHOUSE"' in draft


def test_onboard_of_a_vendor_we_know_signs_as_the_vendor_does(desk: Path) -> None:
    """A draft that extends a vendor's dialect says its own secret and nothing else of how messages are signed."""
    ran("onboard", "newcomer", "--samples", str(SAMPLES / "easypost"))
    dialects, _ = dialects_with()
    ours = dialects.partners["newcomer"].incoming.webhook
    theirs = dialects.partners["easypost"].incoming.webhook
    assert ours is not None
    assert theirs is not None
    assert ours.signature.header == theirs.signature.header == "X-Hmac-Signature"
    assert ours.signature.prefix == theirs.signature.prefix
    assert ours.signature.secrets != theirs.signature.secrets


@pytest.mark.parametrize("name", ["../acme", "Acme", "", "a" * 80])
def test_onboard_takes_names_that_are_names(name: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that could be a path, or none, is a wrong argument; nothing is written."""
    before = sorted(desk.rglob("*"))
    assert run(capsys, "onboard", name, "--samples", str(SAMPLES / "easypost"))[0] == 2
    assert sorted(desk.rglob("*")) == before


def test_list_tells_every_interface(desk: Path) -> None:
    """S62: each interface with owner, version, end and what replaces it; as JSON the same."""
    code, told = ran("list", "--json")
    rows = {row["name"]: row for row in json.loads(told)}
    assert code == 0
    assert rows["wms-csv"]["replaced_by"] == "wms-json"
    assert rows["wms-x12"]["ways"] == "in by files; out by files"
    code, told = ran("list")
    assert "wms-csv" in told
    assert rows["erp/main"]["ways"] == "out by HTTP"
    assert "nobody answers" in rows["erp"]["warning"], "a source of the settings that has no file"
    assert "wms-north" not in rows, "a dialect speaks as it"


def test_list_tells_when_each_was_last_used() -> None:
    """S62: a document, a delivery, an ERP's answer and an event of our own each count for their interface; who is heard
    without a file gets a row, and people and what intake itself says are no interface."""
    known, settings = dialects_with()[0], Settings()
    last: dict[str, int] = {}
    told = [
        ("partner.documents", b"easypost/M-1", b"any bytes", 5),
        ("partner.documents", b"easypost/M-2", b"any bytes", 3),
        ("partner.deliveries", b"O-1", b'{"type":"delivery.told","partner":"customer-notices"}', 7),
        ("erp.receipts", b"O-1", b"{", 8),
        ("partner.events", b"O-1", b'{"source":"wms-west","body":{"type":"wms.packed"}}', 9),
        ("partner.events", b"B-1", b'{"events":[{"source":"tms-9","body":{"type":"tms.eta"}}]}', 10),
        ("partner.events", b"O-1", b'{"source":"easypost","partner":"easypost","body":{"type":"tms.eta"}}', 11),
        ("partner.events", b"O-1", b'{"source":"ann","body":{"type":"control.hold"}}', 12),
        ("partner.events", b"O-1", b"\xff", 13),
    ]
    for topic, key, value, ms in told:
        used(last, Read(topic, 0, 0, ms, key, value), settings)
    assert last == {"easypost": 5, "customer-notices": 7, "erp/main": 8, "wms-west": 9, "tms-9": 10}
    assert [row.name for row in unfiled(known, settings, last)] == ["erp", "tms-9", "wms-west"]


AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def event(key: str, body: object, minutes: int = 0) -> Event:
    at = AT + timedelta(minutes=minutes)
    return Event(event_id=f"e-{key}-{minutes}", business_key=key, owner="SO-1", occurred_at=at, source="w", body=body)


def pick(quantity: int) -> PickConfirmed:
    return PickConfirmed(node="DC-NORTH", line="1", quantity=quantity)


def test_compare_finds_each_kind_of_difference() -> None:
    """Facts are alike, not alike, or said by one alone; what counted before or after the shadowing is not asked for."""
    counted = [event("a", pick(1)), event("b", pick(2)), event("c", pick(3), 5), event("old", pick(4), -600)]
    shadowed = [event("a", pick(1)), event("b", pick(20)), event("d", pick(5), 9)]
    found = compared(shadowed, counted)
    assert found.alike == 1
    assert [(ours.business_key, theirs.body.quantity) for ours, theirs in found.unlike] == [("b", 20)]
    assert [one.business_key for one in found.only_shadowed] == ["d"]
    assert [one.business_key for one in found.only_counted] == ["c"]


def test_compare_tells_what_would_be_posted() -> None:
    """The ERP would be asked for the same where both say the same under other names, and for other amounts where the
    shadowed one lets a piece more go; what counted outside of the shadowed time and owners stays."""
    facts = [s.released("O-1", 0, s.line("A", "ITEM-2", 5)), s.released("O-2", 0, s.line("A", "ITEM-2", 5)),
             s.picked("O-1", 10, "A", 5), s.departed("O-1", 50, "S-1", lines={"A": 5}), s.departed("O-2", 50, "S-2"),
             s.delivered("O-1", 90, "S-1"), s.picked("O-2", 11, "A", 5)]  # fmt: skip
    ours = [one for one in facts if type(one.body) in (PickConfirmed, Departed)]
    alike = [replace(one, event_id=f"x-{one.event_id}", partner="new") for one in ours if one.owner == "O-1"]
    assert apart(facts, ours, alike, RULES) == []
    less = [replace(one, body=replace(one.body, lines=(LineQuantity(line="A", quantity=4),))) for one in alike[1:]]
    told = apart(facts, ours, [*alike[:1], *less], RULES)
    assert told
    assert all(line.startswith("posting        O-1 ") for line in told)
    assert any("goods_issue/S-1 inventory" in line and "-49.95 EUR and -39.96 EUR" in line for line in told), told
    nothing = apart(facts, ours, [replace(alike[0], business_key="pick/O-1/A/7")], RULES)
    assert nothing == [], "only the pick was taken away and told anew"
    load = [
        s.planned("L-1", 20, 1, ("O-1", "S-1")),
        s.offered("L-1", 21, 1, 500, 40),
        s.answered("L-1", 22, 1, "accepted"),
    ]
    known = s.say("O-1", "shipment/S-1", 5, ShipmentCreated(shipment="S-1", load="L-1"))
    transport = [known, *load, s.delivered("O-1", 90, "S-1")]
    by_order = [replace(one, event_id=f"x-{one.event_id}") for one in transport if one.owner == "O-1"]
    assert apart([*facts, known, *load], transport, by_order, RULES) == [], "of the load nothing was shadowed"


def test_compare_is_of_one_site() -> None:
    """What names another node is another site's; what names none is everybody's."""
    gone = event("x", Departed(node="DC-SOUTH", shipment="S"))
    assert not of_site(gone, "DC-NORTH")
    assert of_site(gone, "DC-SOUTH")
    assert of_site(gone, "")


def test_onboard_says_where_it_cannot_write(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A draft that cannot be kept where it was to go is one line, and exit 2."""
    nowhere = desk / "nowhere" / "newcomer.yaml"
    code, told = run(capsys, "onboard", "newcomer", "--samples", str(SAMPLES / "easypost"), "--to", str(nowhere))
    assert code == 2
    assert "cannot be written: No such file or directory" in told
