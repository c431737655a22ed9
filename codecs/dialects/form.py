"""Reading a mapping of a file by the keys it may have: unknown ones, wrong values and missing ones are all said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from milepost.codecs.dialects.near import did_you_mean
from milepost.codecs.dialects.yaml_lines import Node, Problems

SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\s]+")
_NUMBER_MAX_CHARS = 20


class Form:
    """A mapping of ``node``, called ``where`` in problems. Without a node it is empty and complains of nothing."""

    def __init__(
        self, problems: Problems, node: Node | None, where: str, known: Iterable[str], required: Iterable[str] = ()
    ) -> None:
        self._problems, self.where, self.node = problems, where, node
        self.entries: Mapping[str, Node] = {}
        if node is None:
            return
        if node.entries is None:
            problems.add(node, f"{where}: names with values are expected here")
            return
        self.entries = node.entries
        names = list(known)
        for key, one in self.entries.items():
            if key not in names:
                problems.add(one, f"{self._at(key)}: there is no such word{did_you_mean(key, names)}")
        for key in required:
            if key not in self.entries:
                problems.add(node, f"{where}: {key} is missing" if where else f"{key} is missing")

    def _at(self, key: str) -> str:
        return f"{self.where}.{key}"[:160] if self.where else key[:160]

    def problem(self, key: str, text: str) -> None:
        node = self.entries.get(key) or self.node
        if node is not None:
            self._problems.add(node, f"{self._at(key)}: {text}")

    def get(self, key: str) -> Node | None:
        return self.entries.get(key)

    def text(self, key: str, default: str = "") -> str:
        node = self.entries.get(key)
        if node is None:
            return default
        if not node.text:
            self.problem(key, "a text is expected" if node.text is None else "is empty")
            return default
        return node.text

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        text = self.text(key, default)
        if text not in choices and key in self.entries and self.entries[key].text:
            self.problem(key, f"{text:.40} is not allowed; allowed: {', '.join(filter(None, choices))}")
            return default
        return text

    def switch(self, key: str, default: bool = False) -> bool:
        return self.choice(key, ("true", "false"), "true" if default else "false") == "true"

    def number(self, key: str, least: float, most: float, default: float) -> float:
        text = self.text(key)
        if not text:
            return default
        try:
            value = Decimal(text) if len(text) <= _NUMBER_MAX_CHARS else None
        except InvalidOperation:
            value = None
        if value is None or not value.is_finite() or not least <= value <= most:
            self.problem(key, f"a number from {least:g} to {most:g} is expected")
            return default
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text."""
        node = self.entries.get(key)
        if node is None:
            return ()
        found = [node] if node.text is not None else (node.items or [])
        if not found or not all(one.text for one in found):
            self.problem(key, "texts are expected")
        return tuple(one.text for one in found if one.text)

    def secret(self, key: str) -> str:
        """A reference to a secret. What stands there instead is never shown: it may be the secret."""
        return next(iter(self.secrets(key)), "")

    def secrets(self, key: str) -> tuple[str, ...]:
        """References to one secret, or to several that are good at the same time."""
        node = self.entries.get(key)
        found = [] if node is None else node.items if node.items is not None else [node]
        if node is not None and not (found and all(one.text and SECRET.fullmatch(one.text) for one in found)):
            self.problem(key, "a secret is given by reference, env:NAME or file:/path, never itself (not shown)")
            return ()
        return tuple(one.text for one in found if one.text)

    def table(self, key: str) -> dict[str, str]:
        """Texts by text."""
        node = self.entries.get(key)
        if node is None:
            return {}
        if node.entries is None:
            self.problem(key, "names with values are expected here")
            return {}
        for name, one in node.entries.items():
            if one.text is None:
                self._problems.add(one, f"{self._at(key)}.{name:.80}: a text is expected")
        return {name: one.text for name, one in node.entries.items() if one.text is not None}

    def form(self, key: str, known: Iterable[str], required: Iterable[str] = ()) -> Form:
        return Form(self._problems, self.entries.get(key), self._at(key), known, required)

    def forms(self, key: str) -> list[Node]:
        """The entries of a list."""
        node = self.entries.get(key)
        if node is None:
            return []
        if node.items is None:
            self.problem(key, "a list is expected")
        return node.items or []

    def __bool__(self) -> bool:
        return self.node is not None
