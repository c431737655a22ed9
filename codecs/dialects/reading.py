"""The section ``read``: options for the format's reader, and the schema a dialect names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from milepost.codecs import formats, schemas
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.yaml_lines import plain

SCHEMA = "schema"


def options_of(form: Form, format: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the options as the reader takes them; what it does not take is said."""
    node = form.get("read")
    if node is None:
        return {}
    if node.entries is None:
        form.problem("read", "names with values are expected here")
        return {}
    options: dict[str, Any] = dict(plain(node))
    if SCHEMA in options:
        _put_schema(form, options, files)
    if format in formats.READ:
        for text in formats.problems(format, options):
            form.problem("read", text)
    return options


def _put_schema(form: Form, options: dict[str, Any], files: Mapping[str, bytes]) -> None:
    name = options.pop(SCHEMA)
    data = files.get(name) if type(name) is str else None
    if data is None:
        form.problem("read", f"schema: there is no file {name!r:.80} below the dialects' directory")
        return
    try:
        options[SCHEMA] = schemas.Schema(msgspec.json.decode(data))
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        form.problem("read", f"schema {name}: {str(error)[:300]}")
