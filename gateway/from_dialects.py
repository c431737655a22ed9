"""From dialects to what the gateway needs of each partner, secrets resolved; or one line that says what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from milepost.codecs.dialects import model
from milepost.gateway import partners as ours
from milepost.gateway.hosts import ANYWHERE, allowed
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.secrets import is_reference, resolved
from milepost.runtime.setting_kinds import Secret

Environment = Mapping[str, str]


def partners_of(
    dialects: model.Dialects, environment: Environment, only: Collection[str] = ()
) -> dict[str, ours.Partner]:
    """Return every partner that sends by HTTP, by files or by a topic of its own; of ``only``, where that names any.

    Raises ConfigurationError, one line: the first thing that is wrong, and how many more there are.
    """
    coming = {name: one for name, one in dialects.partners.items() if any(_ways(one.incoming))}
    if strangers := sorted(set(only) - set(coming)):
        known = ", ".join(coming) or "none"
        raise ConfigurationError(f"{strangers[0]} is no partner that sends anything; such are: {known}")
    found, wrong = dict[str, ours.Partner](), list[str]()
    for name in sorted(only or coming):
        try:
            found[name] = _partner(coming[name], environment)
        except ConfigurationError as error:
            wrong.append(str(error))
    if wrong:
        more = f"; and {len(wrong) - 1} more partners" if len(wrong) > 1 else ""
        raise ConfigurationError(wrong[0] + more)
    return found


def _ways(incoming: model.Incoming) -> tuple[object, ...]:
    return incoming.webhook, incoming.drop, incoming.kafka


def _partner(dialect: model.Dialect, environment: Environment) -> ours.Partner:
    webhook, drop = dialect.incoming.webhook, dialect.incoming.drop
    topic = dialect.incoming.kafka
    known = ours.Partner(
        name=dialect.name,
        format=dialect.format,
        source=dialect.source,
        pattern=drop.pattern if drop is not None else None,
        topic=topic.name if topic is not None else None,
    )
    return known if webhook is None else _heard_by_http(known, webhook, environment)


def _heard_by_http(known: ours.Partner, webhook: model.Webhook, environment: Environment) -> ours.Partner:
    return ours.Partner(
        name=known.name,
        format=known.format,
        source=known.source,
        pattern=known.pattern,
        topic=known.topic,
        signature=_signature(known.name, webhook.signature, environment),
        message_id=webhook.message_id,
        sequence=webhook.sequence,
        silence_s=webhook.silence_s or None,
        fetch=_fetch(known.name, webhook.fetch, environment),
        poll=_poll(known.name, webhook.poll, environment),
        rate_per_s=webhook.rate_per_s or None,
        headers=webhook.headers,
    )


def _signature(name: str, said: model.Signature, environment: Environment) -> ours.Signature:
    secrets = tuple(resolved(one, environment, wanted_by=_whose(name)) for one in said.secrets)
    if said.scheme == "basic":
        secrets = tuple(Secret(f"{said.user}:{one.reveal()}") if said.user else one for one in secrets)
    if said.scheme == "mtls":
        secrets = (Secret(said.subject),) if said.subject else secrets
    if said.scheme != "none" and not secrets:
        raise ConfigurationError(f"{_whose(name)}: signature {said.scheme} has nothing to compare with")
    timestamp = ours.Timestamp(header=said.timestamp_header, tolerance_s=said.tolerance_s, join=said.timestamp_join)
    try:
        return _made(said, secrets, timestamp)
    except ValueError as error:
        raise ConfigurationError(f"{_whose(name)}: in.webhook.signature: {error}") from None


def _made(said: model.Signature, secrets: tuple[Secret, ...], timestamp: ours.Timestamp) -> ours.Signature:
    return ours.Signature(
        scheme=said.scheme,
        secrets=secrets,
        encoding=said.encoding,
        header=said.header,
        prefix=said.prefix,
        normalize=said.normalize,
        timestamp=timestamp if said.timestamp_header else None,
    )


def _fetch(name: str, said: model.Fetch | None, environment: Environment) -> ours.Fetch | None:
    if said is None:
        return None
    try:
        allowed(said.hosts)
    except ValueError as error:
        raise ConfigurationError(f"{_whose(name)}: in.webhook.fetch.hosts: {error}") from None
    login = _login(name, said.bearer, said.headers, environment)
    return ours.Fetch(url=said.url, hosts=said.hosts, login=login, pointer=said.pointer)


def _poll(name: str, said: model.Poll | None, environment: Environment) -> ours.Poll | None:
    if said is None:
        return None
    url = resolved(said.url, environment, wanted_by=_whose(name)).reveal() if is_reference(said.url) else said.url
    try:
        problem = allowed((urlsplit(url).netloc, *ANYWHERE)).problem(url)
    except ValueError:
        problem = "no address"
    if problem:
        raise ConfigurationError(f"{_whose(name)}: in.webhook.poll.url: {problem}")
    return ours.Poll(url=url, every_s=said.every_s, login=_login(name, said.bearer, said.headers, environment))


def _login(name: str, bearer: str, headers: Mapping[str, str], environment: Environment) -> ours.Login:
    shown = [(header, _value(name, value, environment)) for header, value in headers.items()]
    if bearer:
        token = resolved(bearer, environment, wanted_by=_whose(name)).reveal()
        shown.append(("Authorization", Secret(f"Bearer {token}")))
    return ours.Login(headers=tuple(shown))


def _value(name: str, value: str, environment: Environment) -> Secret:
    return resolved(value, environment, wanted_by=_whose(name)) if is_reference(value) else Secret(value)


def _whose(name: str) -> str:
    return f"partner {name}"
