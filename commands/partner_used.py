"""Which interfaces there are beside the dialects' files, and when each was last used, as the topics tell it (S62).

Who writes our own events needs no file, and so has no owner and no end: the registry says so. What is on the topics is
what is known; a partner whose last message has left them was last used before that.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from milepost.codecs.dialects.model import Dialects
from milepost.commands.lines import printable
from milepost.commands.partner_standing import Standing
from milepost.commands.topic_reading import Read
from milepost.contracts.events import SCHEMA_VERSION
from milepost.runtime.desk import PEOPLES
from milepost.runtime.settings import Settings
from milepost.runtime.topic_table import ERP_RECEIPTS, PARTNER_DELIVERIES, PARTNER_DOCUMENTS, PARTNER_EVENTS

TOPICS = (PARTNER_DOCUMENTS, PARTNER_EVENTS, PARTNER_DELIVERIES, ERP_RECEIPTS)
UNFILED = "writes our own events without a file: nobody answers for it, and it has no end"
SAID_BY_US = (*PEOPLES, "data.")  # how the tags begin of what no partner says


class _Tag(msgspec.Struct, frozen=True):
    type: str = ""


class _Said(msgspec.Struct, frozen=True):
    """What of a record tells whose it is. ``partner`` of an event: intake read it in that partner's document."""

    source: str = ""
    partner: str = ""
    body: _Tag = _Tag()
    events: tuple[_Said, ...] = ()


_decode = msgspec.json.Decoder(_Said).decode


def erp_of(settings: Settings) -> Standing:
    """Return the row of the one interface that is no partner's: the ERP's."""
    return Standing(f"erp/{settings.erp_account}", "erp", "http", "", "", "", "", "out by HTTP", "", "")


def unfiled(dialects: Dialects, settings: Settings, heard: Mapping[str, int]) -> list[Standing]:
    """Return a row for each source that no dialect speaks as: those of the settings, and whoever else was heard."""
    spoken = {source for dialect in dialects.partners.values() for source in (*dialect.sources, dialect.name)}
    found = sorted({*settings.partners, *heard} - spoken - {erp_of(settings).name})
    ways, version = "in by partner.events", str(SCHEMA_VERSION)
    return [Standing(printable(name), "", "canonical", "", version, "", "", ways, "", UNFILED) for name in found]


def used(last: dict[str, int], record: Read, settings: Settings) -> None:
    """Note in ``last``, milliseconds by name, that the interfaces a record went over were used."""
    for name in _interfaces(record, settings):
        last[name] = max(last.get(name, 0), record.timestamp_ms)


def _interfaces(record: Read, settings: Settings) -> set[str]:
    if record.topic == PARTNER_DOCUMENTS:
        return {record.key.decode("utf-8", "replace").partition("/")[0]}
    if record.topic == ERP_RECEIPTS:
        return {erp_of(settings).name}
    try:
        said = _decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return set()
    if record.topic == PARTNER_DELIVERIES:
        return {said.partner} - {""}
    events = said.events or (said,)
    return {one.source for one in events if not one.partner and not one.body.type.startswith(SAID_BY_US)} - {""}
