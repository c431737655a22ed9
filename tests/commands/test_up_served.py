"""What `up` and `demo` say of partners with words of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from milepost.codecs.dialects.model import Dialects, Shift, Site
from milepost.commands.demo import command, voices_of
from milepost.commands.demo_strangers import VOICES
from milepost.commands.main import run
from milepost.commands.up import served

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
LATER = datetime(2026, 4, 1, 6, tzinfo=UTC)
SITES = Dialects(sites={
    "wms/DC-2": Site("wms/DC-2", (Shift(None, "old"), Shift(LATER, "new", ("old",)))),
    "wms/DC-1": Site("wms/DC-1", (Shift(NOW, "acme"),)),
})  # fmt: skip


def test_up_says_who_serves_a_site_and_who_is_not_heard() -> None:
    """Each site has a line with who serves it now and from when another does; whoever the gateway does not take in is
    named, with the option that does."""
    assert served(SITES, ("acme", "old"), NOW) == [
        "site   wms/DC-1  served by acme",
        "site   wms/DC-2  served by old, new and old from 2026-04-01 06:00Z (not taken in: --partner new)",
    ]
    assert served(SITES, (), NOW)[0] == "site   wms/DC-1  served by acme (not taken in: --partner acme)"
    assert served(Dialects(), (), NOW) == []


def voices(value: str | None) -> Path | None:
    return voices_of(click.Context(command), command.params[0], value)


def test_voices_are_those_of_this_release_of_a_folder_or_none(tmp_path: Path) -> None:
    """Without a word the shipped ones speak, with `none` nobody; a folder without a voice is refused in one line."""
    (tmp_path / "sites.yaml").write_text("sites: []")
    with pytest.raises(click.BadParameter, match="no voices"):
        voices(str(tmp_path))
    with pytest.raises(click.BadParameter, match="no folder"):
        voices(str(tmp_path / "not-there"))
    (tmp_path / "acme.yaml").write_text("voice: acme")
    assert (voices(None), voices("none"), voices(str(tmp_path))) == (VOICES, None, tmp_path)


def test_a_gateway_that_does_not_run_cannot_be_killed(capsys: pytest.CaptureFixture[str]) -> None:
    """What could not happen is refused before anything starts, in one line."""
    assert run(["demo", "--voices", "none", "--kill", "gateway@0.5"]) == 2
    assert "no gateway runs" in capsys.readouterr().err
