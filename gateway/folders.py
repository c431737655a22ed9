"""The folders of one partner's files: ``in``, ``claimed``, ``finished``, ``failed``; ``out`` is what we send.

A file is taken by renaming it, which one process alone can do; links are moved, never followed. Whatever stands in a
file's name is made plain before it names anything of ours.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("in", "claimed", "finished", "failed", "out")
MODE = 0o750
NAME_CHARS = 120
LOOK_MAX = 200
"""Files taken at one look; the rest waits for the next one."""
PARTIAL = (".part", ".partial", ".filepart", ".tmp", ".crdownload")
ABANDONED_S = 300.0
"""A file claimed so long ago by another process is taken over: that process is gone, or its broker is."""
REASON = ".reason"
_PLAIN = re.compile(r"[^A-Za-z0-9._-]")


class Steady(NamedTuple):
    """What a file looked like: it is whole when it looks the same twice."""

    inode: int
    size: int
    changed_ns: int


class Unusable(Exception):
    """A file that is not taken in; its text is the reason that is left beside it."""


class Folders:
    """``home`` is DROP/NAME. ``instance`` names this process among those that share the folder."""

    def __init__(self, home: Path, instance: str, pattern: str) -> None:
        self._home, self._pattern = home, pattern
        self._mine = home / "claimed" / plain_name(instance)
        self._seen: dict[str, Steady] = {}

    def prepare(self) -> None:
        """Make the folders. Raises OSError where one is something else, or a link."""
        self._home.parent.mkdir(parents=True, exist_ok=True, mode=MODE)
        for folder in (self._home, *(self._home / name for name in FOLDERS), self._mine):
            folder.mkdir(exist_ok=True, mode=MODE)
            self._a_folder(folder)

    def _a_folder(self, folder: Path) -> None:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "a link or a file where a folder should be", str(folder))

    def claimed(self, now_s: float) -> list[Path]:
        """Return what is ours to take in: left from before, abandoned by others, and new files that are whole."""
        for name in ("in", "claimed"):
            self._a_folder(self._home / name)
        self._take_over(now_s)
        self._claim()
        return sorted(self._mine.iterdir())[:LOOK_MAX]

    def _take_over(self, now_s: float) -> None:
        for other in (self._home / "claimed").iterdir():
            if other == self._mine or not stat.S_ISDIR(other.lstat().st_mode):
                continue
            for path in sorted(other.iterdir())[:LOOK_MAX]:
                if now_s - _claimed_at(path) > ABANDONED_S:
                    _moved(path, self._free(self._mine, path.name))

    def _claim(self) -> None:
        seen, taken = dict[str, Steady](), 0
        with os.scandir(self._home / "in") as entries:
            found = sorted((entry.name for entry in entries), key=os.fsencode)
        for name in found:
            looks = self._looks(name)
            if looks is None:
                continue
            if self._seen.get(name) == looks and taken < LOOK_MAX:
                taken += _moved(self._home / "in" / name, self._free(self._mine, plain_name(name)))
            else:
                seen[name] = looks
        self._seen = seen

    def _looks(self, name: str) -> Steady | None:
        """Return what a file looks like; None for what is not meant for us, or not yet."""
        if name.startswith(".") or name.lower().endswith(PARTIAL) or not fnmatchcase(name, self._pattern):
            return None
        try:
            found = (self._home / "in" / name).lstat()
        except OSError:
            return None  # taken by another, or drawn back
        return Steady(found.st_ino, found.st_size, found.st_mtime_ns)

    def read(self, path: Path, limit: int) -> bytes:
        """Return the bytes of a claimed file. Raises Unusable with the reason where it can never be taken in."""
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Unusable("not a plain file: links, folders and devices are not followed")
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                raise Unusable(f"{size} bytes; at most {limit} are taken in")
            value = file.read(limit + 1)
            if len(value) != size or os.fstat(file.fileno()).st_size != size:
                raise BlockingIOError(errno.EAGAIN, "still being written")
        if not value:
            raise Unusable("empty")
        return value

    def finish(self, path: Path) -> None:
        """The broker has it."""
        _moved(path, self._free(self._home / "finished", path.name))

    def fail(self, path: Path, reason: str) -> None:
        """Put it aside, with the reason beside it."""
        target = self._free(self._home / "failed", path.name)
        if _moved(path, target):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(f"{target}{REASON}", flags, 0o640), "w") as file:
                file.write(reason + "\n")

    def _free(self, folder: Path, name: str) -> Path:
        target, number = folder / name, 1
        while os.path.lexists(target) or os.path.lexists(f"{target}{REASON}"):
            number += 1
            target = folder / f"{name}.{number}"
        return target


def plain_name(name: str) -> str:
    """Return a name that is safe as a file's name and in a header: letters, digits, ``.``, ``_``, ``-``."""
    plain = _PLAIN.sub("_", name.encode("utf-8", "replace").decode()).lstrip(".")
    return plain[-NAME_CHARS:].lstrip(".") or "_"


def _moved(path: Path, target: Path) -> bool:
    try:
        path.rename(target)
    except FileNotFoundError:  # another process was quicker
        return False
    return True


def _claimed_at(path: Path) -> float:
    try:
        return path.lstat().st_ctime  # renaming sets it
    except OSError:
        return float("inf")
