"""What the journal topic holds: facts by (owner, version), the higher epoch standing, as a reader puts it together."""

from __future__ import annotations

from milepost.contracts.events import Event
from milepost.contracts.reports import JournalEntry


class Journal:
    def __init__(self) -> None:
        self._versions: dict[tuple[str, int], tuple[int, dict[str, Event]]] = {}

    def add(self, entry: JournalEntry) -> None:
        key = entry.owner, entry.version
        epoch, facts = self._versions.get(key, (0, {}))
        if entry.epoch > epoch:
            facts = {}
        if entry.epoch >= epoch:
            self._versions[key] = entry.epoch, facts | {e.event_id + e.business_key: e for e in entry.facts}

    def facts(self, owner: str) -> list[Event]:
        """Return every fact journalled of ``owner``."""
        return [e for (o, _), (_, found) in self._versions.items() if o == owner for e in found.values()]
