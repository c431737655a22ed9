"""What is timed of each codec, over which messages, and what proves it right: add yours here."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pyx12.x12file
from milepost.bench import codecs_messages as made
from milepost.bench.codecs_proofs import advised, of_csv, of_epcis, of_json, picking, saying
from milepost.codecs import cloudevents, epcis, flat, flat_options, plain_json
from milepost.codecs.dialects.load import read_dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.dialects.speaking import said_by
from milepost.codecs.x12.envelope import parts
from milepost.codecs.x12.header import Header
from milepost.codecs.x12.interchanges import Interchange, interchange
from milepost.codecs.x12.judging import group_troubles, interchange_troubles, set_troubles
from milepost.codecs.x12.reading import read
from milepost.codecs.x12.tokenizer import text_of, tokens
from milepost.codecs.x12.writing import write
from milepost.runtime.dialect_files import dialect_files

SAID_LINES = 10
SAID_WEBHOOK, SAID_ADVICE = "said_by, webhook JSON", f"said_by, 945 of {SAID_LINES} lines"
SAID_GOALS_US = {SAID_WEBHOOK: 50.0, SAID_ADVICE: 400.0}
DIALECTS = Path(__file__).parents[1] / "dialects"


class Line(NamedTuple):
    """A line of the table: what is timed, over which messages, how many units they have, and what proves it right."""

    name: str
    unit: str
    units: int
    messages: list[Any]
    run: Callable[[Any], Any]
    proof: Callable[[list[Any]], object]


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
    """Return a line for each other codec."""
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


def said_lines(shipments: list[made.Plain]) -> list[Line]:
    """Return the lines for whole messages said in our words, by dialects we ship: a webhook's event, a 945."""
    dialects = read_dialects({n: data for n, data in dialect_files(DIALECTS).items() if n != "sites.yaml"}, None)
    received = int(made.AT.timestamp() * 1000)
    webhooks = [Message("wms-json", "m", made.as_webhook(one), received, "application/json") for one in shipments]
    advices = [Message("wms-x12", "m", made.from_site(one), received) for one in shipments]

    def said(message: Message) -> Said:
        return said_by(dialects.partners[message.partner], message, dialects)

    return [
        Line(SAID_WEBHOOK, "message", len(webhooks), webhooks, said, picking(shipments, 1)),
        Line(SAID_ADVICE, "message", len(advices), advices, said, picking(shipments, SAID_LINES)),
    ]
