"""The operator's verbs: what each needs to be told, and the fact it becomes. One table; `act` is its command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Verb:
    """``needs`` and ``takes``: options by name, with the field of the body each fills. ``help``: one line."""

    help: str
    needs: Mapping[str, str]
    takes: Mapping[str, str]
    tag: str


def _verb(help_: str, tag: str, needs: Mapping[str, str] | None = None, takes: Mapping[str, str] | None = None) -> Verb:
    return Verb(help_, needs or {}, takes or {}, f"control.{tag}")


_EXCEPTION = {"exception": "exception"}

VERBS: dict[str, Verb] = {
    "hold": _verb("stop postings until released", "hold", takes={"scope": "scope", "until": "escalates_at"}),
    "release": _verb("let go what you saw: the causes named", "release", {"cause": "causes"}),
    "cancel": _verb("cancel the order, as far as it can be", "cancel"),
    "reprocess": _verb("decide again, publish again what has no answer", "reprocess"),
    "resolve": _verb("of a conflict, the payload that counts", "resolve", {"key": "key", "payload": "payload"}),
    "retry": _verb("answer the ERP's rejection of one attempt", "retry", {"posting": "posting", "attempt": "attempt"}),
    "shortage": _verb("decide what becomes of a short pick", "shortage", {"cause": "cause", "outcome": "outcome"},
                      {"node": "node", "item": "item"}),
    "approve": _verb("approve what waits under a cause: a return, an override", "approve", {"cause": "cause"}),
    "override": _verb("set what the rules would decide otherwise, within your limit", "override", {"field": "field"},
                      {"subject": "subject", "amount": "amount_minor"}),
    "acknowledge": _verb("take an exception on", "acknowledge", _EXCEPTION),
    "assign": _verb("make an exception another queue's move", "assign", _EXCEPTION | {"queue": "queue"}),
    "snooze": _verb("do not show an exception before a time", "snooze", _EXCEPTION | {"until": "until"}),
    "skip": _verb("vouch for a step: a chain booked by hand, a milestone that will not come", "skip",
                  {"step": "step"}),
    "compensate": _verb("undo what was posted, in reverse order, until released", "compensate",
                        takes={"chain": "chains"}),
    "link": _verb("give the facts kept under an unknown id to their order", "link", {"order": "order_id"}),
    "migrate": _verb("follow another policy from the next safe point on", "migrate", {"policy": "policy"}),
}  # fmt: skip

NOT_GIVEN = (None, (), "")
OUTCOMES = ("reallocate", "back_order", "cancel_remainder", "substitute", "ship_short")
FIELDS = ("freight_amount", "receipt_excess", "provisional_value", "return_excess")


def body_of(name: str, actor: str, reason: str, options: Mapping[str, object]) -> dict[str, object]:
    """Return the body of the verb's fact, as JSON values. KeyError names an option that is needed and not given."""
    verb = VERBS[name]
    for option in verb.needs:
        if options.get(option) in NOT_GIVEN:
            raise KeyError(option)
    body: dict[str, object] = {"type": verb.tag, "actor": actor, "reason": reason}
    for option, field in (verb.needs | verb.takes).items():  # type: ignore[operator]
        value = options.get(option)
        if value not in NOT_GIVEN:
            body[field] = _plain(option, field, value)
    return body


def _plain(option: str, field: str, value: object) -> object:
    """Causes and chains are lists of one body, and one name of another; moments are told as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return sorted(set(value)) if field in ("causes", "chains") else value[0]
    return value


def command_line(owner: str, body: Mapping[str, object]) -> str:
    """Return the command that says what ``body`` says, without who and why: those are the operator's to give."""
    name, verb = next((n, v) for n, v in VERBS.items() if v.tag == body["type"])
    parts = ["milepost", "act", name, owner, "--actor", "YOU", "--reason", "WHY"]
    for option, field in {**verb.needs, **verb.takes}.items():
        value = body.get(field)
        for one in value if isinstance(value, list | tuple) else [] if value in NOT_GIVEN else [value]:
            parts += [f"--{option}", str(one)]
    return shlex.join(parts)


def unwanted(name: str, options: Mapping[str, object]) -> list[str]:
    """Return the options that were given and mean nothing to the verb."""
    known = VERBS[name].needs.keys() | VERBS[name].takes.keys()
    return [option for option, value in options.items() if value not in NOT_GIVEN and option not in known]


ONLY_ORDERS = ("cancel", "shortage", "link")
ONLY_LOADS = ("freight_amount", "provisional_value")  # fields of an override; the others are of orders
SCOPES = ("node", "shipment", "posting")


def contradictions(name: str, owner: str, body: Mapping[str, object], now: datetime) -> Iterator[str]:
    """Yield what cannot be meant although each option is of its kind: it would be taken as a fact, and do nothing."""
    load = owner.startswith("load/")
    if not str(body["reason"]).strip():
        yield "--reason is empty"
    if load and name in ONLY_ORDERS:
        yield f"{name} is about an order, and {owner} is a load"
    for field in ("until", "escalates_at"):
        if field in body and datetime.fromisoformat(str(body[field])) <= now:
            yield f"--until {body[field]} has passed"
    scope = str(body.get("scope", ""))
    if scope and (scope.partition("/")[0] not in SCOPES or not scope.partition("/")[2]):
        yield f"--scope {scope!r}; allowed: node/NODE, shipment/SHIPMENT, posting/KIND"
    if body.get("order_id") == owner or str(body.get("order_id", "")).startswith("load/"):
        yield f"facts of {owner} cannot be given to {body['order_id']}"
    yield from _of_shortage(body)
    yield from _of_override(body, load)


def _of_shortage(body: Mapping[str, object]) -> Iterator[str]:
    for option, outcome in (("node", "reallocate"), ("item", "substitute")):
        if option in body and body.get("outcome") != outcome:
            yield f"--{option} goes with --outcome {outcome} alone"


def _of_override(body: Mapping[str, object], load: bool) -> Iterator[str]:
    field = body.get("field")
    if field is None:
        return
    if (field in ONLY_LOADS) != load:
        yield f"{field} is of {'a load: load/ID' if field in ONLY_LOADS else 'an order'}"
    if field in ONLY_LOADS and "amount_minor" not in body:
        yield f"override of {field} needs --amount"
    if field not in ONLY_LOADS and "subject" not in body:
        yield f"override of {field} needs --subject: the key of the receipt or inspection"


def unprintable(said: Mapping[str, object]) -> str:
    """Return the name of the first value that has a character no terminal shows, empty when there is none."""
    for name, value in said.items():
        words = value if isinstance(value, tuple) else (value,)
        if any(isinstance(word, str) and not word.isprintable() for word in words):
            return name
    return ""
