"""The functions that a dialect may name: pure, of plain data, and as few as can be. None of ours needs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from milepost.codecs.documents import Plain

ESCAPES: Mapping[str, Callable[[Plain], Plain]] = {}
"""``package.module:function`` by name. No other name is looked for: a file cannot call what it likes."""
