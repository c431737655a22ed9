"""Who this process is on the broker: told once, from the settings, when a process is composed; asked by every client.

No module makes a client of aiokafka without `options()`, which a test looks after. A process that was told nothing
speaks plaintext, as a broker on the developer's own machine does.

Certificates and passwords are read once, at `introduce`: connections made later by the same process use what was read
then. What rotates reaches a process by its restart; the lanes are made to be restarted, and a new file or secret takes
a rolling one. Strimzi renews a certificate thirty days before the old one ends, so there is time for one.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from milepost.runtime import desk
from milepost.runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from milepost.runtime.settings import Settings

MECHANISM = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class Access:
    """How connections are made. ``tls`` None: plaintext. ``user`` empty: no password is asked for."""

    tls: ssl.SSLContext | None = None
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Access(tls={self.tls is not None}, user={self.user!r})"


_access = Access()


def introduce(settings: Settings) -> None:
    """From now on every client of this process connects as these settings say. ConfigurationError: a bad PEM file."""
    global _access
    _access = access_of(settings)
    desk.introduce(settings.operator_key)


def access_of(settings: Settings) -> Access:
    """The access that settings describe, with their files read. ConfigurationError names the file that is no good."""
    if problem := misfit(settings):
        raise ConfigurationError(problem)
    if settings.kafka_security == "plaintext":
        return Access()
    return Access(_context(settings), settings.kafka_user, settings.kafka_password.reveal())


def secured() -> bool:
    """Whether this process speaks TLS to its broker."""
    return _access.tls is not None


def user() -> str:
    """The name this process gives; empty where it gives none."""
    return _access.user


def options() -> dict[str, Any]:
    """Keyword arguments for every client of aiokafka; none at all for plaintext."""
    if _access.tls is None:
        return {}
    if not _access.user:
        return {"security_protocol": "SSL", "ssl_context": _access.tls}
    return {
        "security_protocol": "SASL_SSL",
        "ssl_context": _access.tls,
        "sasl_mechanism": MECHANISM,
        "sasl_plain_username": _access.user,
        "sasl_plain_password": _access.password,
    }


def faust_credentials() -> Any:
    """The same as Faust's ``broker_credentials``; None for plaintext."""
    import faust

    if _access.tls is None:
        return None
    if not _access.user:
        return faust.SSLCredentials(_access.tls)
    return faust.SASLCredentials(
        username=_access.user, password=_access.password, ssl_context=_access.tls, mechanism=MECHANISM
    )


def misfit(settings: Settings) -> str | None:
    """Why the settings of Kafka's security do not go together, one line; None when they do."""
    security = settings.kafka_security
    files = {"CA": settings.kafka_ca_file, "CERT": settings.kafka_cert_file, "KEY": settings.kafka_key_file}
    given = {f"MILEPOST_KAFKA_{name}_FILE": str(path) for name, path in files.items() if path is not None}
    if settings.kafka_user:
        given["MILEPOST_KAFKA_USER"] = settings.kafka_user
    if settings.kafka_password:
        given["MILEPOST_KAFKA_PASSWORD"] = "(not shown)"
    useless = [name for name in given if security == "plaintext" or (name.endswith(_LOGIN) and security == "tls")]
    if useless:
        name, allowed = useless[0], "scram" if useless[0].endswith(_LOGIN) else "tls | scram"
        return _not_allowed(name, given[name], f"with MILEPOST_KAFKA_SECURITY={security}", f"with {allowed}")
    for name, other in _PAIRS:
        if name in given and other not in given:
            return _not_allowed(name, given[name], f"without {other}", "both or neither")
    if security == "scram" and not settings.kafka_user:
        return _not_allowed(
            "MILEPOST_KAFKA_SECURITY", security, "without a login", "with MILEPOST_KAFKA_USER and _PASSWORD"
        )
    return None


_LOGIN = ("_USER", "_PASSWORD")
_CERTIFICATE = ("MILEPOST_KAFKA_CERT_FILE", "MILEPOST_KAFKA_KEY_FILE")
_USER_AND_WORD = ("MILEPOST_KAFKA_USER", "MILEPOST_KAFKA_PASSWORD")
_PAIRS = (_CERTIFICATE, _CERTIFICATE[::-1], _USER_AND_WORD, _USER_AND_WORD[::-1])
_SHOWN_CHARS = 80


def _not_allowed(name: str, text: str, why: str, allowed: str) -> str:
    shown = repr(text)[1:-1]
    return f"{name}={shown[:_SHOWN_CHARS]} is not allowed {why}; allowed: {allowed}"


def _context(settings: Settings) -> ssl.SSLContext:
    ca, certificate, key = settings.kafka_ca_file, settings.kafka_cert_file, settings.kafka_key_file
    try:
        context = ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigurationError(f"MILEPOST_KAFKA_CA_FILE={ca} holds no certificate in PEM ({_said(error)})") from None
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except (ssl.SSLError, OSError, ValueError) as error:
            raise ConfigurationError(
                f"MILEPOST_KAFKA_CERT_FILE={certificate} and MILEPOST_KAFKA_KEY_FILE={key} are no certificate and its "
                f"key without passphrase, both in PEM ({_said(error)})"
            ) from None
    return context


def _no_passphrase() -> str:
    return ""  # else OpenSSL would ask at the terminal, and a process without one would wait


def _said(error: Exception) -> str:
    return (getattr(error, "reason", None) or str(error) or type(error).__name__).replace("\n", " ")
