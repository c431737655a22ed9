"""What each codec costs for a segment, event or row, and for a message: the same shipments in every format.

X12 is timed in three steps: segments (bytes to elements), frames (and every rule of the envelope judged), documents
(the tables of the sets read, the 997 written). Beside it, in the same rounds and on the same bytes, pyx12's X12Reader,
which gives segments and checks counts and control numbers: what frames do. Each line has a digest of what came out; it
is printed only if every round gave the same, if both readers of X12 gave the very same segments, and if every document
says what the shipment said. CPU time of this process, collector off, median of the rounds. Repeat: make bench-codecs
"""

from __future__ import annotations

import argparse
import gc
import io
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pyx12.x12file
from milepost.bench import codecs_messages as made
from milepost.codecs import cloudevents, epcis, flat, flat_options, plain_json
from milepost.codecs.documents import Document, Reading
from milepost.codecs.x12.envelope import parts
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.interchanges import Interchange, interchange
from milepost.codecs.x12.judging import group_troubles, interchange_troubles, set_troubles
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.tokenizer import text_of, tokens
from milepost.codecs.x12.writing import write
from milepost.contracts.identifiers import digest

GOAL_SEGMENT_US = 1.0
GOAL_RATIO = 10.0
LARGE_SETS, LARGE_LINES = 500, 20
SMALL_LINES = 4


class Line(NamedTuple):
    """A line of the table: what is timed, over which messages, how many units they have, and what proves it right."""

    name: str
    unit: str
    units: int
    messages: list[Any]
    run: Callable[[Any], Any]
    proof: Callable[[list[Any]], object]


class Figures(NamedTuple):
    """Median microseconds for a unit and a message, the least and the most for a unit, and the digest."""

    unit_us: float
    message_us: float
    spread: tuple[float, float]
    digest: str


def measured(lines: list[Line], rounds: int) -> list[Figures]:
    """Return the figures of each line; rounds go over all lines, so that a busy moment hits all of them alike."""
    seconds: list[list[float]] = [[] for _ in lines]
    digests: list[set[str]] = [set() for _ in lines]
    for _ in range(rounds):
        for at, line in enumerate(lines):
            spent, results = _timed(line)
            seconds[at].append(spent)
            digests[at].add(digest(line.proof(results)))
    figures = []
    for line, spents, seen in zip(lines, seconds, digests, strict=True):
        if len(seen) != 1:
            raise SystemExit(f"{line.name}: rounds differ, no figure is worth printing")
        each = sorted(spent * 1e6 / line.units for spent in spents)
        whole = statistics.median(spents) * 1e6 / len(line.messages)
        figures.append(Figures(statistics.median(each), whole, (each[0], each[-1]), seen.pop()))
    return figures


def _timed(line: Line) -> tuple[float, list[Any]]:
    gc.collect()
    gc.disable()
    started = time.process_time()
    results = [line.run(message) for message in line.messages]
    spent = time.process_time() - started
    gc.enable()
    return spent, results


# What is timed of X12.


def segments_only(value: bytes) -> list[list[str]]:
    """Bytes to elements."""
    text, _ = text_of(value)
    return [s for header, _, stop in parts(text) if isinstance(header, Header)
            for s in tokens(text[header.body : stop], header.separators).segments]  # fmt: skip


def framed(value: bytes) -> list[list[str]]:
    """Bytes to elements, every rule of the envelope judged."""
    text, _ = text_of(value)
    found: list[list[str]] = []
    for header, _, stop in parts(text):
        if isinstance(header, Header):
            one = interchange(text, header, stop)
            if any(_troubles(one)):
                raise SystemExit("a message for the bench has a fault")
            found += one.segments
    return found


def _troubles(one: Interchange) -> Iterable[Any]:
    yield from interchange_troubles(one.found, one.header, one.segments)
    for group in one.found.groups:
        yield from group_troubles(group, one.header_of(group), one.trailer_of(group))
        for frame in group.sets:
            yield from set_troubles(frame.closed, one.segments_of(frame), False, one.suspect)


def peer(value: bytes) -> list[Any]:
    """The same bytes through pyx12's reader."""
    reader = pyx12.x12file.X12Reader(io.StringIO(value.decode()))
    return list(reader)


def _elements(results: list[list[list[str]]]) -> list[str]:
    return ["*".join(segment) for one in results for segment in one]


def _peer_elements(results: list[list[Any]]) -> list[str]:
    return [segment.format("", "*", ">") for one in results for segment in one if segment.get_seg_id() != "ISA"]


# What documents must say.


