"""Which dead letters are meant: by their ids, or by what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
from milepost.commands.dead_letters_folded import STATES, Folded, Letter

TIME = click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"])
ID_MIN_CHARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All that is asked must hold. ``key``: of the refused record; then only its partition is read. ``order``: that, or
    the owner its bytes name. ``since`` and ``until`` are of its last refusal."""

    partner: str | None = None
    source: str | None = None
    reason: str | None = None
    topic: str | None = None
    lane: str | None = None
    order: str | None = None
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    state: str | None = None

    @property
    def any(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__slots__)

    def fits(self, one: Letter) -> bool:
        last = one.last
        return (
            self.partner in (None, one.first.partner)
            and self.source in (None, last.source)
            and self.reason in (None, last.reason)
            and self.topic in (None, one.first.topic)
            and self.lane in (None, last.lane)
            and self.state in (None, one.state)
            and (self.key is None or one.key == self.key.encode())
            and (self.order is None or self.order == one.owner or one.key == self.order.encode())
            and (self.since is None or one.last_seen >= self.since)
            and (self.until is None or one.last_seen <= self.until)
        )


def filter_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """--partner, --source ... of the verbs that choose letters; the verb gets them as its ``filters``."""
    return _REASON(sending_filter_options(verb))


def sending_filter_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The same without --reason, which says there why a person does it; --reason-is is the letters'."""
    for option in reversed(_OPTIONS):
        verb = option(verb)
    return verb


def filters_of(given: dict[str, Any], *, state: str | None = None) -> Filters:
    """Return what was asked; ``state``: what is meant where none was named."""
    times = {name: at.replace(tzinfo=UTC) for name in ("since", "until") if (at := given.get(name)) is not None}
    told = {name: value for name, value in given.items() if name in Filters.__slots__} | times
    if state is not None and told.get("state") is None:
        told["state"] = state
    return Filters(**told)


def chosen(found: Folded, ids: Iterable[str], filters: Filters) -> list[Letter]:
    """Return the letters that are meant, each key's in the order in which its records were sent."""
    wanted = [the(found, one) for one in dict.fromkeys(ids)]
    letters = [one for one in (wanted or found.letters.values()) if wanted or filters.fits(one)]
    return sorted(letters, key=lambda one: (*one.sort_key, one.id))


def the(found: Folded, name: str) -> Letter:
    """Return the one letter whose id is, or begins with, ``name``; ClickException, one line, otherwise."""
    if name in found.letters:
        return found.letters[name]
    like = [one for one in found.letters if one.startswith(name)] if len(name) >= ID_MIN_CHARS else []
    if len(like) == 1:
        return found.letters[like[0]]
    several = f"{len(like)} dead letters begin with {name!r}" if like else f"there is no dead letter {name!r}"
    raise click.ClickException(f"{several} ({len(found.letters)} letters, {found.read} records read)")


_OPTIONS = (
    click.option("--partner", default=None, help="Only of messages of this partner (its dialect's name)."),
    click.option("--source", default=None, help="Only of this reporting system."),
    click.option("--topic", default=None, help="Only from this topic."),
    click.option("--lane", default=None, help="Only refused by this lane."),
    click.option("--order", default=None, help="Only of this order or load/ID, by key or by what the bytes say."),
    click.option("--key", default=None, help="Only of records with this key; only its partition is read."),
    click.option("--since", type=TIME, default=None, help="Only last refused at or after this time (UTC)."),
    click.option("--until", type=TIME, default=None, help="Only last refused at or before it."),
    click.option("--state", type=click.Choice(STATES), default=None, help="Only what stands so."),
)
_REASON = click.option("--reason", "--reason-is", "reason", default=None,
                       help="Only refused for this reason: unmapped_status ...")  # fmt: skip
