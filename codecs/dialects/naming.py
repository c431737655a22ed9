"""Expressions by name: ``let`` says each once, ``~name`` stands for it in messages and instructions.

A name is put in as it is written, so ``.`` and ``..`` are those of the place where it stands. Files that extend another
one may say a name anew: then it means the new thing everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from milepost.codecs.dialects.yaml_lines import NODES_MAX, Node, Problems

LET = "let"
WITH_NAMES = ("messages", "instructions", "ignore")
_NAME = re.compile(r"~([a-z][a-z0-9_]*)")


def expanded(root: Node, problems: Problems) -> Node:
    """Return the file with every name of ``let`` put in, and ``let`` itself left out."""
    entries = root.entries or {}
    let = entries.get(LET)
    names = let.entries if let is not None else {}
    if let is not None and names is None:
        problems.add(let, "let: names with expressions are expected here")
    writer = _Writer(names or {}, problems)
    out = {key: writer.put_in(one, ()) if key in WITH_NAMES else one for key, one in entries.items() if key != LET}
    return Node(out, root.file, root.line)


class _Writer:
    def __init__(self, names: Mapping[str, Node], problems: Problems) -> None:
        self._names, self._problems, self._nodes = names, problems, 0

    def put_in(self, node: Node, within: tuple[str, ...]) -> Node:
        """Return ``node`` with names put in; ``within``: the names that are being put in already."""
        self._nodes += 1
        if self._nodes > NODES_MAX:
            if self._nodes == NODES_MAX + 1:
                self._problems.add(node, f"with its names put in the file has more than {NODES_MAX} parts")
            return Node("", node.file, node.line)
        if isinstance(node.value, dict):
            return Node({key: self.put_in(one, within) for key, one in node.value.items()}, node.file, node.line)
        if isinstance(node.value, list):
            return Node([self.put_in(one, within) for one in node.value], node.file, node.line)
        found = _NAME.fullmatch(node.value)
        return self._named(found[1], node, within) if found else node

    def _named(self, name: str, node: Node, within: tuple[str, ...]) -> Node:
        if name in within:
            self._problems.add(node, f"~{name} is said by itself, by way of {', '.join(within)}")
            return Node("", node.file, node.line)
        if name not in self._names:
            self._problems.add(
                node, f"~{name}: let has no such name; it has {', '.join(sorted(self._names)) or 'none'}"
            )
            return Node("", node.file, node.line)
        return self.put_in(self._names[name], (*within, name))
