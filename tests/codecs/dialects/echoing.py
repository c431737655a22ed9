"""A partner that can be told everything and says it all back: its file is written from the contracts' own fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from hypothesis import strategies as st
from milepost.codecs.dialects.sendings import SENT
from milepost.codecs.dialects.shapes import bare, element, fields_of, is_contract
from milepost.tests.codecs.dialects.partners import HEAD
from milepost.tests.codecs.events import strategy_of

TAGS = tuple(tag for tag in SENT if not tag.startswith("notice."))


def file() -> str:
    """Return the file: an entry of ``instructions`` and a message for each word that can be sent."""
    head = HEAD + "out: {http: {url: env:ACME_URL}}\n"
    sent = "".join(
        f"  - {{of: {tag}, kind: json, path: /x, document: {{t: ={tag}, b: {_out(SENT[tag])}}}}}\n" for tag in TAGS
    )
    said = "".join(
        f"  - {{name: {tag}, when: {{kind: json, $.t: {tag}}},"
        f" say: [{{emit: {tag}, body: {_back(SENT[tag], '$.b')}}}]}}\n"
        for tag in TAGS
    )
    return f"{head}instructions:\n{sent}messages:\n{said}"


def _out(kind: Any, root: str = "$") -> str:
    fields = [
        f"{name}: {_out_value(hint, f'{root}.{name}' if root == '$' else f'.{name}')}"
        for name, hint in fields_of(kind).items()
    ]
    return "{" + ", ".join(fields) + "}"


def _out_value(hint: Any, path: str) -> str:
    inner = element(bare(hint))
    if inner is not None and is_contract(bare(inner)):
        return f"{{as: list, of: {path}, each: {_out(bare(inner), '.')}}}"
    return path


def _back(kind: Any, root: str) -> str:
    return (
        "{"
        + ", ".join(f"{name}: {_back_value(hint, f'{root}.{name}')}" for name, hint in fields_of(kind).items())
        + "}"
    )


def _back_value(hint: Any, path: str) -> str:
    shape, inner = bare(hint), element(bare(hint))
    if inner is not None and is_contract(bare(inner)):
        return f"{{as: list, of: {path}, each: {_back(bare(inner), '')}}}"
    return f"{{as: time, of: {path}}}" if shape is datetime else path


def bodies() -> st.SearchStrategy[Any]:
    """Return a strategy for the body of any instruction."""
    return st.sampled_from(TAGS).flatmap(lambda tag: strategy_of(SENT[tag]))


def plain(body: msgspec.Struct) -> Any:
    """Return a body as JSON values."""
    return msgspec.json.decode(msgspec.json.encode(body))
