"""`milepost outbox`: lines, JSON and bytes of rows; what is asked for wrongly ends in one line."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest
from click import ClickException
from milepost.commands import outbox_shown
from milepost.tables.deliveries import merged
from milepost.tables.delivery import Asked, Awaited, Delivery, Settled, Standing, standing
from milepost.tests.dispatch.told import EPOCH, way

ROW = Delivery(
    id="d1", owner="SO-1", partner="acme", what="instruct.warehouse", asked_at=EPOCH, sequence=1, way=way(),
    value=b'{"a": 1}', size_bytes=8, awaits=Awaited(by="x12-997", within_s=60.0),
)  # fmt: skip
SENT = standing(ROW, Standing(state="sent", at=EPOCH + timedelta(seconds=5), place="HTTP 201"))


def test_a_line_says_how_it_stands_and_until_when(capsys: pytest.CaptureFixture[str]) -> None:
    """State, partner, what, whose, its id, the deadline of its acknowledgement, and what was said."""
    outbox_shown.print_all([SENT], 1, 3, as_json=False)
    line, total = capsys.readouterr().out.splitlines()
    for part in ("sent", "acme", "instruct.warehouse", "SO-1", "d1", "due 2026-03-01 00:01:05", "HTTP 201"):
        assert part in line
    assert total == "1 of 3 deliveries (sent 1)"


def test_older_ones_are_counted_not_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    """What the limit leaves out is said, and an empty outbox is a line, too."""
    outbox_shown.print_all([SENT], 7, 7, as_json=False)
    assert "6 older ones: --limit" in capsys.readouterr().out
    outbox_shown.print_all([], 0, 0, as_json=False)
    assert capsys.readouterr().out == "0 of 0 deliveries\n"


def test_json_has_every_word_and_no_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON a row shows tries, who asked for them, and its way, but not what is in it."""
    asked = (Asked(attempt=0, at=EPOCH, actor="ann", reason="mended"),)
    outbox_shown.print_all([msgspec.structs.replace(SENT, asked_again=asked)], 1, 1, as_json=True)
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["state"], row["due_at"], row["retries"][0]["actor"]) == ("sent", "2026-03-01T00:01:05Z", "ann")
    assert (row["settled"], "value" in row) == ([], False)
    assert '"a"' not in json.dumps(row)


def test_who_closed_it_and_why_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """A person's word stands in the line, and in JSON with whether it counts: the partner may have said otherwise."""
    said = Settled(at=EPOCH, attempt=0, of="sent", outcome="acknowledged", actor="ann", reason="phoned")
    closed = msgspec.structs.replace(SENT, settled=(said,))
    outbox_shown.print_all([closed], 1, 1, as_json=False)
    assert "acknowledged  acme" in (shown := capsys.readouterr().out)
    assert "ann: phoned; HTTP 201" in shown
    refused = standing(closed, Standing(state="refused", at=EPOCH, text="no"))
    for row, state, counts in ((closed, "acknowledged", True), (refused, "refused", False)):
        outbox_shown.print_all([row], 1, 1, as_json=True)
        (plain,) = json.loads(capsys.readouterr().out)
        assert (plain["state"], plain["settled"][0]["actor"], plain["settled"][0]["counts"]) == (state, "ann", counts)


def test_a_partners_words_cannot_write_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in what a partner answered are shown, not obeyed."""
    outbox_shown.print_all([standing(ROW, Standing(state="refused", at=EPOCH, text="\x1b[2Jno"))], 1, 1, as_json=False)
    assert "\x1b" not in capsys.readouterr().out


def test_bytes_are_shown_as_long_as_they_are_kept() -> None:
    """The payload is what went out; gone after the acknowledgement, or never written, is said."""
    assert outbox_shown.payload(SENT) == b'{"a": 1}'
    with pytest.raises(ClickException, match="8 bytes are no longer kept"):
        outbox_shown.payload(merged(None, standing(ROW, Standing(state="acknowledged", at=EPOCH))))
    failed = standing(msgspec.structs.replace(ROW, value=b""), Standing(state="failed", text="no such code"))
    with pytest.raises(ClickException, match="no such code"):
        outbox_shown.payload(failed)
