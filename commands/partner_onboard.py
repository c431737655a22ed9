"""`milepost partner onboard`: a dialect drafted from samples, and a report of what is still to be decided."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from milepost.commands.draft_file import Samples

EPILOG = """\b
Examples:
  milepost partner onboard acme --samples samples/       writes dialects/acme.yaml
  milepost partner onboard acme --samples samples/ --to /tmp/acme.yaml
  milepost partner onboard acme --samples samples/ --read first-draft/acme.yaml   once its columns are named

Nothing is ever overwritten. docs/onboarding.md says what comes next."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
SAMPLES_MAX = 2000
PATHS_SHOWN = 40


@click.command(epilog=EPILOG)
@click.argument("name")
@click.option("--samples", type=click.Path(exists=True, path_type=Path), required=True, help="A folder, or one file.")
@click.option(
    "--read",
    "layout",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="A dialect file whose `format` and `read` say how the samples are read; all else is drafted.",
)
@click.option("--to", type=click.Path(path_type=Path), default=None, help="Instead of NAME.yaml among the dialects.")
def command(name: str, samples: Path, layout: Path | None, to: Path | None) -> None:
    """Draft the dialect of partner NAME from samples of its messages."""
    from milepost.commands.draft_file import draft
    from milepost.commands.partner_files import dialect_dir, dialects_with

    if not NAME.fullmatch(name):
        raise click.UsageError(f"{name!r} is no name of a partner: a-z, 0-9 and -")
    target = to or dialect_dir() / f"{name}.yaml"
    if target.name != f"{name}.yaml":
        raise click.UsageError(f"--to {str(to)!r}: the file of {name} is named {name}.yaml")
    if target.exists():
        raise click.UsageError(f"{target} is there already; it is never overwritten")
    found = read_samples(_files(samples)) if layout is None else read_by(layout, _files(samples))
    known = dialects_with()[0].partners
    try:
        target.write_text(draft(name, found, known), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{target} cannot be written: {error.strerror}; --to says where else") from None
    click.echo(f"{target} is drafted; decide every TODO in it")
    _report(name, target, found, _files(samples))


def read_samples(paths: list[Path]) -> Samples:
    """Return the documents of all samples in the format that most of them are in. click.UsageError for none."""
    from milepost.codecs import formats
    from milepost.commands.draft_guess import group_by

    recognised = {path: formats.recognise(path.read_bytes(), "", path.name) for path in paths}
    read = Counter(one.format for one in recognised.values() if one.format in formats.READ)
    if not read:
        told = "; ".join(f"{path.name}: {one.format}, {one.why}" for path, one in list(recognised.items())[:5])
        raise click.UsageError(f"none of these is in a format that is read here ({told})")
    format = read.most_common(1)[0][0]
    chosen = [path for path, one in recognised.items() if one.format == format]
    first = recognised[chosen[0]]
    samples = _read(chosen, format, dict(first.options), first.vendor)
    together = group_by(samples.paths()) if format in ("csv", "fixed") else []
    if together:
        samples = _read(chosen, format, {**first.options, "group_by": together}, first.vendor)
    samples.unread += [f"{p.name}: {one.format}, {one.why}" for p, one in recognised.items() if one.format != format]
    if not samples.documents:
        raise click.UsageError(f"no document could be read: {'; '.join(samples.unread[:5])}")
    return samples


def read_by(layout: Path, paths: list[Path]) -> Samples:
    """Return the documents of all samples, read as the dialect file ``layout`` says. click.UsageError for none."""
    from milepost.codecs import formats
    from milepost.codecs.dialects.yaml_lines import Problems, plain, read
    from milepost.commands.draft_guess import group_by

    node = read(layout.name, layout.read_bytes(), problems := Problems())
    said = plain(node) if node is not None else {}
    format, options = (said.get("format"), said.get("read") or {}) if isinstance(said, dict) else (None, {})
    wrong = [str(one) for one in problems.all()] or formats.problems(str(format), options)
    if wrong:
        raise click.UsageError(f"--read {layout}: {wrong[0]}")
    samples = _read(paths, str(format), dict(options), "", given=True)
    if not samples.options.get("group_by") and format in ("csv", "fixed") and (together := group_by(samples.paths())):
        samples = _read(paths, str(format), {**options, "group_by": together}, "", given=True)
    if not samples.documents:
        raise click.UsageError(f"no document could be read: {'; '.join(samples.unread[:5])}")
    return samples


def _read(chosen: list[Path], format: str, options: dict[str, object], vendor: str, *, given: bool = False) -> Samples:
    from milepost.codecs import formats
    from milepost.codecs.errors import DecodeError
    from milepost.commands.draft_file import Samples

    samples = Samples(format, options, vendor, given)
    for path in chosen:
        try:
            reading = formats.read_as(format, options, path.read_bytes())
        except DecodeError as error:
            samples.unread.append(f"{path.name}: {error}")
            continue
        samples.documents += [(path.name, document) for document in reading.documents]
        samples.unread += [f"{path.name}: {part.error}" for part in reading.refused]
    return samples


def _files(samples: Path) -> list[Path]:
    from milepost.commands.partner_files import EXPECTED, OUTBOUND, SAMPLE_MAX_BYTES

    found = sorted(samples.rglob("*")) if samples.is_dir() else [samples]
    files = [one for one in found if one.is_file() and not one.name.endswith((EXPECTED, OUTBOUND))]
    if not files:
        raise click.UsageError(f"there is no file in {samples}")
    if len(files) > SAMPLES_MAX:
        raise click.UsageError(f"{len(files)} files; at most {SAMPLES_MAX} are looked at")
    large = next((one for one in files if one.stat().st_size > SAMPLE_MAX_BYTES), None)
    if large:
        raise click.UsageError(f"{large} has more than {SAMPLE_MAX_BYTES} bytes")
    return files


def _report(name: str, target: Path, samples: Samples, files: list[Path]) -> None:
    from milepost.commands.draft_file import candidates
    from milepost.commands.draft_guess import statuses

    vendor = f", the shape of {samples.vendor}" if samples.vendor else ""
    click.echo(f"\nformat: {samples.format}{vendor}; {len(samples.documents)} documents in {len(files)} samples")
    kinds = Counter(document.kind for _, document in samples.documents)
    click.echo(f"documents: {', '.join(f'{kind} ({count})' for kind, count in kinds.most_common())}")
    for line in samples.unread:
        click.echo(f"not read: {line}")
    click.echo("\nids, the likely ones first")
    for line in candidates(samples):
        click.echo(f"  {line}")
    click.echo("\nstatuses and codes")
    for path in statuses(samples.paths()):
        click.echo(f"  {path.name}: {path.shown()}")
    _coverage(target, files)


def _coverage(target: Path, files: list[Path]) -> None:
    """Say what the draft, as it is, makes of the samples: how much it looks at, and which values it has no word for."""
    from milepost.commands.partner_files import Sample, dialects_with
    from milepost.commands.partner_gaps import gaps_in
    from milepost.commands.partner_shown import not_mapped
    from milepost.commands.partner_trying import tried
    from milepost.runtime.errors import ConfigurationError

    try:
        dialects, name = dialects_with(target)
    except ConfigurationError as error:
        click.echo(f"\nthe draft does not check yet:\n{error}")
        return
    dialect = dialects.partners[name]
    found = [tried(dialect, dialects, path) for path in files]
    saying = sum(1 for one in found if one.worth[2])
    refused = sum(len(one.said.refused) for one in found) + sum(1 for one in found if one.error is not None)
    unmapped = list(dict.fromkeys(path for one in found for path in not_mapped(one.said.unmapped)))
    click.echo(f"\ncoverage: {saying} of {len(files)} samples say something, {refused} parts are refused")
    for gap in gaps_in(dialect, dialects, [Sample(path, "1") for path in files]):
        click.echo(f"  gap: {gap}")
    shown = ", ".join(unmapped[:PATHS_SHOWN])
    shown += f" and {len(unmapped) - PATHS_SHOWN} more" if len(unmapped) > PATHS_SHOWN else ""
    click.echo(f"  not mapped: {shown or 'nothing'}")
    click.echo(f"\nnext: milepost partner check {name}; milepost partner try {name} SAMPLE...")
