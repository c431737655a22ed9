"""Lane intake with the shipped dialects: a stranger's bytes in, all outputs out, nothing of it a stand-in."""

from __future__ import annotations

from milepost.agents.documents import Documents
from milepost.agents.intake import Intake
from milepost.codecs import canonical
from milepost.contracts.events import Event
from milepost.contracts.reports import DeadLetter
from milepost.metrics.partners import DocumentsCounted
from milepost.metrics.registry import Registry
from milepost.runtime import partner_headers
from milepost.runtime.durable.interface import Output
from milepost.tests.intake.partner import Bench
from milepost.tests.partners.shipped import DIRECTORY, dialects

SAMPLES = DIRECTORY / "samples"
RECEIVED_MS = 1_772_800_000_000  # 2026-03-06: the time of the shipped samples
UNLIMITED = 10**9


class Desk(Bench):
    """``hear`` takes in one message of a partner. ``watch`` counts."""

    def __init__(self, limit_per_hour: int = UNLIMITED) -> None:
        super().__init__(limit_per_hour)

    def restart(self) -> None:
        self.watch = DocumentsCounted(Registry("intake"), [one.source for one in dialects().partners.values()])
        self.intake = Intake(self.limit_per_hour, documents=Documents(dialects(), self.watch))
        for partition, store in enumerate(self.stores):
            assert list(self.intake.recovered(partition, store, 1)) == []

    def hear(self, partner: str, value: bytes, message: str = "M-1", **changes: object) -> list[Output]:
        headers = {
            partner_headers.PARTNER: partner, partner_headers.MESSAGE_ID: message,
            partner_headers.RECEIVED_MS: str(RECEIVED_MS), **changes,
        }  # fmt: skip
        written = tuple((name, str(value).encode()) for name, value in headers.items())
        return self.send(value, f"{partner}/{message}", headers=written, topic="partner.documents")

    def again(self, letter: DeadLetter, value: bytes) -> list[Output]:
        """Take in the mended bytes of a dead letter, with all that stood beside them."""
        return self.hear(letter.partner, value, letter.message, **{
            partner_headers.RECEIVED_MS: letter.received_ms, partner_headers.NAME: letter.name,
            partner_headers.CONTENT_TYPE: letter.content_type,
        })  # fmt: skip


def events(outputs: list[Output]) -> list[Event]:
    """Return what the orders hear."""
    return [canonical.decode(one.value or b"") for one in outputs if one.topic == "partner.events"]
