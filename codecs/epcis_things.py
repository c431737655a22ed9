"""What stands in an EPCIS event: things, classes and places by their keys, business transactions, words of the CBV."""

from __future__ import annotations

import re
from urllib.parse import unquote

from milepost.codecs import cbv, gs1
from milepost.codecs.documents import Finding, Plain
from milepost.codecs.errors import DecodeError, Reason

_TRANSACTION = re.compile(r"urn:epcglobal:cbv:bt:(\d{13}):(.+)", re.ASCII)
_NAMED = {
    "sgtin": "gtin",
    "lgtin": "gtin",
    "gtin": "gtin",
    "upui": "gtin",
    "sscc": "sscc",
    "sgln": "gln",
    "pgln": "gln",
}


def key_at(value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    """Return a thing, class or place: ``id`` as sent; where it is a GS1 key its ``kind``, digits and canonical link."""
    text = text_at(value, place)
    key = gs1.parse(text)
    return {"id": text} | (_digits(key, place, findings) if key else {})


def _digits(key: gs1.Key, place: str, findings: list[Finding]) -> dict[str, Plain]:
    if not key.valid:
        findings.append(Finding("bad_check_digit", "the check digit of this key is another", place, key.key))
    found: dict[str, Plain] = {"kind": key.kind, _NAMED.get(key.kind, "key"): key.key, "link": key.link}
    if key.serial:
        found["extension" if key.kind == "sgln" else "serial"] = key.serial
    return found | ({"lot": key.lot} if key.lot else {})


def transaction_at(value: Plain, place: str, findings: list[Finding]) -> dict[str, Plain]:
    """Return a business transaction: ``id`` is the number that people use, ``value`` the whole as it was sent.

    ``urn:epcglobal:cbv:bt:GLN:NUMBER`` (CBV 2.0, 8.5) also says whose number it is; of a web address the last part is
    the number; of a GS1 document type identifier (GDTI) the serial.
    """
    text = text_at(value, place)
    if found := _TRANSACTION.fullmatch(text):
        return {"id": unquote(found[2]), "value": text, "gln": found[1]}
    if key := gs1.parse(text):
        return {"value": text} | _digits(key, place, findings) | {"id": key.serial or key.key}
    if text.startswith(("http://", "https://")):
        last = re.split(r"[?#]", text, maxsplit=1)[0].rstrip("/").rpartition("/")[2]
        return {"id": unquote(last) or text, "value": text}
    return {"id": text, "value": text}


def word_at(vocabulary: cbv.Vocabulary, value: Plain, place: str, findings: list[Finding]) -> str:
    """Return the bare word that stands here; one that the vocabulary lacks as it was sent, with a finding."""
    text = text_at(value, place)
    bare, known = cbv.word(vocabulary, text)
    if not known:
        findings.append(Finding("unknown_cbv", "no word of the Core Business Vocabulary 2.0", place, text))
    return bare


def text_at(value: Plain, place: str) -> str:
    """Return the text that stands here; DecodeError for nothing, or anything else."""
    if not isinstance(value, str) or not value.strip():
        reason: Reason = "missing_field" if value is None else "invalid_value"
        raise DecodeError(reason, "a text should stand here", place)
    return value.strip()


def list_at(value: Plain, place: str) -> list[Plain]:
    """Return the list that stands here, or DecodeError."""
    if not isinstance(value, list):
        raise DecodeError("wrong_type", "a list should stand here", place)
    return value


def object_at(value: Plain, place: str) -> dict[str, Plain]:
    """Return the object that stands here, or DecodeError."""
    if not isinstance(value, dict):
        raise DecodeError("wrong_type", "an object should stand here", place)
    return value
