"""`milepost corpus`: every file of a folder through the codecs, as a table by format and kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections import Counter

    from milepost.commands.corpus_counting import Count, Row

CORPUS = "MILEPOST_CORPUS"
WORDS = ("format", "kind", "said by")
COLUMNS = (*WORDS, "files", "documents", "contracts", "findings", "refused", "not said", "ms", "MB/s")
EPILOG = """\b
Examples:
  milepost corpus                     the folder MILEPOST_CORPUS names, else ../shared/data beside the project
  milepost corpus samples/ one.edi
  milepost partner try --any one.edi  what one of them says"""


@click.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[DIR|FILE]...", type=click.Path(path_type=Path))
def command(names: tuple[Path, ...]) -> None:
    """Read files by what they look like, and count what they give.

    Exit 1 where anything but a reading or the one error of the codecs came of a file.
    """
    from milepost.commands.corpus_counting import count, files_of
    from milepost.commands.partner_files import dialects_with

    paths = files_of(names or [_corpus()])
    for name in names:
        if not name.exists():
            raise click.UsageError(f"there is no file or folder {str(name)!r}")
    if not paths:
        raise click.ClickException("there is no file in it")
    found = count(paths, dialects_with()[0])
    _print(found)
    click.get_current_context().exit(1 if found.failed else 0)


def _corpus() -> Path:
    import os

    from milepost.runtime.settings import ROOT

    folder = Path(os.environ.get(CORPUS) or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        raise click.ClickException(f"there is no folder of samples at {folder}; name one, or set {CORPUS}")
    return folder


def _print(found: Count) -> None:
    from milepost.commands.demo_report import console
    from milepost.commands.lines import printable
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in WORDS else "right", overflow="fold")
    for _, row in sorted(found.rows.items()):
        table.add_row(*_cells(row))
    table.add_section()
    total = found.total
    table.add_row(*_cells(total))
    out = console()
    out.print(table)
    for name, many in (("findings", total.findings), ("refused", total.refused), ("not said", total.unsaid)):
        out.print(f"  {name}: {_counted(many)}", markup=False, soft_wrap=True)
    for path, error in found.failed:
        out.print(f"  {path}: {printable(error)}", style="red", markup=False, soft_wrap=True)


def _cells(row: Row) -> list[str]:
    from rich.markup import escape

    wrong = [str(sum(many.values())) for many in (row.findings, row.refused, row.unsaid)]
    speed = f"{row.size / row.seconds / 1e6:.1f}" if row.seconds else ""
    by = ", ".join(sorted(row.dialects)) if row.kind else ""
    counts = [str(row.files), str(row.documents), str(row.contracts)]
    return [escape(row.format), escape(row.kind), escape(by), *counts, *wrong, f"{row.seconds * 1000:.1f}", speed]


def _counted(many: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(many.items())) or "none"
