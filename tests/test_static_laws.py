"""Laws of who may know what, read from the source: adapters, mapping, credentials, vendors, escapes, secrets.

Each law is a function of a tree, so that a planted breach in a copy shows that it would be found.
"""

from __future__ import annotations

import ast
import io
import re
import shutil
import tokenize
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from milepost.codecs import vendors
from milepost.codecs.x12.sets import SETS
from milepost.runtime.erp import account
from milepost.runtime.erp.simulated import SimulatedErp
from milepost.runtime.settings import Settings, from_environment

ROOT = Path(__file__).parent.parent

ROOMS = ("contracts", "workflow", "codecs", "tables", "agents", "runtime", "gateway", "metrics")
"""The product: what may know of partners and of the ERP is told below, all else may not."""
Law = Callable[[Path], list[str]]


def modules(root: Path, *rooms: str) -> Iterator[tuple[str, str]]:
    """Path below the root, and text, of every module in these rooms; a room may be one file."""
    for room in rooms:
        place = root / room
        for path in [place] if place.suffix else sorted(place.rglob("*.py")):
            yield path.relative_to(root).as_posix(), path.read_text()


@cache
def tree_of(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def imports(text: str) -> tuple[str, ...]:
    """Every name that a module imports, however late."""
    return tuple(_imports(tree_of(text)))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def said(text: str) -> tuple[tuple[int, str], ...]:
    """Every name and every text of a module with its line, but not what it says to people: comments, docstrings."""
    first: dict[str, int] = {}
    for line, word in _said(text, tree_of(text)):
        first.setdefault(word, line)
    return tuple((line, word) for word, line in first.items())


def _said(text: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    bodies = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    told = {id(one.value) for node in bodies for one in node.body if isinstance(one, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in told:
            value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield node.lineno, value
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


# --- adapters -------------------------------------------------------------------------------------------------------

READERS = {
    "x12": ("codecs/x12",),
    "epcis": ("codecs/epcis", "codecs/cbv"),
    "cloudevents": ("codecs/cloudevents",),
    "flat": ("codecs/flat",),
    "json": ("codecs/plain_json",),
    "scms": ("codecs/scms",),
}
GATEWAYS = {
    "erp": ("runtime/erp/simulated", "runtime/erp/account"),
    "http": ("runtime/dispatch/http",),
    "drop": ("runtime/dispatch/drop",),
    "door": ("gateway/",),
}


def adapters_apart(root: Path) -> list[str]:
    wrong = []
    for family in (READERS, GATEWAYS):
        for path, text in modules(root, "codecs", "runtime", "gateway"):
            own = _adapter(path.removesuffix(".py"), family)
            for name in imports(text) if own else ():
                other = _adapter(name.removeprefix("milepost.").replace(".", "/") + "/", family)
                if other and other != own and name.startswith("milepost."):
                    wrong.append(f"{path} ({own}) imports {name} ({other})")
    return wrong


def _adapter(path: str, family: dict[str, tuple[str, ...]]) -> str:
    return next((name for name, begins in family.items() if path.startswith(begins)), "")


def engine_knows_no_reader(root: Path) -> list[str]:
    """The engine reads by codecs/formats.py alone; a reader knows nothing of dialects."""
    wrong = []
    for path, text in modules(root, "codecs"):
        for name in imports(text):
            reader = _adapter(name.removeprefix("milepost.").replace(".", "/") + "/", READERS)
            if path.startswith("codecs/dialects/") and reader and not name.startswith(WRITTEN_BY.get(path, ())):
                wrong.append(f"{path} imports the reader {name}")
            if _adapter(path.removesuffix(".py"), READERS) and name.startswith("milepost.codecs.dialects"):
                wrong.append(f"{path}, a reader, imports {name}")
    return wrong


WRITTEN_BY = {"codecs/dialects/rendering.py": ("milepost.codecs.x12.writing", "milepost.codecs.x12.segments")}
"""What goes out by X12 needs its envelope: who sends to whom, under which numbers."""


# --- mapping --------------------------------------------------------------------------------------------------------

PARTNERS = ("acme",)  # names of samples; the shipped ones are read from the dialects
NAMES_OF_KINDS = {"epcis", "tms", "erp"}  # words of ours, although a dialect is called so
X12_SET = re.compile(rf"^(x12/)?({'|'.join(sorted(SETS))})$")
ACKNOWLEDGES = {"997", "999"}
"""Sets that only answer sets: which one a partner gets is no mapping."""


def mapping_only_in_dialects_and_codecs(root: Path) -> list[str]:
    """S39: no other room names a vendor, an X12 code or a partner."""
    vendor = {shape.vendor for shape in vendors.SHAPES}
    partner = {path.stem for path in (root / "dialects").glob("*.yaml")} - {"sites"} | set(PARTNERS)
    names = (vendor | partner) - NAMES_OF_KINDS
    wrong = []
    for path, text in modules(root, *(room for room in ROOMS if room != "codecs"), "app.py"):
        for line, word in said(text):
            if word.lower() in names:
                wrong.append(f"{path}:{line} names {word}")
            if X12_SET.match(word) and word not in ACKNOWLEDGES:
                wrong.append(f"{path}:{line} names the X12 set {word}")
        for name in imports(text):
            if name.startswith(FORMATS) and not name.startswith(FRAMES.get(path, ())):
                wrong.append(f"{path} imports {name}")
    return wrong


FORMATS = ("milepost.codecs.x12", "milepost.codecs.epcis", "milepost.codecs.vendors")
FRAMES = {
    "gateway/dropping.py": ("milepost.codecs.x12.limits",),
    "gateway/taking.py": ("milepost.codecs.x12.splitting",),
}
"""Where a large file is cut into messages: by its frame, whatever is in it."""


def vendors_are_data(root: Path) -> list[str]:
    """Of the codecs only codecs/vendors.py names a vendor: no reader is made for one."""
    names = {word for shape in vendors.SHAPES for word in (shape.vendor, shape.vendor.split()[0])}
    return [
        f"{path}:{line} names {word}"
        for path, text in modules(root, "codecs")
        if path != "codecs/vendors.py"
        for line, word in said(text)
        if word.lower() in names
    ]


# --- the ERP --------------------------------------------------------------------------------------------------------

ERP_WORDS = ("bseg", "bkpf", "belnr", "vbeln", "bukrs", "account.move", "stock.picking", '"1400"', '"2310"')
ERP_HOME = "runtime/erp/"
ERP_SECRETS = ("erp_url", "erp_token", "erp_read_token")
READ_THE_SECRETS = {"runtime/erp/account.py", "runtime/settings.py"}
POSTS = {("app.py", "_posting")}
ASKS_THE_ERP = {"app.py", "commands/doctor_erp.py", "commands/replay_run.py", "commands/smoke_run.py"}


def erps_names_stay_behind_its_gateway(root: Path) -> list[str]:
    """S45: no room, no dialect and no base of one says a name or an account number of the ERP."""
    texts = list(modules(root, *ROOMS, "app.py"))
    texts += [(p.relative_to(root).as_posix(), p.read_text()) for p in sorted((root / "dialects").rglob("*.yaml"))]
    return [
        f"{path} says {word}"
        for path, text in texts
        if not path.startswith(ERP_HOME)
        for word in ERP_WORDS
        if word in text.lower()
    ]


def erps_credentials_are_read_in_one_place(root: Path) -> list[str]:
    """S54, S60: the ERP's address and tokens are read by its gateway alone; lanes get them from nowhere else."""
    return [
        f"{path}:{line} reads {word}"
        for path, text in modules(root, *ROOMS, "app.py")
        if path not in READ_THE_SECRETS
        for line, word in said(text)
        if word in ERP_SECRETS
    ]


def only_posting_may_post(root: Path) -> list[str]:
    """S54: the gateway that posts is opened for lane posting and for nobody else; whoever asks, asks by `books`."""
    wrong = []
    for path, text in modules(root, *ROOMS, "commands", "app.py"):
        for function, line, name in opened(text):
            if name == "gateway" and (path, function) not in POSTS:
                wrong.append(f"{path}:{line} {function} opens the gateway that posts")
            if name == "books" and path not in ASKS_THE_ERP:
                wrong.append(f"{path}:{line} {function} asks the ERP")
        if path.startswith(("agents/", "gateway/", "tables/", "metrics/", "runtime/dispatch/")):
            wrong += [f"{path} imports {one}" for one in imports(text) if one.startswith(GATEWAY_MODULES)]
    return wrong


GATEWAY_MODULES = ("milepost.runtime.erp.account", "milepost.runtime.erp.simulated")


@cache
def opened(text: str) -> tuple[tuple[str, int, str], ...]:
    """Function, line and what it opens, of every call that opens one of the ERP's gateways."""
    functions = [one for one in ast.walk(tree_of(text)) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return tuple((function.name, *call) for function in functions for call in _opened(function))


def _opened(function: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and getattr(called.value, "id", "") == "account":
                yield node.lineno, called.attr
            elif isinstance(called, ast.Name) and called.id in ("gateway", "books"):
                yield node.lineno, called.id


# --- the door, escapes, secrets -------------------------------------------------------------------------------------

SPEAKING = (
    "milepost.codecs.dialects.speaking", "milepost.codecs.dialects.rendering", "milepost.codecs.formats",
    "milepost.codecs.dialects.documents_said", "milepost.codecs.canonical",
)  # fmt: skip


def the_door_takes_bytes(root: Path) -> list[str]:
    """The gateway puts bytes on the broker as they are: it never asks what a message says."""
    return [
        f"{path} imports {name}"
        for path, text in modules(root, "gateway")
        for name in imports(text)
        if name.startswith(SPEAKING)
    ]


def one_escape_at_most(root: Path) -> list[str]:
    """All shipped files together name one escape function at most, and only codecs/dialects/escapes.py has any."""
    used = [
        f"{path.name}: {line.strip()}"
        for path in sorted((root / "dialects").rglob("*.yaml"))
        for line in path.read_text().splitlines()
        if re.search(r"as:\s*[\"']?escape\b", line.partition(" #")[0])
    ]
    wrong = used[1:]
    for path, text in modules(root, *ROOMS):
        for node in ast.walk(tree_of(text)):
            names = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            named = any(isinstance(one, ast.Name) and one.id == "ESCAPES" for one in names)
            if named and path != "codecs/dialects/escapes.py":
                wrong.append(f"{path} has escape functions")
    return wrong


SECRET_FIELDS = re.compile(r"(?<![\w-])(secret|bearer|password|token|api_key)s?[\"']?:\s*(\[[^\]]*\]|[^,}\s]+)", re.I)
REFERENCE = re.compile(r"^(env:[A-Z][A-Z0-9_]*|file:/\S+)$")
HIGH_ENTROPY = re.compile(r"\b(sk|pk|ghp|whsec|shpat)_[A-Za-z0-9]{12,}|\bBearer\s+[A-Za-z0-9._-]{12,}|AKIA[0-9A-Z]{16}")


def no_secret_in_a_dialect(root: Path) -> list[str]:
    """A dialect names a secret's place, never the secret: whatever the schema check may let through."""
    wrong = []
    for path in sorted((root / "dialects").rglob("*.yaml")):
        text = "\n".join(line.partition(" #")[0] for line in path.read_text().splitlines())
        for found in SECRET_FIELDS.finditer(text):
            values = found[2].strip("[]").split(",")
            wrong += [
                f"{path.name}: {found[1]} is {one.strip()}" for one in values if not REFERENCE.match(one.strip(" \"'"))
            ]
    for path in sorted((root / "dialects").rglob("*")):
        if path.is_file() and HIGH_ENTROPY.search(path.read_bytes().decode("latin-1")):
            wrong.append(f"{path.name} has what looks like a secret")
    return wrong


LAWS: tuple[Law, ...] = (
    adapters_apart, engine_knows_no_reader, mapping_only_in_dialects_and_codecs, vendors_are_data,
    erps_names_stay_behind_its_gateway, erps_credentials_are_read_in_one_place, only_posting_may_post,
    the_door_takes_bytes, one_escape_at_most, no_secret_in_a_dialect,
)  # fmt: skip


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_who_may_know_what(law: Law) -> None:
    """The tree keeps each law of who may know what."""
    assert not (wrong := law(ROOT)), "\n".join(wrong)


PLANTED: tuple[tuple[Law, str, str], ...] = (
    (adapters_apart, "codecs/flat_planted.py", "from milepost.codecs.x12.segments import DEFAULT"),
    (adapters_apart, "codecs/x12/planted.py", "def f():\n    from milepost.codecs import epcis_event"),
    (adapters_apart, "codecs/epcis_planted.py", "import milepost.codecs.flat_options"),
    (adapters_apart, "runtime/dispatch/drop.py", "from milepost.runtime.dispatch.http import X"),
    (adapters_apart, "runtime/dispatch/http.py", "from milepost.runtime.erp.simulated import SimulatedErp"),
    (adapters_apart, "gateway/planted.py", "from milepost.runtime.dispatch import http"),
    (adapters_apart, "runtime/erp/simulated.py", "from milepost.gateway import bodies"),
    (engine_knows_no_reader, "codecs/dialects/planted.py", "from milepost.codecs.flat import read"),
    (engine_knows_no_reader, "codecs/dialects/rendering.py", "from milepost.codecs.x12.reading import read"),
    (engine_knows_no_reader, "codecs/flat_planted.py", "from milepost.codecs.dialects.model import Dialect"),
    (mapping_only_in_dialects_and_codecs, "workflow/planted.py", "CARRIER = 'EasyPost'"),
    (mapping_only_in_dialects_and_codecs, "agents/planted.py", "def wms_x12(): return 'wms-x12'"),
    (mapping_only_in_dialects_and_codecs, "agents/planted.py", "if kind == '945': pass"),
    (mapping_only_in_dialects_and_codecs, "gateway/planted.py", "KIND = b'x12/214'"),
    (mapping_only_in_dialects_and_codecs, "gateway/planted.py", "from milepost.codecs.x12.reading import read"),
    (mapping_only_in_dialects_and_codecs, "gateway/taking.py", "from milepost.codecs.x12.sets import SETS"),
    (mapping_only_in_dialects_and_codecs, "runtime/planted.py", "project44 = 1"),
    (mapping_only_in_dialects_and_codecs, "agents/planted.py", "from milepost.codecs.vendors import SHAPES"),
    (vendors_are_data, "codecs/planted.py", "def read(value):\n    return value['shiphero']"),
    (erps_names_stay_behind_its_gateway, "gateway/planted.py", "FIELD = 'BELNR'"),
    (erps_names_stay_behind_its_gateway, "runtime/dispatch/planted.py", "# posts a BKPF row"),
    (erps_names_stay_behind_its_gateway, "dialects/base/planted.yaml", "let: {account: vbeln}"),
    (erps_credentials_are_read_in_one_place, "agents/planted.py", "def f(settings): return settings.erp_url"),
    (erps_credentials_are_read_in_one_place, "app.py", "def f(settings): return settings.erp_token.reveal()"),
    (erps_credentials_are_read_in_one_place, "runtime/erp/pump.py", "def f(s): return getattr(s, 'erp_read_token')"),
    (only_posting_may_post, "app.py", "def _reconciliation2(settings): return account.gateway(settings)"),
    (only_posting_may_post, "commands/planted.py", "def f(s):\n    gateway(s)"),
    (only_posting_may_post, "agents/planted.py", "from milepost.runtime.erp import account"),
    (only_posting_may_post, "commands/planted.py", "def f(s): return account.books(s)"),
    (the_door_takes_bytes, "gateway/planted.py", "def f():\n    from milepost.codecs.dialects import speaking"),
    (the_door_takes_bytes, "gateway/planted.py", "from milepost.codecs import canonical"),
    (one_escape_at_most, "dialects/planted.yaml", "a: {as: escape, name: a:b}\nb: {as: escape, name: c:d}"),
    (one_escape_at_most, "agents/planted.py", "ESCAPES: dict = {}"),
    (no_secret_in_a_dialect, "dialects/planted.yaml", "signature: {scheme: bearer, secret: open-sesame}"),
    (no_secret_in_a_dialect, "dialects/planted.yaml", "secret: [env:OLD_KEY, 2f9a41bb]"),
    (no_secret_in_a_dialect, "dialects/planted.yaml", "http: {bearer: 'abc'}"),
    (no_secret_in_a_dialect, "dialects/samples/planted.json", '{"auth": "Bearer 0123456789abcdef"}'),
)  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the laws look at, in which a breach can be planted."""
    root = tmp_path_factory.mktemp("copy")
    for room in (*ROOMS, "commands", "dialects"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root / "app.py")
    return root


@pytest.mark.parametrize(("law", "path", "text"), PLANTED, ids=lambda one: one.__name__ if callable(one) else None)
def test_a_breach_is_found(copy: Path, law: Law, path: str, text: str) -> None:
    """Each law finds a breach of it that is planted in a copy of the tree, and names the file."""
    place = copy / path
    before = place.read_text() if place.exists() else None
    place.write_text(f"{before or ''}\n{text}\n")
    try:
        found = law(copy)
    finally:
        place.unlink() if before is None else place.write_text(before)
    assert [one for one in found if place.name in one], found


def test_what_asks_the_erp_cannot_post() -> None:
    """What lane reconciliation and the verbs are given has no way to post: no such method, and no gateway within."""
    asked = account.books(Settings())
    assert {name for name in dir(asked) if not name.startswith("_")} == {"find", "documents", "close"}
    assert not hasattr(asked, "post")
    with pytest.raises(AttributeError):
        asked.erp = None  # type: ignore[attr-defined]


def test_each_token_goes_to_its_own_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """Posting speaks by the token that may post, whoever asks by the one that may read; without it by none."""
    given: list[str] = []

    def opened_by(url: str, *, token: str, **_: object) -> SimulatedErp:
        given.append(token)
        return SimulatedErp(url)

    monkeypatch.setattr(account, "SimulatedErp", opened_by)
    both = from_environment({"MILEPOST_ERP_TOKEN": "may-post", "MILEPOST_ERP_READ_TOKEN": "may-read"})
    account.gateway(both)
    account.books(both)
    account.books(from_environment({"MILEPOST_ERP_TOKEN": "may-post"}))
    assert given == ["may-post", "may-read", ""]
