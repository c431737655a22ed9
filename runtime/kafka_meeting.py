"""The first word with a broker: does it take us as who we say we are, and if not, why, in one line.

aiokafka says "unable to bootstrap" to everything, and a client that speaks plaintext to a TLS port (or the other way)
may wait for its time-out. A refusal does not pass by waiting, so it is a ConfigurationError (exit 2); a broker that
cannot be reached may come back, and that error is left to the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from aiokafka import errors
from aiokafka.conn import create_conn
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest
from milepost.runtime import kafka_access
from milepost.runtime.errors import ConfigurationError

WITHIN_S = 5.0
CLIENT_ID = "milepost-meeting"
_NO_ANSWER = (OSError, errors.KafkaError, ValueError, AssertionError)
"""The last two: what answers is no Kafka."""


class AccessRefused(ConfigurationError):
    """Somebody answers there, but not us: wrong password, a certificate that is not trusted, TLS against plaintext."""


async def meet(bootstrap: str, within_s: float = WITHIN_S) -> None:
    """Return when a server of ``bootstrap`` takes our login, asked for ``within_s`` at most in every step.

    AccessRefused when one answers and none takes it; OSError or KafkaError when none answers.
    """
    refused: AccessRefused | None = None
    failed: Exception = OSError(f"no server in {bootstrap!r}")
    for server in bootstrap.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            await _log_in(host.strip("[]"), int(port), within_s)
            return
        except _NO_ANSWER as error:
            failed = error
            why = _refusal(error) or await _other_language(error, host.strip("[]"), int(port))
            if why is not None:
                refused = AccessRefused(f"Kafka at {server.strip()}: {why}")
    if refused is not None:
        raise refused
    if isinstance(failed, OSError | errors.KafkaError):
        raise failed
    raise errors.KafkaConnectionError(f"what answers at {bootstrap} is no Kafka") from failed


async def _log_in(host: str, port: int, within_s: float) -> None:
    async with _connected(host, port, within_s, kafka_access.options()) as connection:
        await connection.send(MetadataRequest([]))  # the first that a door with passwords takes from nobody else


@contextlib.asynccontextmanager
async def _connected(host: str, port: int, within_s: float, options: Mapping[str, Any]) -> AsyncIterator[Any]:
    connection = await create_conn(host, port, client_id=CLIENT_ID, request_timeout_ms=int(within_s * 1000), **options)
    try:
        yield connection
    finally:
        connection.close()


def _refusal(error: BaseException) -> str | None:
    """What was refused, in words; None when it was the network, or nothing that can be told."""
    for one in _causes(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {one.verify_message}"
        if isinstance(one, ssl.SSLError) and "ALERT" in (one.reason or ""):
            return f"it does not accept our certificate or protocol: {(one.reason or '').lower().replace('_', ' ')}"
        if isinstance(one, errors.SaslAuthenticationFailed):
            return f"login of user {kafka_access.user()!r} refused: wrong user or password"
        if isinstance(one, errors.UnsupportedSaslMechanismError | errors.IllegalSaslStateError):
            return f"it does not offer {kafka_access.MECHANISM} on that port"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


async def _other_language(error: Exception, host: str, port: int) -> str | None:
    """Whether that port speaks otherwise than we do. Nobody there: not asked again."""
    if isinstance(error, TimeoutError | ConnectionRefusedError | socket.gaierror):
        return None
    if not kafka_access.user() and await _wants_a_password(host, port):
        return "that port asks for a user and a password; allowed there: MILEPOST_KAFKA_SECURITY=scram"
    if kafka_access.secured():
        plain = await _answers(host, port, {})
        return "that port speaks plaintext, but MILEPOST_KAFKA_SECURITY says TLS" if plain else None
    if await _answers_in_tls(host, port):
        return "that port speaks TLS, but MILEPOST_KAFKA_SECURITY=plaintext; allowed there: tls | scram"
    return None


async def _answers(host: str, port: int, options: Mapping[str, Any], question: Any = None) -> Any:
    """The answer to a question, or just whether a Kafka answers at all."""
    try:
        async with _connected(host, port, WITHIN_S, options) as connection:
            return True if question is None else await connection.send(question)
    except _NO_ANSWER:
        return None


async def _wants_a_password(host: str, port: int) -> bool:
    answer = await _answers(host, port, kafka_access.options(), SaslHandShakeRequest(kafka_access.MECHANISM))
    return answer is not None and answer.error_code != errors.IllegalSaslStateError.errno


async def _answers_in_tls(host: str, port: int) -> bool:
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE  # nothing is sent: only the language is asked
    try:
        async with asyncio.timeout(WITHIN_S):
            _, writer = await asyncio.open_connection(host, port, ssl=anybody)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
