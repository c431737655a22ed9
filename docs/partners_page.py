"""docs/partners.md: the registry of interfaces, from the dialect files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from milepost.codecs.dialects.load import read_dialects
from milepost.commands.partner_standing import Standing, standings
from milepost.runtime.dialect_files import dialect_files

DIRECTORY = Path(__file__).parent.parent / "dialects"
_NO_DAY = date(2000, 1, 1)  # the page says end dates, not what they mean today: `milepost partner list` does

HEAD = """# Partners

Every interface that is shipped, from `dialects/*.yaml`. `milepost partner list` shows those of a deployment, with a
warning before a contract ends; `--used` adds when each was last heard. How a new one is brought on board is in
[onboarding.md](onboarding.md); `milepost partner spec NAME` prints what the partner itself gets.

| name | role | format | version | until | then | answers for it | ways | samples |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page."""
    dialects = read_dialects(dialect_files(DIRECTORY))
    rows = sorted(standings(dialects, _NO_DAY), key=lambda row: row.name)
    return HEAD + "".join(_row(row) for row in rows)


def _row(row: Standing) -> str:
    samples = len([one for one in (DIRECTORY / "samples" / row.name).glob("*") if ".expected." not in one.name])
    cells = [row.name, row.role, row.format, row.version, row.until, row.replaced_by, row.owner, row.ways, str(samples)]
    return f"| {' | '.join(cells)} |\n"
