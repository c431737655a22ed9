"""The pumps of lane dispatch, as far as its processor knows them."""

from __future__ import annotations

from typing import Protocol

from milepost.runtime.erp.queues import Place
from milepost.tables.delivery import Delivery


class Sender(Protocol):
    """Nothing here waits."""

    def reaches(self, partner: str) -> bool:
        """Whether there is a way to the partner."""

    def submit(self, delivery: Delivery, place: Place, *, inherited: bool = False) -> None: ...

    def answered(self, delivery: Delivery, attempt: int | None) -> None:
        """Attempts up to this one (None: all) need nothing more."""

    def drop(self, partition: int) -> None: ...
