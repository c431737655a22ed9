"""Doors with TLS and passwords for the local Kafka, and its own authorizer behind them: nobody may do anything unasked.

For trying out how a lane fares on a secured cluster. The plaintext door stays, for the look whether the broker is
there; whoever comes through it is ANONYMOUS, who has no rights here. Source of the names: Apache Kafka's configuration
reference, sections on listeners, SSL, SASL and authorization.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

HOST = "127.0.0.1"
MECHANISM = "SCRAM-SHA-512"
ADMIN = "admin"
NODE_USER = "node"
"""Who the broker is to its own controller; everything it asks of it goes by that name."""

AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


class Door(NamedTuple):
    """One port. scram: TLS, then a password. mutual: TLS with a certificate of the client, whose CN is the user.

    keystore: PEM of the server's key (PKCS#8, no passphrase) and its certificates. truststore: PEM of who may sign
    clients' certificates; for a mutual door.
    """

    name: str
    port: int
    kind: Literal["scram", "mutual"]
    keystore: Path
    truststore: Path | None = None


class Secured(NamedTuple):
    """The doors of a broker, and the passwords of its users; ADMIN, who may do everything, must be one of them.

    The users are made when the storage is formatted, so this is for fresh data alone.
    """

    doors: tuple[Door, ...]
    passwords: Mapping[str, str]


def scram_arguments(secured: Secured) -> list[str]:
    """Arguments of the format tool that make the users."""
    made = [f"{MECHANISM}=[name={name},password={password}]" for name, password in secured.passwords.items()]
    return [argument for one in made for argument in ("--add-scram", one)]


def listeners(secured: Secured) -> dict[str, str]:
    """Name of each door -> where it listens."""
    return {door.name.upper(): f"{HOST}:{door.port}" for door in secured.doors}


def protocols(secured: Secured) -> dict[str, str]:
    """Name of each door, and of the controller's, -> its protocol."""
    doors = {door.name.upper(): "SASL_SSL" if door.kind == "scram" else "SSL" for door in secured.doors}
    return {**doors, "CONTROLLER": "SASL_PLAINTEXT"}


def settings(secured: Secured) -> dict[str, str]:
    """What server.properties says more."""
    password = secrets.token_urlsafe(24)  # between the broker and its controller, in one process, until it ends
    login = f'{_PLAIN_LOGIN} username="{NODE_USER}" password="{password}" user_{NODE_USER}="{password}";'
    found = {
        "authorizer.class.name": AUTHORIZER,
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{ADMIN};User:{NODE_USER}",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": login,
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/,DEFAULT",
    }
    for door in secured.doors:
        found |= {f"listener.name.{door.name.lower()}.{name}": value for name, value in _door(door).items()}
    return found


def _door(door: Door) -> dict[str, str]:
    found = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(door.keystore)}
    if door.kind == "scram":
        found["sasl.enabled.mechanisms"] = MECHANISM
        found[f"{MECHANISM.lower()}.sasl.jaas.config"] = _SCRAM_LOGIN
    else:
        found["ssl.client.auth"] = "required"
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(door.truststore)}
    return found
