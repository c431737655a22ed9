"""Attributes of a CloudEvent in binary mode: headers ``ce-NAME`` of HTTP become headers ``ce_NAME`` of the record.

CloudEvents 1.0, HTTP binding 3.1.3 (values are percent-encoded) and Kafka binding 3.2.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

ATTRIBUTES_MAX = 50
_NAME = re.compile(r"ce-([a-z0-9]{1,60})", re.IGNORECASE)


def attributes(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the attributes among a request's headers, by their names in Kafka."""
    found = ((_NAME.fullmatch(name), value) for name, value in headers)
    return tuple((f"ce_{name[1].lower()}", unquote(value)) for name, value in found if name)[:ATTRIBUTES_MAX]
