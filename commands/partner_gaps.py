"""What samples show to be missing from a dialect's tables: codes and statuses used and not listed, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.documents import Finding
from milepost.codecs.errors import DecodeError
from milepost.commands.partner_files import Sample
from milepost.commands.partner_reading import message_of, said

OF_TABLES = ("unknown_code", "unmapped_status")


def gaps_in(dialect: Dialect, dialects: Dialects, samples: Iterable[Sample]) -> list[str]:
    """Return one line for each value that samples use and no table has, with the samples it stands in."""
    where: dict[tuple[str, str], list[str]] = {}
    for sample in samples:
        if not sample.outbound:
            for code, value in _missing(dialect, dialects, sample):
                where.setdefault((code, value), []).append(sample.name)
    return [f"{code} {value!r} in {', '.join(dict.fromkeys(names))}" for (code, value), names in sorted(where.items())]


def _missing(dialect: Dialect, dialects: Dialects, sample: Sample) -> Iterator[tuple[str, str]]:
    found = said(dialect, dialects, message_of(sample.path, dialect.name))
    if isinstance(found, DecodeError):
        if found.reason in OF_TABLES:
            yield found.reason, str(found)
        return
    findings: tuple[Finding, ...] = found.findings
    yield from ((one.code, one.value) for one in findings if one.code in OF_TABLES)
    yield from ((one.error.reason, str(one.error)) for one in found.refused if one.error.reason in OF_TABLES)
