"""The operator's verbs: what each needs to be told, and the fact it becomes. One table; `act` is its command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
    "retry": _verb("answer the ERP's rejection of one attempt", "retry", {"posting": "posting"},
                   {"attempt": "attempt"}),
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

OUTCOMES = ("reallocate", "back_order", "cancel_remainder", "substitute", "ship_short")
FIELDS = ("freight_amount", "receipt_excess", "provisional_value", "return_excess")


def body_of(name: str, actor: str, reason: str, options: Mapping[str, object]) -> dict[str, object]:
    """Return the body of the verb's fact, as JSON values. KeyError names an option that is needed and not given."""
    verb = VERBS[name]
    for option in verb.needs:
        if not options.get(option):
            raise KeyError(option)
    body: dict[str, object] = {"type": verb.tag, "actor": actor, "reason": reason}
    for option, field in (verb.needs | verb.takes).items():  # type: ignore[operator]
        value = options.get(option)
        if value not in (None, (), ""):
            body[field] = _plain(option, field, value)
    return body


def _plain(option: str, field: str, value: object) -> object:
    """Causes and chains are lists of one body, and one name of another."""
    if isinstance(value, tuple):
        return sorted(set(value)) if field in ("causes", "chains") else value[0]
    return value


def unwanted(name: str, options: Mapping[str, object]) -> list[str]:
    """Return the options that were given and mean nothing to the verb."""
    known = VERBS[name].needs.keys() | VERBS[name].takes.keys()
    return [option for option, value in options.items() if value not in (None, (), "") and option not in known]
