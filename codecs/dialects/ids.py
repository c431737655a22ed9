"""Ids of what a document says, from partner, document, owner and place: a second delivery derives the same."""

from __future__ import annotations

from milepost.contracts.identifiers import digest


def event_id(message: str, owner: str, ordinal: int) -> str:
    """Return the id of the milestone at place ``ordinal`` of ``message``, as it is told to ``owner``.

    ``message`` is the document's identity (``Pointed.message``, ``Counted.message``): whoever learns an owner later
    derives the same id.
    """
    return "d-" + digest(message, owner, ordinal)
