"""A dialect's specification for the partner as Markdown: what their programmers need, and no secret of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from milepost.codecs.dialects.model import Dialect
from milepost.commands.partner_files import Sample
from milepost.commands.partner_shown import before
from milepost.commands.spec_words import ACKNOWLEDGED, TAG_WORDS

SAMPLES_MAX = 12


def page(dialect: Dialect, samples: Iterable[Sample], warning: str = "") -> str:
    """Return the page."""
    return "\n".join(_lines(dialect, list(samples), warning)) + "\n"


def _lines(dialect: Dialect, samples: list[Sample], warning: str) -> Iterator[str]:
    data = dialect.data
    yield from (f"# {dialect.name}: how we speak with each other", "")
    terms = dialect.terms
    until = f", agreed until {terms.until}" if terms.until else ""
    yield f"Contract version {terms.version}{until}. On our side: {dialect.owner or 'nobody named yet'}."
    if terms.replaced_by:
        yield f"It will be replaced by `{terms.replaced_by}`."
    if warning:
        yield f"**{warning}**"
    yield from ("", f"Format: {_format(dialect)}. Times: {_times(data)}.")
    if dialect.format == "x12":
        yield "Which element each field name stands for is in docs/x12.md."
    yield from _units(data)
    yield from _coming_in(dialect)
    yield from _messages(data)
    yield from _tables(data)
    yield from _going_out(dialect)
    yield from _samples(dialect, samples)


def _format(dialect: Dialect) -> str:
    read = dialect.data.get("read") or {}
    told = "; ".join(f"{name}: {_flat(value)}" for name, value in read.items())
    return dialect.format + (f" ({told})" if told else "")


def _times(data: Any) -> str:
    time = data.get("time") or {}
    zone = time.get("zone", "UTC")
    return f"with their offset, else in {zone}" + (f", to the {time['precision']}" if "precision" in time else "")


def _units(data: Any) -> Iterator[str]:
    units = data.get("units") or {}
    if units:
        yield from (
            "",
            "Units, in pieces or the base unit: " + ", ".join(f"`{u}` = {n}" for u, n in units.items()) + ".",
        )


def _coming_in(dialect: Dialect) -> Iterator[str]:
    yield from ("", "## You send")
    webhook, drop = dialect.incoming.webhook, dialect.incoming.drop
    if webhook is not None:
        signature = (dialect.data.get("in") or {}).get("webhook", {}).get("signature") or {}
        yield from (
            "",
            f"`POST /in/{dialect.name}` with one message a request; tests to `POST /sandbox/{dialect.name}`.",
        )
        yield _signed_by(signature)
        yield f"Message id: {_place((dialect.data['in'].get('webhook') or {}).get('message_id'))}."
        if webhook.rate_per_s:
            yield f"At most {webhook.rate_per_s:g} messages a second; more are answered 429 with Retry-After."
        if webhook.silence_s:
            yield f"After {webhook.silence_s / 3600:g} hours without a message we ask what is wrong."
        yield "2xx: it is kept. 401: the signature is wrong. 413, 400: it is not taken. 5xx, 429: send it again."
    if drop is not None:
        yield from (
            "",
            f"Files named `{drop.pattern}`, each moved into place whole, or under another name until it is.",
        )
    topic = dialect.incoming.kafka
    if topic is not None:
        yield from (
            "",
            f"Records on the Kafka topic `{topic.name}`, never without a value; CloudEvents in either mode.",
        )
    if webhook is None and drop is None and topic is None:
        yield from ("", "Nothing: this interface goes one way.")


def _signed_by(signature: dict[str, Any]) -> str:
    shown = ", ".join(f"{key} `{_flat(v)}`" for key, v in signature.items() if key not in ("secret", "scheme", "user"))
    scheme = signature.get("scheme", "nothing") + (f": {shown}" if shown else "")
    return f"Signed by {scheme}. The secret is agreed apart."


def _place(place: Any) -> str:
    if not place:
        return "none; the same bytes are the same message"
    return f"header `{place['header']}`" if "header" in place else f"field `{place['path']}`"


def _messages(data: Any) -> Iterator[str]:
    for message in data.get("messages") or ():
        says = [one for one in message.get("say") or () if isinstance(one, dict)]
        tags = list(dict.fromkeys(one.get("emit", "") for one in says if one.get("emit")))
        if tags and all(tag.startswith(("instruct.", "inform.", "fulfilment.")) for tag in tags):
            continue  # ours, read back
        yield from ("", f"### {_begun(str(message['name']))}", "")
        when = message.get("when") or {}
        if when:
            yield "When " + "; ".join(f"`{path}` is {_wanted(value)}" for path, value in when.items()) + "."
        yield "It says: " + "; ".join(TAG_WORDS.get(tag, tag) for tag in tags) + "."
        fields = list(
            dict.fromkeys(path for one in says for path in _paths({k: v for k, v in one.items() if k != "emit"}))
        )
        if fields:
            yield from ("", "Fields read: " + ", ".join(f"`{path}`" for path in fields) + ".")


def _wanted(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(f"`{one}`" for one in value)
    if not isinstance(value, dict):
        return f"`{value}`"
    words = {
        "present": "there",
        "not": "none of",
        "above": "above",
        "below": "below",
        "at_least": "at least",
        "at_most": "at most",
    }
    told = []
    for word, inner in value.items():
        if word == "present":
            told.append("there" if inner == "true" else "not there")
        elif word in words:
            told.append(f"{words[word]} {_flat(inner)}")
        else:
            told.append(f"{word} {_flat(inner)}")
    return ", ".join(told)


def _paths(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key.startswith(("$", ".")):
                yield key
            yield from _paths(value)
    elif isinstance(part, list):
        for one in part:
            yield from _paths(one)
    elif isinstance(part, str) and part.startswith(("$", ".")) and len(part) > 1:
        yield part


def _tables(data: Any) -> Iterator[str]:
    statuses = data.get("statuses") or {}
    codes = {name: table for name, table in (data.get("codes") or {}).items() if table.get("map")}
    if statuses or codes:
        yield from ("", "## Codes")
    for name, table in statuses.items():
        yield from ("", f"`{name}`", "", "| you write | we read |", "| --- | --- |")
        yield from (f"| `{theirs}` | {ours} |" for theirs, ours in (table.get("map") or {}).items())
        ignored = table.get("ignore") or []
        if ignored:
            yield f"| {', '.join(f'`{one}`' for one in ignored)} | (nothing) |"
        yield from ("", "A code that is in neither place is an error that a person here looks at.")
    for name, table in codes.items():
        yield from ("", f"`{name}`, version {table.get('version', '-')}", "", "| yours | ours |", "| --- | --- |")
        yield from (f"| `{theirs}` | `{ours}` |" for theirs, ours in table["map"].items())


def _going_out(dialect: Dialect) -> Iterator[str]:
    if not dialect.instructions or dialect.outgoing is None:
        return
    yield from ("", "## We send")
    out = dialect.outgoing
    way = "By HTTP to the address you gave us" if out.http else f"As files in the folder `{dialect.name}/out`"
    if out.kafka is not None:
        way = f"On the Kafka topic `{out.kafka.name}`, keyed by the order; CloudEvents in {out.kafka.mode} mode"
    most = f"; at most {out.rate_per_s:g} a second, {out.concurrency} at a time" if out.rate_per_s else ""
    yield from ("", f"{way}{most}.")
    if out.http is not None and out.http.signature is not None:
        yield _signed_by(dialect.data["out"]["http"]["signature"])
    if dialect.envelope is not None:
        one = dialect.envelope
        yield f"X12 {one.version} from `{':'.join(one.sender)}` to `{':'.join(one.receiver)}`, usage {one.usage}."
    for rule, written in zip(dialect.instructions, dialect.data.get("instructions") or (), strict=False):
        yield from ("", f"### {_begun(TAG_WORDS.get(rule.of, rule.of))}", "")
        where = f", {rule.method} `{written.get('path')}`" if out.http and written.get("path") else ""
        yield f"`{rule.kind}`{where}. {_acknowledged(rule)}"
        yield from ("", "Fields: " + ", ".join(f"`{name}`" for name in _names(written.get("document") or {})) + ".")


def _acknowledged(rule: Any) -> str:
    ack = rule.acknowledge
    if ack is None:
        return "No acknowledgement is awaited."
    how = ACKNOWLEDGED[ack.by] + (", ".join(TAG_WORDS.get(tag, tag) for tag in ack.tags) if ack.by == "event" else "")
    return f"We expect {how} within {ack.within_s / 3600:g} hours."


def _names(document: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(document, dict):
        if document.get("as") == "list":
            yield from _names(document.get("each"), f"{prefix}[]")
            return
        if "as" in document:
            yield prefix
            return
        for name, value in document.items():
            yield from _names(value, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(document, list):
        for one in document:
            yield from _names(one, f"{prefix}[]")
    else:
        yield prefix


def _samples(dialect: Dialect, samples: list[Sample]) -> Iterator[str]:
    if samples:
        yield from ("", "## Samples")
    for sample in samples[:SAMPLES_MAX]:
        if sample.outbound:
            yield from _sample_out(sample)
        else:
            yield from ("", f"`{sample.name}`", "", "```")
            yield from before(sample.path.read_bytes(), dialect.format)
            yield "```"


def _sample_out(sample: Sample) -> Iterator[str]:
    import json

    if not sample.expected.is_file():
        return
    kept = json.loads(sample.expected.read_text(encoding="utf-8"))
    if "value" in kept:
        yield from ("", f"We send, `{sample.name.removesuffix('.out.json')}`:", "", "```")
        format = "x12" if kept["value"].startswith("ISA") else "json" if kept["value"].startswith("{") else "csv"
        yield from before(kept["value"].encode(), format)
        yield "```"


def _begun(text: str) -> str:
    """A heading begins with a capital; what is written in capitals within it, as X12, stays so."""
    return text[:1].upper() + text[1:]


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_flat(one)}" for key, one in value.items())
    return ", ".join(_flat(one) for one in value) if isinstance(value, list) else str(value)
