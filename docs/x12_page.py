"""docs/x12.md and docs/x12-codes.md, made from the tables of sets and the code lists: what a dialect can name."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.codecs.x12.codes import LISTS
from milepost.codecs.x12.sets import SETS
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import Element, Segment, Slot, Table
from milepost.codecs.x12.sets.tree import LEVELS, OTHERS
from milepost.codecs.x12.sets.values import kind_in_words

MONEY = (58, 60, 117, 191, 193, 212, 610, 782)  # data elements that are amounts, prices or rates

_HEAD = """# X12 documents

Made from the tables in `codecs/x12/sets` by `make docs`; do not edit. The same tables read and write. Everything is
text as it was sent; what is not there is not in the document. What the codes mean is in [x12-codes.md](x12-codes.md).

Every document has `set`, `control`, `group_control`, `interchange_control`, `sender`, `receiver`, `group_sender`,
`group_receiver`, `version`, `group_at`, `usage` of its envelope. Then, wherever they are:

| field | is |
| --- | --- |
| `references` and `refs` | `[{qualifier, value, text}]` (N9, REF, L11); the first of each: `$.refs.BM` |
| `moments` | `[{qualifier, date, time_qualifier, time, zone}]` (G62, DTM) |
| `dates`, `times`, `zones` | the first of each qualifier of `moments`: `$.dates.37` |
| `ids` | product ids by qualifier: `.ids.UP`; a second one of a qualifier is in `more_ids: [{qualifier, value}]` |
| `channels` | telephone numbers and addresses of a contact by kind: `.channels.TE` |
| `sscc`, `tracking` | of a mark (MAN) that is one; of the 856 also of the level itself |
| `packages` | of the 945: those of a line are all that its LX names; the document's are each of them once |
| `text` | the first of `texts` or `descriptions` |
| `respond_by`, `respond_by_time`, `respond_by_zone` | of the 204: G62 with qualifier 64 |
| `scac` | of the 850, 855 and 856: the first TD5 whose id is a carrier code |
| `NAME_parts` | the components of a composite, where there is more than one |
| `more` | elements beyond the table: `{"W06-13": "x"}` |
| `other` | segments that the table gives no names to: `[{segment, elements}]` |

To write a set either form will do: `refs: {BM: B-17}` or the list in full. Numbers of LX, HL and ENT, and the totals
below, are put in where they are left out.

## Amounts

**Two decimals are not written** (`implied: 2` in a dialect): %s.

**With their own decimal point**: %s.

## Totals

Added up again whenever they are sent; one that is wrong is told (`total`), and nothing is refused for it.

| set | element | field |
| --- | --- | --- |
%s

## Sets

A line is a place in the set: the field, and the segment whose elements are in it (below). `NAME[]` is a list, `NAME`
one object; a segment without a field gives its elements to the object around. `!` must be there. Indented: inside of
it. Where a segment groups others (`of each of lines[] in it: LX`) there is no object for the group: what it says is
said of each of them.
"""


def page() -> str:
    """Return docs/x12.md."""
    implied = [f"{s.id}-{at:02d} `{e.name}`" for s in _segments() for at, e in _numbered(s) if e.kind == "n2"]
    explicit = [
        f"{s.id}-{at:02d} `{e.name}`"
        for s in _segments()
        for at, e in _numbered(s)
        if e.kind == "r" and e.reference in MONEY
    ]
    totals = [f"| {g.code} | {t.segment}-{t.element:02d} | `{t.name}` |" for g in SETS.values() for t in g.totals]
    head = _HEAD % (", ".join(implied), ", ".join(explicit), "\n".join(totals))
    sets = "\n".join(_set(SETS[code]) for code in sorted(SETS))
    segments = "\n".join(f"| {s.id} | {', '.join(map(_element, _grouped(s)))} |" for s in _segments())
    tail = "\n## Segments\n\nIn the order of their elements. " + _KINDS + "\n\n| segment | elements |\n| --- | --- |\n"
    return f"{head}\n{sets}{tail}{segments}\n"


_KINDS = (
    f"Kinds: `n` {kind_in_words('n')}, `n2` {kind_in_words('n2')}, `r` {kind_in_words('r')}, `d` {kind_in_words('d')}, "
    f"`t` {kind_in_words('t')}, `x` {kind_in_words('x')}; text where nothing is said. "
    "`name{}` is a mapping: qualifier, then value."
)


def _set(grammar: SetGrammar) -> str:
    lines = "\n".join(_places(grammar.table, 0))
    head = f"### {grammar.code}\n{grammar.title}. GS01 `{grammar.functional}`, `kind: x12/{grammar.code}`."
    return f"{head}\n```\n{lines}\n```\n"


def _places(table: Table, depth: int) -> Iterator[str]:
    for slot in table:
        if slot.written:
            yield f"{'  ' * depth}{_field(slot)}{'/'.join(s.id for s in slot.segments)}{'!' if slot.must else ''}"
            yield from _places(slot.slots, depth + 1)


def _field(slot: Slot) -> str:
    if slot.shape == "flat":
        return ""
    if slot.shape == "tree":
        names = ", ".join(f"{name}[] ({level})" for level, name in LEVELS.items())
        return f"{names}, {OTHERS}[] (any other `level`), each under its parent: "
    if slot.shape == "spread":
        return f"of each of {slot.name}[] in it: "
    return f"{slot.name}: " if slot.shape == "one" else f"{slot.name}[]: "


def _segments() -> list[Segment]:
    """Every table of a segment once, by its id."""
    found: dict[Segment, None] = {}
    for grammar in SETS.values():
        _collect(grammar.table, found)
    return sorted(found, key=lambda s: s.id)


def _collect(table: Table, found: dict[Segment, None]) -> None:
    for slot in table:
        found.update(dict.fromkeys(slot.segments))
        _collect(slot.slots, found)


def _numbered(segment: Segment) -> Iterator[tuple[int, Element]]:
    yield from enumerate(segment.elements, 1)


def _grouped(segment: Segment) -> Iterator[tuple[str, Element]]:
    """Elements by place; those that together are one list or mapping once, where the first of them stands."""
    together: set[str] = set()
    for at, element in _numbered(segment):
        mapped = element.pair or (at > 1 and segment.elements[at - 2].pair)
        if not (mapped or element.many):
            yield f"{at:02d}", element
        elif element.name not in together:
            together.add(element.name)
            yield f"{at:02d}", element


def _element(placed: tuple[str, Element]) -> str:
    at, element = placed
    name = element.name + ("{}" if element.pair else "[]" if element.many else "")
    kind = f" {element.kind}" if element.kind else ""
    return f"{at} `{name}`{kind}{'!' if element.must else ''}"


_CODES_HEAD = """# X12 codes

Made from `codecs/x12/codes` by `make docs`; do not edit. What each code of a status, reason or purpose means, in our
words. Nothing is translated by these lists: a dialect's `statuses` say what a code means to Milepost, and every code of
its list must be there or in its `ignore`.
"""


def codes_page() -> str:
    """Return docs/x12-codes.md."""
    parts = [_CODES_HEAD]
    for found in LISTS.values():
        rows = "\n".join(f"| {code} | {c.sense} | {c.text} |" for code, c in found.codes.items())
        parts.append(f"## {found.element}\n{found.title}.\n\n| code | sense | means |\n| --- | --- | --- |\n{rows}\n")
    return "\n".join(parts)
