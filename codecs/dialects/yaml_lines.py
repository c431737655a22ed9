"""YAML as text with lines: every scalar is what it looks like, every part knows its file and line.

Anchors, aliases, tags, a second document and a key said twice are refused; size, depth and number of parts are limited.
Built from the parser's events, so that nothing recurses however deep a file is.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from milepost.codecs.dialects.model import Problem
from milepost.codecs.documents import Plain

FILE_MAX_BYTES = 1_000_000
DEPTH_MAX = 24
NODES_MAX = 50_000
KEY_MAX_CHARS = 500

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Node:
    """One part of a file: text, a list, or a mapping by key; ``line`` (from 1) is that of its key, where it has one."""

    __slots__ = ("file", "line", "value")

    def __init__(self, value: str | list[Node] | dict[str, Node], file: str, line: int) -> None:
        self.value, self.file, self.line = value, file, line

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def items(self) -> list[Node] | None:
        return self.value if isinstance(self.value, list) else None

    @property
    def entries(self) -> dict[str, Node] | None:
        return self.value if isinstance(self.value, dict) else None


class Problems:
    """Collects what is wrong, each thing once however often it is met."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def add(self, node: Node, text: str) -> None:
        self.at(node.file, node.line, text)

    def at(self, file: str, line: int, text: str) -> None:
        self._found.setdefault(Problem(file, line, text), None)

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Problem, ...]:
        return tuple(sorted(self._found, key=lambda one: (one.file, one.line)))


def read(file: str, data: bytes, problems: Problems) -> Node | None:
    """Return the mapping that ``data`` is; None, with a problem said, where it is none or cannot be read."""
    if len(data) > FILE_MAX_BYTES:
        problems.at(file, 1, f"{len(data)} bytes; at most {FILE_MAX_BYTES} are read")
        return None
    if (wrong := _unreadable(data)) is not None:
        problems.at(file, data.count(b"\n", 0, wrong[0]) + 1, f"no YAML: {wrong[1]}")
        return None
    try:
        root = _Builder(file, problems).built(yaml.parse(data, Loader=_LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        text = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        problems.at(file, mark.line + 1 if mark else 1, f"no YAML: {text}")
        return None
    except (UnicodeError, ValueError) as error:
        problems.at(file, 1, f"no YAML: {error}"[:300])
        return None
    except _Refused:
        return None
    if root is None or root.entries is None:
        problems.at(file, 1, "empty, or no mapping of names to values")
        return None
    return root


def _unreadable(data: bytes) -> tuple[int, str] | None:
    """Return where bytes are no text in UTF-8, and why; YAML itself would not name the line."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as bad:
        return bad.start, f"no UTF-8, in which a dialect is written: {bad.reason} (0x{data[bad.start]:02x})"
    control = _CONTROL.search(data)
    return None if control is None else (control.start(), f"a control character (0x{control[0][0]:02x})")


def plain(node: Node) -> Plain:
    """Return ``node`` as plain data."""
    if isinstance(node.value, dict):
        return {key: plain(one) for key, one in node.value.items()}
    return [plain(one) for one in node.value] if isinstance(node.value, list) else node.value


class _Refused(Exception):
    """The file cannot be gone on with; the problem is said already."""


class _Builder:
    def __init__(self, file: str, problems: Problems) -> None:
        self._file, self._problems = file, problems
        self._root: Node | None = None
        self._open: list[tuple[Node, list[tuple[str, int]]]] = []  # with the keys of mappings that wait for a value
        self._nodes = 0

    def built(self, events: Any) -> Node | None:
        for event in events:
            self._take(event, event.start_mark.line + 1 if event.start_mark else 1)
        return self._root

    def _take(self, event: Any, line: int) -> None:
        match event:
            case yaml.AliasEvent():
                raise self._refused(line, "an alias (*name): say it where it is meant; `extends` shares parts")
            case yaml.ScalarEvent() | yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._checked(event, line)
                self._begin(event, line)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._open.pop()
            case yaml.DocumentStartEvent() if self._root is not None:
                raise self._refused(line, "a second document in one file")

    def _checked(self, event: Any, line: int) -> None:
        self._nodes += 1
        if event.anchor:
            raise self._refused(line, f"an anchor (&{event.anchor:.40}): aliases are not read")
        if event.tag is not None and event.tag != "!":
            raise self._refused(line, f"a tag ({event.tag:.60}): every value is text")
        if self._nodes > NODES_MAX:
            raise self._refused(line, f"more than {NODES_MAX} parts")
        if len(self._open) >= DEPTH_MAX:
            raise self._refused(line, f"nested deeper than {DEPTH_MAX}")

    def _begin(self, event: Any, line: int) -> None:
        if not self._open:
            self._root = node = Node(_empty(event), self._file, line)
        else:
            parent, keys = self._open[-1]
            if isinstance(parent.value, dict) and not keys:
                self._key(parent.value, keys, event, line)
                return
            node = Node(_empty(event), self._file, line)
            if isinstance(parent.value, dict):
                key, node.line = keys.pop()
                if key not in parent.value:  # said twice: the problem is known
                    parent.value[key] = node
            elif isinstance(parent.value, list):
                parent.value.append(node)
        if not isinstance(event, yaml.ScalarEvent):
            self._open.append((node, []))

    def _key(self, entries: dict[str, Node], keys: list[tuple[str, int]], event: Any, line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent) or len(event.value) > KEY_MAX_CHARS:
            raise self._refused(line, f"a key must be a text of at most {KEY_MAX_CHARS} characters")
        if event.value in entries:
            self._problems.at(self._file, line, f"{event.value:.80} stands twice here")
        keys.append((event.value, line))

    def _refused(self, line: int, text: str) -> _Refused:
        self._problems.at(self._file, line, text)
        return _Refused(text)


def _empty(event: Any) -> str | list[Node] | dict[str, Node]:
    if isinstance(event, yaml.ScalarEvent):
        return str(event.value)
    return [] if isinstance(event, yaml.SequenceStartEvent) else {}