def advised(results: list[Reading]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return order, items and quantities of documents of 945."""
    if any(reading.findings or reading.refused or b"AK5*A" not in reading.answer for reading in results):
        raise SystemExit("a message for the bench has a fault")
    return [
        _said(d.fields["order"], ((li["ids"]["VN"], li["shipped"]) for li in d.fields["lines"])) for d in _all(results)
    ]


def _said(order: str, lines: Iterable[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    return order, list(lines)


def _all(results: list[Reading]) -> list[Document]:
    return [document for reading in results for document in reading.documents]


def meant(shipments: list[made.Plain]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the same of the shipments themselves."""
    return [_said(s["order"], ((li["item"], str(li["quantity"])) for li in s["lines"])) for s in shipments]


def of_json(results: list[Reading]) -> list[Any]:
    """Return the same of documents that carry the shipment as ``data``."""
    return meant([document.fields["data"] for document in _all(results)])


def of_csv(results: list[Reading]) -> list[Any]:
    """Return the same of grouped rows."""
    return [
        _said(d.fields["rows"][0]["order"], ((r["item"], r["quantity"]) for r in d.fields["rows"]))
        for d in _all(results)
    ]


def of_epcis(results: list[Reading]) -> list[Any]:
    """Return the same of events, one for each line, that name their order; their identities must all differ."""
    documents = _all(results)
    if len({document.id for document in documents}) != len(documents):
        raise SystemExit("two events have one identity")
    said: dict[str, list[tuple[str, str]]] = {}
    for one in (document.fields for document in documents):
        order, quantity = one["transactions"]["desadv"][0]["id"], one["quantities"][0]
        item = made.ITEMS[(int(order[-6:]) + int(quantity["gtin"][-3:-1])) % len(made.ITEMS)]
        said.setdefault(order, []).append((item, str(quantity["quantity"])))
    return list(said.items())


def saying(shipments: list[made.Plain], of: Callable[[list[Reading]], list[Any]]) -> Callable[[list[Reading]], object]:
    """Return the proof that documents, looked at by ``of``, say what the shipments said."""
    expected = meant(shipments)

    def right(results: list[Reading]) -> object:
        if (found := of(results)) != expected:
            raise SystemExit("documents do not say what the shipments said")
        return found

    return right


def x12_lines(size: str, messages: list[bytes], shipments: list[made.Plain]) -> list[Line]:
    """Return the lines for X12 and its peer over ``messages``."""
    count = sum(message.count(b"~") for message in messages) - len(messages)  # the ISA is no segment of either's time
    return [
        Line(f"x12 segments, {size}", "segment", count, messages, segments_only, _elements),
        Line(f"x12 frames, {size}", "segment", count, messages, framed, _elements),
        Line(f"x12 documents and 997, {size}", "segment", count, messages, read, saying(shipments, advised)),
        Line(f"pyx12 X12Reader, {size}", "segment", count, messages, peer, _peer_elements),
    ]


def other_lines(shipments: list[made.Plain]) -> list[Line]:
    """Return a line for each other codec: add yours here."""
    rows = sum(len(shipment["lines"]) for shipment in shipments)
    advices = [made.advice(shipment) for shipment in shipments]
    layout = flat_options.layout({"header": "true", "group_by": "order"})
    written = sum(write("x12/945", one, made.ENVELOPE).count(b"~") for one in advices)
    webhooks, events = list(map(made.as_json, shipments)), list(map(made.as_cloudevent, shipments))
    csvs, documents = list(map(made.as_csv, shipments)), list(map(made.as_epcis, shipments))
    content_type = "application/cloudevents+json"
    return [
        Line("x12 written (945)", "segment", written, advices, lambda one: write("x12/945", one, made.ENVELOPE), list),
        Line("json", "line", rows, webhooks, plain_json.read, saying(shipments, of_json)),
        Line(
            "cloudevents",
            "line",
            rows,
            events,
            lambda value: cloudevents.read(value, content_type),
            saying(shipments, of_json),
        ),
        Line("csv", "row", rows, csvs, lambda value: flat.read(value, layout), saying(shipments, of_csv)),
        Line("epcis, identity by hash", "event", rows, documents, epcis.read, saying(shipments, of_epcis)),
    ]


def printed(lines: list[Line], figures: list[Figures]) -> None:
    """Print the table."""
    print(f"{'':34} {'messages':>8} {'units':>8}  {'µs per unit (min–max)':>30} {'µs per message':>15}  digest")
    for line, one in zip(lines, figures, strict=True):
        low, high = one.spread
        cost = f"{one.unit_us:.2f} ({low:.2f}–{high:.2f}) {line.unit}"
        print(f"{line.name:34} {len(line.messages):8} {line.units:8}  {cost:>30} {one.message_us:15,.1f}  {one.digest}")


def compared(lines: list[Line], figures: list[Figures]) -> None:
    """Print how the steps of X12 compare with the peer; no figure where both did not give the same segments."""
    by_name = {line.name: one for line, one in zip(lines, figures, strict=True)}
    for size in ("large", "small"):
        theirs = by_name[f"pyx12 X12Reader, {size}"]
        if (
            by_name[f"x12 frames, {size}"].digest != theirs.digest
            or by_name[f"x12 segments, {size}"].digest != theirs.digest
        ):
            raise SystemExit("the readers of X12 gave different segments: no figure is worth printing")
        for step, goal in (("segments", ""), ("frames", f" (goal {GOAL_RATIO:.0f})"), ("documents and 997", "")):
            ratio = theirs.unit_us / by_name[f"x12 {step}, {size}"].unit_us
            print(f"{size}: {step} {ratio:.1f} times as fast as pyx12's reader{goal}")
    print(f"a segment costs {by_name['x12 segments, large'].unit_us:.2f} µs (goal {GOAL_SEGMENT_US:.0f})")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--messages", type=int, default=300)
    given = arguments.parse_args()
    large, small = made.shipments(LARGE_SETS, LARGE_LINES), made.shipments(given.messages, SMALL_LINES)
    lines = [
        *x12_lines("large", made.x12([made.advice(one) for one in large], LARGE_SETS), large),
        *x12_lines("small", made.x12([made.advice(one) for one in small], 1), small),
        *other_lines(small),
    ]
    figures = measured(lines, given.rounds)
    printed(lines, figures)
    compared(lines, figures)


if __name__ == "__main__":
    main()
