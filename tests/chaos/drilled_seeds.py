"""The drills that belong to every run of the tests."""

from __future__ import annotations

from typing import Final

SEEDS: Final = (6, 7)
"""Together they meet every kind of fault; 6 has an ERP that books a reference as often as it is asked."""

ORDERS: Final = 300
