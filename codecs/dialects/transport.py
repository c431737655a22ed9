"""The sections ``in`` and ``out``: how messages come and how instructions go. Secrets only as references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from milepost.codecs.dialects.compiling import Compiler
from milepost.codecs.dialects.form import SECRET, Form
from milepost.codecs.dialects.model import (
    EXCHANGE_IN,
    EXCHANGE_OUT,
    Drop,
    Envelope,
    Fetch,
    Http,
    Incoming,
    Kept,
    Mode,
    Outgoing,
    Place,
    Poll,
    Scheme,
    Signature,
    Topic,
    Webhook,
)
from milepost.codecs.dialects.numbers import shown
from milepost.codecs.dialects.paths import parsed
from milepost.codecs.dialects.scope import Scope
from milepost.codecs.documents import Plain
from milepost.codecs.errors import DecodeError

DAY_S = 86_400.0
RATE_MAX = 10_000.0
CONCURRENCY_MAX = 100
TIMEOUT_MAX_S = 600.0
SILENCE_MAX_S = 400 * DAY_S
HMAC = "hmac-sha256"
_SCHEMES = get_args(Scheme)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_URL = re.compile(r"https?://[^\s/?#@]+(?:/[^\s]*)?")
_SIDE = re.compile(r"([A-Z0-9]{2}):(\S(?:.{0,13}\S)?)")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")
_SECRET_IN_QUERY = re.compile(r"(?:^|&)[^=&]*(?:auth|key|token|secret|sig|password)[^=&]*=", re.IGNORECASE)
_SECRET_HEADERS = re.compile(r"auth|key|token|secret|cookie|password", re.IGNORECASE)


def incoming(compiler: Compiler, form: Form) -> Incoming:
    """Read ``in``."""
    webhook = form.form("webhook", (
        "signature", "message_id", "sequence", "silence_s", "fetch", "poll", "rate_per_s", "headers",
    ), ("signature",))  # fmt: skip
    drop = form.form("drop", ("pattern",))
    kafka = form.form("kafka", ("topic",), ("topic",))
    return Incoming(_webhook(compiler, webhook) if webhook else None, _drop(drop), _topic(kafka, EXCHANGE_IN))


def _topic(form: Form, begins: str) -> Topic | None:
    if not form:
        return None
    name = form.text("topic")
    if name and not (name.startswith(begins) and _TOPIC.fullmatch(name) and len(name) > len(begins)):
        form.problem("topic", f"{name:.60} is none for a partner: {begins}NAME, of letters, digits and . _ -")
    mode = form.choice("mode", get_args(Mode), "binary") if begins == EXCHANGE_OUT else "binary"
    return Topic(name, mode)  # type: ignore[arg-type]


def _drop(form: Form) -> Drop | None:
    if not form:
        return None
    pattern = form.text("pattern", "*")
    if "/" in pattern or len(pattern) > 100:
        form.problem("pattern", "a pattern of file names (*.edi), without a folder")
    return Drop(pattern)


def _webhook(compiler: Compiler, form: Form) -> Webhook:
    return Webhook(
        signature=_signature(form.form("signature", (
            "scheme", "encoding", "header", "prefix", "secret", "normalize", "timestamp", "user", "subject",
        ), ("scheme",))),
        message_id=_place(form.form("message_id", ("header", "path"))),
        sequence=_place(form.form("sequence", ("header", "path"))),
        silence_s=form.number("silence_s", 0, SILENCE_MAX_S, 0),
        fetch=_fetch(compiler, form.form("fetch", ("url", "hosts", "bearer", "headers", "pointer"), ("url", "hosts"))),
        poll=_poll(form.form("poll", ("url", "every_s", "bearer", "headers"), ("url",))),
        rate_per_s=form.number("rate_per_s", 0.01, RATE_MAX, 0),
        headers=_kept(form.form("headers", ("field", "names"), ("field", "names"))),
    )  # fmt: skip


def _kept(form: Form) -> Kept | None:
    if not form:
        return None
    names = form.texts("names")
    for name in names:
        if not _HEADER.fullmatch(name) or _SECRET_HEADERS.search(name):
            form.problem("names", f"{name:.40} is no name of a header, or of one that may hold a secret")
    return Kept(form.text("field"), tuple(name.lower() for name in names))


def _signature(form: Form) -> Signature:
    scheme = form.choice("scheme", _SCHEMES, "none")
    timestamp = form.form("timestamp", ("header", "tolerance_s", "join"), ("header",))
    if scheme in ("hmac-sha256", "mtls") and not form.text("header"):
        form.problem("header", f"is missing: {scheme} needs the name of a header")
    if scheme in ("hmac-sha256", "standard-webhooks", "basic", "bearer") and "secret" not in form.entries:
        form.problem("secret", f"is missing: {scheme} needs a secret, env:NAME or file:/path")
    if scheme == "mtls" and not form.text("subject") and "secret" not in form.entries:
        form.problem("subject", "is missing: what the header must say")
    return Signature(
        scheme=scheme,  # type: ignore[arg-type]
        secrets=form.secrets("secret"),
        header=_header(form, "header"),
        prefix=form.text("prefix"),
        encoding=form.choice("encoding", ("hex", "base64"), "hex"),  # type: ignore[arg-type]
        normalize=form.choice("normalize", ("", "NFKD", "NFKC"), ""),  # type: ignore[arg-type]
        user=form.text("user"),
        subject=form.text("subject"),
        timestamp_header=_header(timestamp, "header"),
        timestamp_join=timestamp.text("join", "."),
        tolerance_s=timestamp.number("tolerance_s", 1, DAY_S, 300),
    )


def _header(form: Form, key: str) -> str:
    name = form.text(key)
    if name and not _HEADER.fullmatch(name):
        form.problem(key, f"{name:.40} is no name of a header")
    return name


def _place(form: Form) -> Place:
    if form and len(form.entries) != 1:
        form.problem("", "either a header or a path is expected")
    path = None
    if text := form.text("path"):
        try:
            path = parsed(text)
        except ValueError as error:
            form.problem("path", str(error))
    return Place(_header(form, "header"), path)


def _fetch(compiler: Compiler, form: Form) -> Fetch | None:
    node = form.get("url")
    if node is None:
        return None
    expression = compiler.expression(node)

    def url(message: Plain) -> str | None:
        if type(message) is not dict:
            return None
        found = expression.of(Scope(message, {}))
        if found is not None and type(found) is not str:
            raise DecodeError("wrong_type", f"{shown(found)} is no address", "$")
        return found

    return Fetch(url, form.texts("hosts"), form.secret("bearer"), _headers(form), form.text("pointer"))


def _poll(form: Form) -> Poll | None:
    if not form:
        return None
    url = _url(form)
    return Poll(url, form.number("every_s", 1, 30 * DAY_S, 900), form.secret("bearer"), _headers(form))


def _url(form: Form) -> str:
    """An address, or where one is kept. What is secret in it is never shown."""
    url = form.text("url")
    if url and not _URL.fullmatch(url) and not SECRET.fullmatch(url):
        form.problem("url", "an address (https://...) or a reference (env:NAME) is expected, without a login in it")
    elif _SECRET_IN_QUERY.search(url.partition("?")[2]):
        form.problem("url", "has a key or token in it (not shown): give the whole address by reference, env:NAME")
    return url


def _headers(form: Form) -> Mapping[str, str]:
    found = form.table("headers")
    for name, value in found.items():
        if not _HEADER.fullmatch(name):
            form.problem("headers", f"{name:.40} is no name of a header")
        if _SECRET_HEADERS.search(name) and not SECRET.fullmatch(value):
            form.problem("headers", f"{name:.40} is given by reference, env:NAME or file:/path (not shown)")
    return found


def outgoing(form: Form) -> Outgoing | None:
    """Read ``out`` beside its envelope."""
    if not form:
        return None
    http, drop = form.form("http", (
        "url", "bearer", "signature", "timeout_s", "repeatable", "lookup", "headers",
    ), ("url",)), form.form("drop", ("pattern",))  # fmt: skip
    kafka = form.form("kafka", ("topic", "mode"), ("topic",))
    if bool(http) + bool(drop) + bool(kafka) != 1:
        said = next((name for name, one in (("http", http), ("kafka", kafka)) if one), "drop")
        form.problem(said, "one of `http`, `drop` and `kafka` says how instructions go")
    return Outgoing(
        http=_http(http) if http else None,
        drop=_drop(drop),
        kafka=_topic(kafka, EXCHANGE_OUT),
        rate_per_s=form.number("rate_per_s", 0.01, RATE_MAX, 0),
        concurrency=int(form.number("concurrency", 1, CONCURRENCY_MAX, 1)),
    )


def _http(form: Form) -> Http:
    url = _url(form)
    lookup = form.text("lookup")
    if lookup and (not lookup.startswith("/") or "{id}" not in lookup):
        form.problem("lookup", "a path with {id} in it is expected")
    return Http(
        url=url,
        bearer=form.secret("bearer"),
        timeout_s=form.number("timeout_s", 0.1, TIMEOUT_MAX_S, 10),
        repeatable=form.switch("repeatable"),
        lookup=lookup,
        headers=_headers(form),
        signature=_signed(form.form("signature", (
            "scheme", "encoding", "header", "prefix", "secret", "normalize", "timestamp",
        ), ("scheme",))),
    )  # fmt: skip


def _signed(form: Form) -> Signature | None:
    """How what we send is signed; the other schemes of a webhook are a header of ours: `bearer`, `headers`."""
    if not form:
        return None
    if form.text("scheme") != HMAC:
        form.problem("scheme", f"what goes out is signed by {HMAC}; a token is `bearer`, or one of `headers`")
        return None
    return _signature(form)


def envelope(form: Form) -> Envelope | None:
    """Read ``out.envelope``: who sends to whom in X12, as QUALIFIER:ID."""
    if not form:
        return None
    version = form.text("version", "004010")
    if not re.fullmatch(r"00[3-8]0[0-7]0", version):
        form.problem("version", f"{version:.12} is no version of X12, such as 004010")
    usage = form.choice("usage", ("P", "T"), "P")
    return Envelope(_side(form, "sender"), _side(form, "receiver"), version, usage)  # type: ignore[arg-type]


def _side(form: Form, key: str) -> tuple[str, str]:
    text = form.text(key)
    found = _SIDE.fullmatch(text)
    if found is None:
        form.problem(key, "QUALIFIER:ID is expected, such as ZZ:MILEPOST, the id of at most 15 characters")
        return "ZZ", ""
    return found[1], found[2]
