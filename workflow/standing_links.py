"""By which links facts came to this owner, and which of those stand: what came by others alone does not count.

A native id (a PRO, a tracking number) may have meant this owner by mistake. Nothing that came by it has to be found and
undone: the link's own word falls, and everything it brought falls with it, in whatever order both were heard.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from typing import cast

from milepost.contracts.controls import LinkStands
from milepost.contracts.references import WAY
from milepost.workflow.record import Fact


def fallen(words: Iterable[tuple[str, Fact]]) -> dict[str, str]:
    """Return the links that do not stand, by name, with the key of the highest word on each."""
    highest: dict[str, tuple[tuple[int, datetime, bool], str]] = {}
    for key, fact in words:
        said = cast(LinkStands, fact.body)
        word = (said.version, fact.occurred_at, said.stands), key
        highest[said.link] = max(word, highest.get(said.link, word))
    return {link: key for link, (word, key) in highest.items() if not word[2]}


def came(fact: Fact, gone: Container[str]) -> bool:
    """Say whether the way by which a fact came stands."""
    return not fact.via or not any(link in gone for link in fact.via.split(WAY))


def payloads(variants: Iterable[Fact], gone: Container[str]) -> list[Fact]:
    """Return the payloads of one key that came by a way that stands, each once, by whatever ways it came."""
    found: list[Fact] = []
    for fact in variants:
        if came(fact, gone) and not any(f.occurred_at == fact.occurred_at and f.body == fact.body for f in found):
            found.append(fact)
    return found
