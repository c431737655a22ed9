"""Laws of what the gateway takes from dialects: every word of ``in:``, every secret resolved or named."""

from __future__ import annotations

from pathlib import Path

import pytest
from milepost.codecs.dialects.load import read_dialects
from milepost.gateway.from_dialects import partners_of
from milepost.gateway.hosts import allowed
from milepost.gateway.partners import Partner
from milepost.runtime.errors import ConfigurationError

MESSAGES = """
messages:
  - name: wave
    when: {kind: json}
    say:
      - emit: wms.wave_planned
        owner: {order: $.order}
        at: {as: time, of: $.at}
        key: $.id
        body: {wave: $.wave, node: $.site}
"""
ENVIRONMENT = {"KEY": "planted-1", "OLD": "planted-0", "TOKEN": "planted-2"}


def read(incoming: str, name: str = "acme", environment: dict[str, str] = ENVIRONMENT) -> Partner:
    text = f"partner: {name}\nrole: wms\nsource: west\nformat: json\nin:\n{incoming}{MESSAGES}"
    return partners_of(read_dialects({f"{name}.yaml": text.encode()}), environment)[name]


def webhook(signature: str, more: str = "") -> str:
    return f"  webhook:\n    signature: {signature}\n{more}"


def test_everything_is_taken_over() -> None:
    """Each word of a webhook reaches the gateway with its meaning and its secrets."""
    found = read(
        webhook(
            '{scheme: hmac-sha256, encoding: base64, header: X-Sig, prefix: "v1=", secret: ["env:OLD", "env:KEY"], '
            'normalize: NFKD, timestamp: {header: X-Time, tolerance_s: 60, join: ":"}}',
            "    message_id: {header: X-Id}\n    sequence: {path: $.n}\n    silence_s: 60\n    rate_per_s: 5\n"
            "    fetch: {url: $.resource_url, hosts: [api.example.com], bearer: env:TOKEN}\n"
            '    poll: {url: "https://api.example.com/e", every_s: 30, bearer: env:TOKEN}\n',
        )
        + '  drop: {pattern: "*.edi"}\n'
    )
    one = found.signature
    assert one is not None
    assert (one.keys, one.encoding, one.prefix, one.normalize) == (
        (b"planted-0", b"planted-1"),
        "base64",
        "v1=",
        "NFKD",
    )
    assert one.timestamp is not None
    assert (one.timestamp.header, one.timestamp.tolerance_s, one.timestamp.join) == ("X-Time", 60, ":")
    assert (found.message_id.header, found.silence_s, found.rate_per_s, found.pattern) == ("X-Id", 60, 5, "*.edi")
    assert found.sequence.path is not None
    assert found.sequence.path.of({"n": 7}) == 7
    assert found.fetch is not None
    assert found.fetch.url({"resource_url": "https://x"}) == "https://x"
    assert found.fetch.login.shown() == {"Authorization": "Bearer planted-2"}
    assert found.poll is not None
    assert (found.poll.url, found.poll.every_s) == ("https://api.example.com/e", 30)
    assert found.source == "west"
    assert "planted" not in repr(found)


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/api/v1/orders/7", ""), ("@elsewhere.example/7", "an address with a login"),
     (".elsewhere.example/7", "a host that is not listed")],
)  # fmt: skip
def test_a_pointer_may_be_a_path_alone(path: str, problem: str) -> None:
    """Where a vendor names only the path, the dialect says the host; whatever the path is, no other host is asked."""
    fetch = (
        '    fetch: {url: {as: text, of: "https://api.example.com{path}", with: {path: $.path}}, '
        "hosts: [api.example.com], bearer: env:TOKEN}\n"
    )
    found = read(
        webhook("{scheme: bearer, secret: env:KEY}", "    message_id: {path: $.webhookEventId}\n" + fetch)
    ).fetch
    assert found is not None
    url = found.url({"webhookEventId": "1", "goodsOwnerId": 2, "path": path})
    assert url == f"https://api.example.com{path}"
    assert allowed(found.hosts).problem(url) == problem
    assert found.url({"webhookEventId": "1"}) is None


@pytest.mark.parametrize(
    ("signature", "keys"),
    [
        ("{scheme: basic, user: acme, secret: env:KEY}", (b"acme:planted-1",)),
        ("{scheme: bearer, secret: env:KEY}", (b"planted-1",)),
        ("{scheme: mtls, header: X-Client, subject: CN=acme}", (b"CN=acme",)),
        ("{scheme: none}", ()),
    ],
)
def test_every_scheme_has_what_it_compares_with(signature: str, keys: tuple[bytes, ...]) -> None:
    """Each scheme finds in the dialect what a sender must show."""
    found = read(webhook(signature)).signature
    assert found is not None
    assert found.keys == keys


def test_files_alone_need_no_signature() -> None:
    """A partner that only drops files has a pattern, and no way in by HTTP."""
    found = read("  drop: {}\n")
    assert (found.signature, found.pattern) == (None, "*")


def test_what_cannot_be_resolved_is_one_line() -> None:
    """A secret that is not there is named by partner and reference, the rest is counted, and no value is told."""
    files = {}
    for name in ("one", "two"):
        text = f"partner: {name}\nrole: wms\nformat: json\nin:\n{webhook('{scheme: bearer, secret: env:NOT_SET}')}"
        files[f"{name}.yaml"] = (text + MESSAGES).encode()
    dialects = read_dialects(files)
    with pytest.raises(ConfigurationError) as caught:
        partners_of(dialects, ENVIRONMENT)
    assert str(caught.value) == "partner one: secret env:NOT_SET is not set or empty; and 1 more partners"
    assert list(partners_of(dialects, {"NOT_SET": "x"}, ["two"])) == ["two"]
    with pytest.raises(ConfigurationError, match="three is no partner"):
        partners_of(dialects, {"NOT_SET": "x"}, ["three"])


@pytest.mark.parametrize(
    ("url", "problem"),
    [("http://acme.example/list", "not https"), ("https://ann:planted@acme.example/", "no address"),
     ("https://[planted/", "no address")],
)  # fmt: skip
def test_a_list_that_cannot_be_asked_is_told_at_the_start(url: str, problem: str) -> None:
    """An address to be polled that no request could go to is one line when the gateway starts, without the address."""
    hooked = webhook("{scheme: bearer, secret: env:KEY}") + "    poll: {url: env:LIST, every_s: 60}\n"
    text = f"partner: one\nrole: wms\nformat: json\nin:\n{hooked}{MESSAGES}"
    with pytest.raises(ConfigurationError) as caught:
        partners_of(read_dialects({"one.yaml": text.encode()}), {"KEY": "x", "LIST": url})
    assert str(caught.value) == f"partner one: in.webhook.poll.url: {problem}"


def test_the_partners_that_are_shipped_can_be_served(tmp_path: Path) -> None:
    """Every dialect of the project that sends something is one the gateway can serve, once its secrets are there."""
    from milepost.runtime.dialect_files import load_dialects
    from milepost.runtime.settings import Settings

    class Anything(dict[str, str]):
        def get(self, key: str, default: object = None) -> str:  # type: ignore[override]
            return "https://planted.example" if key.endswith("_URL") else "planted"

    dialects = load_dialects(Settings())
    found = partners_of(dialects, Anything())
    assert set(found) == {n for n, one in dialects.partners.items() if one.incoming.webhook or one.incoming.drop}
    assert found
