"""Dialect files to Dialects: all problems of all files at once, each with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from milepost.codecs import formats
from milepost.codecs.dialects.choosing import chooser
from milepost.codecs.dialects.compiling import Compiler
from milepost.codecs.dialects.expressions import KINDS
from milepost.codecs.dialects.extending import BASE, extended
from milepost.codecs.dialects.form import Form
from milepost.codecs.dialects.model import ROLES, Dialect, DialectErrors, Dialects, Terms
from milepost.codecs.dialects.naming import LET, expanded
from milepost.codecs.dialects.numbers import MARKS
from milepost.codecs.dialects.quantities import units_of
from milepost.codecs.dialects.reading import options_of
from milepost.codecs.dialects.sayings import kinds_and_condition, messages_of
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.dialects.sendings import instructions_of
from milepost.codecs.dialects.sites import sites_of
from milepost.codecs.dialects.tables import Statuses, codes_of, statuses_of
from milepost.codecs.dialects.times import ABOUT_ZONE, PRECISIONS
from milepost.codecs.dialects.transport import envelope, incoming, outgoing
from milepost.codecs.dialects.yaml_lines import Node, Problems, plain, read
from milepost.codecs.dialects.zones import zone_of

SITES = "sites.yaml"
SUFFIX = ".yaml"
SECTIONS = (
    "partner", "extends", "role", "source", "owner", "contract", "format", "read", "issuer", "time", "units", "codes",
    "statuses", "in", "out", LET, "messages", "ignore", "instructions",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def read_dialects(files: Mapping[str, bytes], sites: bytes | None = None) -> Dialects:
    """Return the dialects in ``files`` (by their path below the dialects' directory); DialectErrors for any problem.

    ``base/...`` are files to extend, and no partners; other files than ``*.yaml`` are schemas that a dialect names.
    ``sites.yaml`` may be among them, or be given as ``sites``.
    """
    problems = Problems()
    nodes = {}
    for name, data in sorted(files.items()):
        if name.endswith(SUFFIX) and name != SITES and (node := read(name, data, problems)) is not None:
            nodes[name] = node
            _known_sections(node, problems)
    partners: dict[str, Dialect] = {}
    for name in nodes:
        if not name.startswith(BASE):
            try:
                dialect = _dialect(name, nodes, files, problems)
            except RecursionError:  # names put into names, without end in sight
                problems.at(name, 1, "nested deeper than can be read, with what it extends and the names of `let`")
                continue
            partners[dialect.name] = dialect
            _not_in_a_circle(dialect, nodes[name], partners, problems)
    sites = files.get(SITES) if sites is None else sites
    root = None if sites is None else read(SITES, sites, problems)
    served = {} if root is None else sites_of(root, partners, problems)
    if len(problems):
        raise DialectErrors(problems.all())
    return Dialects(partners, served)


def _known_sections(node: Node, problems: Problems) -> None:
    Form(problems, node, "", SECTIONS)


def _dialect(file: str, nodes: Mapping[str, Node], files: Mapping[str, bytes], problems: Problems) -> Dialect:
    root = expanded(extended(file, nodes, problems), problems)
    form = Form(problems, root, "", SECTIONS, ("partner", "role", "format"))
    name = form.text("partner")
    if name and (not _NAME.fullmatch(name) or f"{name}{SUFFIX}" != file):
        form.problem("partner", f"{name:.60}: the file's name is expected, of a-z, 0-9 and -")
    role, format = form.choice("role", ROLES, ""), form.choice("format", formats.READ, "")
    compiler = _compiler(form, problems)
    messages = messages_of(compiler, form.forms("messages"), role, format)
    ignore = form.forms("ignore")
    ignored = tuple(kinds_and_condition(compiler, one, format) for one in ignore)
    out = form.form("out", ("http", "drop", "kafka", "envelope", "rate_per_s", "concurrency"))
    instructions = instructions_of(compiler, form.forms("instructions"), format)
    dialect = Dialect(
        name=name or file.removesuffix(SUFFIX),
        role=role,  # type: ignore[arg-type]
        sources=form.texts("source") or (name,),
        issuer=form.text("issuer", name),
        format=format,
        owner=form.text("owner"),
        terms=_terms(form.form("contract", ("version", "until", "warn_days", "replaced_by"))),
        read=options_of(form, format, files),
        zone=compiler.zone,
        precision=compiler.precision,
        incoming=incoming(compiler, form.form("in", ("webhook", "drop", "kafka"))),
        outgoing=outgoing(out),
        envelope=envelope(out.form("envelope", ("sender", "receiver", "version", "usage"), ("sender", "receiver"))),
        messages=messages,
        choose=chooser(messages),
        ignored=_anyone(ignored) if ignored else None,
        instructions=instructions,
        data=plain(root),
    )
    _check(form, dialect)
    if not _drops(nodes[file]):
        _unused(form, compiler.statuses)
    return dialect


def _compiler(form: Form, problems: Problems) -> Compiler:
    time = form.form("time", ("zone", "precision"))
    zone = time.text("zone")
    if zone and zone_of(zone) is None:
        time.problem("zone", f"{zone:.60} is none; {ABOUT_ZONE}")
        zone = ""
    sections = {
        name: Form(problems, form.get(name), name, (form.get(name) or Node({}, "", 1)).entries or ())
        for name in ("codes", "statuses")
    }
    options = form.get("read")
    layout = Form(problems, options, "read", (options.entries or ()) if options is not None else ())
    return Compiler(
        problems,
        KINDS,
        codes=codes_of(sections["codes"]),
        statuses=statuses_of(sections["statuses"]),
        units=units_of(form),
        zone=zone,
        precision=time.choice("precision", PRECISIONS, ""),
        comma=layout.choice("decimal", MARKS, ".") == ",",
    )


def _terms(form: Form) -> Terms:
    until, text = None, form.text("until")
    if text:
        try:
            until = date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            until = None
        if until is None:
            form.problem("until", f"{text:.40} is no date such as 2027-06-30")
    warn_days = int(form.number("warn_days", 0, 1000, 30))
    return Terms(form.text("version", "1"), until, warn_days, form.text("replaced_by"))


def _not_in_a_circle(dialect: Dialect, node: Node, partners: Mapping[str, Dialect], problems: Problems) -> None:
    """Who is replaced by one whom it replaces itself never ends. Said of the last one read: it closes the circle."""
    chain = [dialect.name]
    after = dialect.terms.replaced_by
    while after and after not in chain and after in partners:
        chain.append(after)
        after = partners[after].terms.replaced_by
    if after == dialect.name:
        terms = (node.entries or {}).get("contract", node)
        said = (terms.entries or {}).get("replaced_by", terms)
        problems.add(said, f"contract.replaced_by: a circle: {' -> '.join([*chain, after])}")


def _anyone(ignored: tuple[tuple[tuple[str, ...], Any], ...]) -> Any:
    def applies(scope: Scope, kind: str) -> bool:
        return any((not kinds or kind in kinds) and holds(scope) for kinds, holds in ignored)

    return applies


def _check(form: Form, dialect: Dialect) -> None:
    """What can only be seen of the file as a whole."""
    if dialect.format == "canonical":
        if dialect.messages:
            form.problem("messages", "means nothing for our own events: they pass as they are")
    elif not dialect.messages and not dialect.instructions and dialect.format:
        form.problem("messages", "is missing: the file says nothing and sends nothing")
    if dialect.instructions and dialect.outgoing is None:
        form.problem("instructions", "`out` is missing: how they go")
    if any(rule.kind.startswith("x12/") for rule in dialect.instructions) and dialect.envelope is None:
        form.problem("instructions", "`out.envelope` is missing: who sends to whom")


def _unused(form: Form, statuses: Mapping[str, Statuses]) -> None:
    """A meaning that nothing asks for is lost without a word. In a file that drops messages that may be meant."""
    for table in statuses.values():
        unused = [word for word in table.words if word not in table.used]
        if table.used and unused:
            form.form("statuses", statuses).form(table.name, ("map", "ignore")).problem(
                "map", f"{', '.join(unused)[:80]}: nothing in the file asks for it, so what means it would be lost"
            )


def _drops(node: Node) -> bool:
    entries = node.entries or {}
    lists = [entries[name].items or [] for name in ("messages", "instructions") if name in entries]
    return any("drop" in (one.entries or {}) for nodes in lists for one in nodes)
