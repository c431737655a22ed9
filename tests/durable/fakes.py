"""Small stand-ins shared by the tests that need no broker."""

from __future__ import annotations

from typing import NoReturn

from milepost.runtime.durable.book import Book, Chunk, Era
from milepost.runtime.durable.interface import Incoming


class Ended(Exception):
    """The process would have ended here."""


def die(reason: str) -> NoReturn:
    raise Ended(reason)


def a_chunk(book: Book, start: int, stop: int) -> Chunk:
    records = [Incoming("in", 0, n, b"k", b"v", 0, ()) for n in range(start, stop)]
    return Chunk(records, book, start, stop)


def an_era(start: int = 0) -> tuple[Era, Book]:
    book = Book("in", 0, start, -1, None)
    return Era({("in", 0): book}, 1), book
