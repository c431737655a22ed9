"""docs/security.md, made from the settings and from the rights of each user."""

from __future__ import annotations

from collections import defaultdict

from milepost.runtime.desk import PROOF
from milepost.runtime.rights import (
    GATEWAY,
    LAG_WATCHER,
    OPERATOR,
    PARTNERS,
    REBUILDER,
    REBUILT,
    USERS,
    Right,
    rights_of,
)
from milepost.runtime.settings import table
from milepost.runtime.topic_kinds import LANES

_HEAD = """# Security of the broker

Made from the settings and from the table of rights by `make docs`; do not edit.

## How a process says who it is
`MILEPOST_KAFKA_SECURITY` is `plaintext` (the default, for one's own machine), `tls`, or `scram`: a user and a
password by SCRAM-SHA-512, over TLS. There is no password without TLS. Every client of every process goes by these
settings, and a supervisor hands them to the processes that it starts.
"""

_EXAMPLES = f"""
A user by password:
```sh
export MILEPOST_BROKER=kafka-1.example:9093,kafka-2.example:9093
export MILEPOST_KAFKA_SECURITY=scram MILEPOST_KAFKA_CA_FILE=/etc/milepost/ca.crt
export MILEPOST_KAFKA_USER=intake MILEPOST_KAFKA_PASSWORD="$(cat /etc/milepost/password)"
milepost worker intake --no-supervise
```
A user by certificate, from the secret that Strimzi makes for a KafkaUser of type `tls`, and the cluster's `ca.crt`:
```sh
export MILEPOST_BROKER=milepost-kafka-bootstrap:9093
export MILEPOST_KAFKA_SECURITY=tls MILEPOST_KAFKA_CA_FILE=/etc/milepost/cluster/ca.crt
export MILEPOST_KAFKA_CERT_FILE=/etc/milepost/user/user.crt MILEPOST_KAFKA_KEY_FILE=/etc/milepost/user/user.key
milepost worker intake --no-supervise
```

## What is said when it does not fit
Settings that contradict each other or name files that cannot be read, a wrong password, a certificate that is
expired, unknown or of another host, TLS on one side and plaintext on the other, a right that is missing: one line and
exit 2, which a supervisor does not repeat. A broker that cannot be reached is exit 69, which it does.

## When certificates and passwords change
They are read once, when a process starts. Connections that are open stay open; new ones of the same process still use
what was read then. So a new password or certificate takes a rolling restart while the old one still holds: lanes
drain and come back one after the other. A certificate authority is changed in two such rounds: first a `ca.crt` that
holds both, then the new one alone.

## Rights
A cluster allows nothing by default (`allow.everyone.if.no.acl.found=false`), and each user has exactly the rights
below. Of the lanes, fulfilment alone commands a posting and posting alone answers it. Nobody may create, change or
delete a topic: that is the administrator's, or Strimzi's. Idempotent producers need no right of their own from Kafka
3.0 on; Milepost uses no transactions. A lane asks the broker at its start whether it has its rights; `milepost doctor`
asks the same.

Beside the lanes: `{LAG_WATCHER}` looks and writes nothing. `{OPERATOR}` is the desk (`order`, `act`, `replay`,
`resume`, `partner`, `outbox`, `doctor`, `smoke`). `{REBUILDER}` is `replay --rebuild` alone, for the day a changelog is
lost: of {", ".join(REBUILT)}. `{GATEWAY}` puts partners' documents on the broker, and reads those: that is how
several gateways know what each took in. Whoever takes it over can send what partners could send, and see what they sent
as long as it is kept, and nothing that we made of it. `{PARTNERS}` is whoever writes our own events and reads
instructions without the gateway and lane dispatch.

## People's words
Kafka's rights are by topic, and `{PARTNERS}` and the desk write to the same one, `partner.events`. Where anybody but
the desk may write there, give lane intake and the desk the same `MILEPOST_OPERATOR_KEY`, the desk first (the manifests
do, from secret `milepost-desk`): its verbs (`act`, `resume`, `send`, `play`) sign each record (header `{PROOF}`:
HMAC-SHA256 of key and value), and intake takes `control.*` and `source.resumed` from nobody else. What is not signed is
a dead letter (`ownership_violation`) with its bytes, and an exception `OWNERSHIP_VIOLATION` on the order. `redrive`
does not sign: what a person really said is said again. Without the key whoever may write to the topic may say it, as on
one's own machine. What a dialect's source says is held to its role in either case ([ownership.md](ownership.md)).

## Partners' secrets
A dialect names where a secret is (`env:NAME`, `file:/path`), never what it is; no secret of a partner is in a setting,
a record, a log, an answer or a metric. The gateway holds what partners prove themselves by, lane dispatch what we prove
ourselves by to them. `milepost doctor` says of each reference whether there is something behind it, not what.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, _settings(), _EXAMPLES, *map(_rights, (*LANES, *USERS))])


def _settings() -> str:
    rows = [
        f"| `{name}` | {about} | {allowed.replace('|', chr(92) + '|')} | {text or 'empty'} |"
        for name, text, allowed, about in table()
        if name.startswith("MILEPOST_KAFKA_")
    ]
    return "\n".join(["| variable | what it is | allowed | default |", "|---|---|---|---|", *rows])


def _rights(user: str) -> str:
    by_operations: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for right in rights_of(user):
        by_operations[right.resource, right.operations].append(_name(right))
    rows = [
        f"| {resource} | {', '.join(operations)} | {', '.join(names)} |"
        for (resource, operations), names in by_operations.items()
    ]
    return "\n".join([f"### {user}", "| on | may | names |", "|---|---|---|", *rows, ""])


def _name(right: Right) -> str:
    return f"`{right.name}`" if right.pattern == "literal" else f"all that begin with `{right.name}`"
