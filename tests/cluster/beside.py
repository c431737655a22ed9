"""Work, and what has to run beside it: when that ends, the work ends too."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Done = TypeVar("Done")


async def beside(work: Coroutine[Any, Any, Done], *others: Coroutine[Any, Any, None]) -> Done:
    """The result of `work`. What one of the others raises before that is raised here; all of them are ended."""
    working = asyncio.create_task(work)
    running = [asyncio.create_task(one) for one in others]
    try:
        await asyncio.wait({working, *running}, return_when=asyncio.FIRST_COMPLETED)
        for one in running:
            if one.done():
                one.result()
        return await working
    finally:
        for task in (working, *running):
            task.cancel()
        await asyncio.wait({working, *running})
