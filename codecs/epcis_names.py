"""Names in EPCIS: prefixes of ``@context`` as text, and the local names of what somebody added."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from milepost.codecs import cbv
from milepost.codecs.documents import Plain

LOCAL = re.compile(r"[^/#:}]+$")


def namespaces_of(context: Plain) -> dict[str, str]:
    """Return the prefixes of a document's ``@context``, as text: nothing that it points to is ever fetched."""
    return with_own(cbv.NAMESPACES, context)


def with_own(namespaces: Mapping[str, str], context: Plain) -> dict[str, str]:
    """Return the prefixes with those that an event itself gives."""
    return {**namespaces, **dict(_prefixes(context))}


def _prefixes(context: Plain) -> Iterator[tuple[str, str]]:
    for part in context if isinstance(context, list) else [context]:
        for prefix, value in part.items() if isinstance(part, dict) else ():
            value = value.get("@id") if isinstance(value, dict) else value
            if isinstance(value, str) and not prefix.startswith("@"):
                yield prefix, value


def local_names(value: Plain) -> Plain:
    """Return ``value`` with local names; where two namespaces share one, the later keeps its prefix."""
    if isinstance(value, list):
        return [local_names(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Plain] = {}
    for name, inner in value.items():
        local = LOCAL.search(name)
        key = local[0] if local and local[0] not in found else name
        found[key] = local_names(inner)
    return found
