"""What a lane is made of, as data."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.runtime.durable.interface import EpochOf, Merge, Oversize, ProcessorFactory, Ticker, Tuning


@dataclass(frozen=True, slots=True)
class LaneSetup:
    app_id: str
    bootstrap: str
    sources: tuple[str, ...]
    tables: tuple[str, ...]
    processor_factory: ProcessorFactory
    tuning: Tuning
    outputs: tuple[str, ...] = ()
    merge: Merge | None = None
    epoch_of: EpochOf | None = None
    oversize: Oversize | None = None
    ticker: Ticker | None = None
