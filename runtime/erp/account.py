"""The ERP account's gateways: the one that lane posting posts through, and what all others may do: ask.

Nobody else reads the ERP's address and tokens. What may only read has a token of its own, and nothing by which to post.
"""

from __future__ import annotations

from milepost.runtime.erp.protocol import Books, ErpDocument, Page
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.setting_kinds import Secret
from milepost.runtime.settings import Settings


def gateway(settings: Settings) -> SimulatedErp:
    """Return a gateway of its own to the account, by the token that may post; close it. Of lane posting alone."""
    return _opened(settings, settings.erp_token)


def books(settings: Settings) -> Books:
    """Return what the account's documents can be read by, with the token that may read: nothing else; close it."""
    return _Reading(_opened(settings, settings.erp_read_token))


class _Reading:
    """The gateway without its other half: there is no `post` here, by whatever name."""

    __slots__ = ("_close", "_documents", "_find")

    def __init__(self, erp: SimulatedErp) -> None:
        self._find, self._documents, self._close = erp.find, erp.documents, erp.close

    async def find(self, reference: str) -> list[ErpDocument]:
        return await self._find(reference)

    async def documents(self, after: int = 0) -> Page:
        return await self._documents(after)

    async def close(self) -> None:
        await self._close()


def _opened(settings: Settings, token: Secret) -> SimulatedErp:
    return SimulatedErp(
        settings.erp_url,
        request_timeout_s=settings.erp_timeout_s,
        longest_processing_s=settings.erp_longest_processing_s,
        connections=settings.erp_concurrency,
        token=token.reveal(),
    )
