"""Which messages of a file may take a document: one look at what the others ask for first passes most of them over.

A partner's file has a message for each of its types, and each asks first for the type. What is chosen here is asked all
it asks all the same, in the file's order: nothing but time hangs on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from milepost.codecs.dialects.conditions import Word
from milepost.codecs.dialects.model import MessageRule
from milepost.codecs.dialects.scope import Scope

Chosen = Callable[[Scope, str], tuple[MessageRule, ...]]
"""The messages that may take a document of a kind, in the file's order."""


def chooser(rules: tuple[MessageRule, ...]) -> Chosen:
    """Return what chooses among ``rules``."""
    menus = {kind: _Menu(rules, kind) for rule in rules for kind in rule.kinds}
    any_kind = _Menu(rules, "")
    return lambda scope, kind: menus.get(kind, any_kind).chosen(scope)


class _Menu:
    """The messages for one kind of documents, by the word that most of them ask for first at the same path."""

    def __init__(self, rules: tuple[MessageRule, ...], kind: str) -> None:
        mine = [rule for rule in rules if not rule.kinds or kind in rule.kinds]
        asked = Counter(rule.first.path for rule in mine if rule.first is not None)
        path = max(asked, key=lambda one: asked[one], default="")
        firsts = [rule.first if rule.first is not None and rule.first.path == path else None for rule in mine]
        words = {word for first in firsts if first is not None for word in first.words}
        self._word: Word | None = next((first for first in firsts if first is not None), None)
        self._others = tuple(rule for rule, first in zip(mine, firsts, strict=True) if first is None)
        self._by_word: Mapping[str, tuple[MessageRule, ...]] = {
            word: tuple(rule for rule, first in zip(mine, firsts, strict=True) if first is None or word in first.words)
            for word in words
        }

    def chosen(self, scope: Scope) -> tuple[MessageRule, ...]:
        if self._word is None:
            return self._others
        return self._by_word.get(self._word.at(scope), self._others)
