"""Cross-references and status tables: a partner's words to ours and back. A gap is never filled by a guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.near import did_you_mean

TABLE_MAX = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """One cross-reference. ``keeps``: a code that is not in it stands for itself."""

    name: str
    map: Mapping[str, str]
    keeps: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Statuses:
    """One status table: our words by theirs, and theirs that say nothing to us. ``used``: those that are asked for."""

    name: str
    map: Mapping[str, str]
    ignore: frozenset[str] = frozenset()
    used: set[str] = field(default_factory=set)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.map.values()))


def codes_of(form: Form) -> dict[str, Codes]:
    """Read the section ``codes``."""
    tables = {}
    for name in form.entries:
        one = form.form(name, ("version", "missing", "map"), ("map",))
        keeps = one.choice("missing", ("refuse", "keep"), "refuse") == "keep"
        tables[name] = Codes(name, _filled(one, "map"), keeps, one.text("version"))
    return tables


def statuses_of(form: Form) -> dict[str, Statuses]:
    """Read the section ``statuses``."""
    tables = {}
    for name in form.entries:
        one = form.form(name, ("map", "ignore"))
        found, ignored = _filled(one, "map"), one.texts("ignore") if one.get("ignore") is not None else ()
        for word in ignored:
            if word in found:
                one.problem("ignore", f"{word:.40} has a meaning in `map` as well")
        tables[name] = Statuses(name, found, frozenset(ignored))
    return tables


def _filled(form: Form, key: str) -> dict[str, str]:
    found = form.table(key)
    for name, word in found.items():
        if not word:
            form.problem(key, f"{name:.40} stands for nothing")
    if len(found) > TABLE_MAX:
        form.problem(key, f"more than {TABLE_MAX} entries")
    return found


def back(form: Form, name: str, found: Mapping[str, str]) -> dict[str, str]:
    """Return a table the other way; a word that two of theirs stand for is said: it could go out as either."""
    turned: dict[str, str] = {}
    for theirs, ours in found.items():
        if ours in turned:
            form.problem("back", f"table {name} says {ours:.40} in two ways, {turned[ours]:.40} and {theirs:.40}")
        turned.setdefault(ours, theirs)
    return turned


def missing_table(form: Form, name: str, known: Mapping[str, object]) -> None:
    """Say that a table is not there."""
    form.problem("table", f"there is no table {name:.60}{did_you_mean(name, known)}")
