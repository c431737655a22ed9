"""Every dashboard by the name of its file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from milepost.grafana import lag, lane, orders, partners, worker
from milepost.grafana.board import Board

BOARDS: dict[str, Callable[[], Board]] = {
    "lag": lag.board,
    "lane-overview": lane.board,
    "orders-erp": orders.board,
    "partners": partners.board,
    "worker-internals": worker.board,
}
DIRECTORY = Path(__file__).parent / "dashboards"
