"""One record of any topic as one line for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from milepost.commands.topic_reading import Read

LINE_CHARS = 240
OWNER_CHARS = 40
# Topic -> the word before the line, and how its value is told.
WORDS = {
    "erp.orders": "fact", "wms.milestones": "fact", "tms.milestones": "fact", "orders.controls": "fact",
    "orders.facts": "fact", "erp.receipts": "receipt", "erp.commands": "command",
    "erp.commands.reconciliation": "command", "orders.journal": "decision", "orders.exceptions": "exception",
    "wms.instructions": "instruction", "tms.instructions": "instruction", "customer.notices": "notice",
    "dead.letters": "dead letter",
}  # fmt: skip


def line_of(record: Read) -> str:
    """Time, kind, owner and the few fields that matter; a value that is no JSON object is shown by its size."""
    at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    owner = record.key.decode("utf-8", "replace")
    owner = owner if len(owner) <= OWNER_CHARS else owner[: OWNER_CHARS - 3] + "..."
    try:
        value = orjson.loads(record.value or b"null")
        told = _told(record.topic, value)
    except (ValueError, KeyError, TypeError, AttributeError):
        told = f"({len(record.value or b'')} bytes)"
    line = f"{at:%H:%M:%S.%f}"[:12] + f"  {WORDS.get(record.topic, record.topic):<11} {owner:<18} {told}"
    line = printable(line)
    return line if len(line) <= LINE_CHARS else line[: LINE_CHARS - 3] + "..."


def printable(line: str) -> str:
    """Return a line that cannot steer a terminal, nor be two: what a partner or a person sent may try."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)


def _told(topic: str, value: dict[str, Any]) -> str:
    match WORDS.get(topic):
        case "fact":
            return f"{value['body']['type']:<22} {value['occurred_at']} {value['source']} {value['business_key']}"
        case "receipt":
            body = value["body"]
            return f"{body['outcome']:<9} {_command(body['command'])} {body.get('document_number', '')}{_why(body)}"
        case "command":
            return _command(value)
        case "decision":
            facts = ", ".join(fact["business_key"] for fact in value.get("facts", ()))
            return f"v{value['version']} {value.get('state', '')} {value.get('stage', '')} {facts}"
        case "exception":
            state = "open" if value.get("open", True) else "closed"
            return f"{state:<6} {value['type']} {value['cause']}: {value['text']}"
        case "instruction":
            return f"{value['recipient']} {value['body']['type']} {value['id']}"
        case "notice":
            return f"{value['kind']} to {value['customer']} {value.get('shipment', '')} {value.get('carrier', '')}"
        case "dead letter":
            within = f" at {value['place']}" if value.get("place") else ""
            where = f"{value['topic']}/{value['partition']}@{value['offset']}"
            return f"{value['source']} {value['reason']}{within}: {value['text']} ({where})"
        case _:
            return str(value)


def _command(command: dict[str, Any]) -> str:
    verb = "reverse" if command.get("reverses") else "post"
    return f"{verb} {command['chain']} {command['document'].get('date', '')} {_amount(command)}#{command['id']}"


def _amount(command: dict[str, Any]) -> str:
    from milepost.contracts.money import shown

    debit = next((line for line in command.get("journal", ()) if line[1] > 0), None)
    return f"{shown(debit[1], debit[2])} " if debit else ""


def _why(body: dict[str, Any]) -> str:
    return f"{body.get('code', '')} {body.get('text', '')}".rstrip()
