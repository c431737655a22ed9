"""Laws of signatures: what is genuine by published vectors, and that nothing else is."""

from __future__ import annotations

import base64
import ipaddress
import unicodedata
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.codecs.dialects.model import Scheme
from milepost.gateway.partners import Signature
from milepost.gateway.signatures import CHECKS, Presented, seconds_of, verdict
from milepost.runtime.setting_kinds import Secret
from milepost.tests.gateway.support import KEY, START_S, TIMESTAMP, headers_of, signature, signed, signed_base64

# RFC 4231, test cases 1, 2, 3, 4, 6, 7 (5 is a truncated output, which no scheme here uses): key, data, HMAC-SHA-256
RFC_4231 = [
    ("0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe".hex(),
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    ("aa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        "0102030405060708090a0b0c0d0e0f10111213141516171819",
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        "aa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]
BODY = b'{"id": "m-1"}'
# The example of Standard Webhooks 1.0: secret, id, time, body, signature.
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_AT_S = 1614265330
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(STANDARD_AT_S),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def said(one: Signature, headers: dict[str, str], body: bytes = BODY, **options: Any) -> str:
    return verdict(one, Presented(headers_of(headers), (body,), now_s=START_S, **options))


@pytest.mark.parametrize(("key", "data", "mac"), RFC_4231)
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_published_vectors_are_genuine(key: str, data: bytes, mac: str, encoding: str) -> None:
    """Every vector of RFC 4231 is genuine in both encodings, and no longer when one bit of the data differs."""
    one = signature(encoding=encoding, prefix="sha256=")
    object.__setattr__(one, "keys", (bytes.fromhex(key),))  # its keys are no text
    text = mac if encoding == "hex" else base64.b64encode(bytes.fromhex(mac)).decode()
    assert said(one, {"X-Signature": f"sha256={text}"}, data) == "genuine"
    assert said(one, {"X-Signature": f"sha256={text}"}, bytes([data[0] ^ 1]) + data[1:]) == "forged"


def test_two_vendors_ways() -> None:
    """EasyPost's hex with a prefix and a normalised secret, and ShipHero's plain base64, are both only data."""
    secret = "ｓécret-①"  # whose NFKD is another text
    easypost = signature(
        secrets=(Secret(secret),), header="X-Hmac-Signature", prefix="hmac-sha256-hex=", normalize="NFKD"
    )
    mac = signed(BODY, unicodedata.normalize("NFKD", secret))["X-Signature"]
    assert said(easypost, {"x-hmac-signature": f"hmac-sha256-hex={mac}"}) == "genuine"
    assert said(easypost, {"x-hmac-signature": f"hmac-sha256-hex={signed(BODY, secret)['X-Signature']}"}) == "forged"
    assert said(easypost, {"x-hmac-signature": mac}) == "forged"
    shiphero = signature(header="x-shiphero-hmac-sha256", encoding="base64")
    assert said(shiphero, {"x-shiphero-hmac-sha256": signed_base64(BODY, KEY)}) == "genuine"
    assert said(shiphero, {"x-shiphero-hmac-sha256": signed(BODY)["X-Signature"]}) == "forged"


@pytest.mark.parametrize(("age_s", "expected"), [(0, "genuine"), (300, "genuine"), (301, "stale"), (-300, "genuine"),
                                                 (-301, "stale"), (5 * 365 * 86_400, "stale")])  # fmt: skip
def test_a_message_played_again_later_is_stale(age_s: int, expected: str) -> None:
    """A timestamp counts within its tolerance, both ways, and a clock five years off is told from a forgery."""
    one = signature(timestamp=TIMESTAMP)
    stamp = str(int(START_S) - age_s)
    assert said(one, {**signed(f"{stamp}.".encode() + BODY), "X-Time": stamp}) == expected


def test_a_timestamp_is_signed_with_the_body() -> None:
    """Another timestamp than the signed one, or none, is a forgery: a fresh time cannot be put on an old message."""
    one = signature(timestamp=TIMESTAMP)
    old = str(int(START_S) - 9999)
    mac = signed(f"{old}.".encode() + BODY)
    assert said(one, {**mac, "X-Time": str(int(START_S))}) == "forged"
    assert said(one, mac) == "forged"
    assert said(one, signed(BODY)) == "forged"


def test_times_are_read_in_all_spellings() -> None:
    """Seconds, milliseconds and ISO 8601 with an offset mean the same moment; everything else means none."""
    for stamp in ("1780000000", "1780000000000", "2026-05-28T20:26:40Z", "2026-05-28T22:26:40+02:00"):
        assert seconds_of(stamp) == 1_780_000_000
    for stamp in ("", "now", "2026-05-28T20:26:40", "9" * 41, "0001-01-01T00:00:00+23:59"):
        assert seconds_of(stamp) is None or abs(seconds_of(stamp) or 0) > 1e10


@given(st.binary(max_size=40), st.text(max_size=80), st.sampled_from(sorted(CHECKS)))
def test_no_guess_is_genuine_and_none_raises(body: bytes, guess: str, scheme: Scheme) -> None:
    """Whatever a stranger writes into the header, a scheme with a secret answers forged, and never raises."""
    secret = Secret(STANDARD_SECRET if scheme == "standard-webhooks" else KEY)
    one = signature(scheme=scheme, secrets=(secret,), timestamp=TIMESTAMP, prefix="v1=")
    headers = dict.fromkeys(("X-Signature", "X-Time", "Authorization", *STANDARD), guess)
    presented = Presented(headers_of(headers), (body,), "192.0.2.1", START_S, ())
    assert verdict(one, presented) == ("genuine" if scheme == "none" else "forged")


@pytest.mark.parametrize("scheme", ["hmac-sha256", "basic", "bearer", "mtls"])
def test_while_a_secret_is_changed_both_count(scheme: Scheme) -> None:
    """With two secrets either is genuine, and a third is not."""
    one = signature(scheme=scheme, secrets=(Secret("u:old"), Secret("u:new")))
    proxies = [ipaddress.ip_network("10.0.0.0/8")]

    def shown(secret: str) -> dict[str, str]:
        plain = base64.b64encode(secret.encode()).decode()
        return {
            "hmac-sha256": signed(BODY, secret),
            "basic": {"X-Signature": plain},
            "bearer": {"X-Signature": secret},
            "mtls": {"X-Signature": secret},
        }[scheme]

    for secret, expected in (("u:old", "genuine"), ("u:new", "genuine"), ("u:other", "forged")):
        assert said(one, shown(secret), peer="10.0.0.9", proxies=proxies) == expected


def test_logins_by_the_usual_header() -> None:
    """Basic and bearer are read from Authorization, whatever the case of their word, and not for one another."""
    basic = signature(scheme="basic", header="", secrets=(Secret("acme:pw"),))
    bearer = signature(scheme="bearer", header="", secrets=(Secret("tok"),))
    login = base64.b64encode(b"acme:pw").decode()
    assert said(basic, {"Authorization": f"Basic {login}"}) == "genuine"
    assert said(basic, {"Authorization": f"bAsIc {login}"}) == "genuine"
    assert said(basic, {"Authorization": f"Bearer {login}"}) == "forged"
    assert said(basic, {"Authorization": login}) == "forged"
    assert said(bearer, {"Authorization": "Bearer tok"}) == "genuine"
    assert said(bearer, {"Authorization": "Bearer tokk"}) == "forged"


def test_a_certificate_counts_by_the_proxys_word_alone() -> None:
    """The header of a certificate counts from a trusted proxy's address and from nobody else."""
    one = signature(scheme="mtls", header="X-Client-Subject", secrets=(Secret("CN=acme"),))
    shown, proxies = {"X-Client-Subject": "CN=acme"}, [ipaddress.ip_network("10.0.0.0/8")]
    assert said(one, shown, peer="10.1.2.3", proxies=proxies) == "genuine"
    assert said(one, shown, peer="::ffff:10.1.2.3", proxies=proxies) == "genuine"
    assert said(one, {"X-Client-Subject": "CN=other"}, peer="10.1.2.3", proxies=proxies) == "forged"
    for peer in ("192.0.2.1", "", "unix", "::1"):
        assert said(one, shown, peer=peer, proxies=proxies) == "forged"
    assert said(one, shown, peer="10.1.2.3") == "forged"


def test_every_scheme_of_the_language_has_a_check() -> None:
    """The table of checks has exactly the schemes that a dialect may name."""
    assert set(CHECKS) == set(get_args(Scheme))


def standard(headers: dict[str, str], body: bytes = STANDARD_BODY, now_s: float = STANDARD_AT_S, *more: str) -> str:
    one = Signature(scheme="standard-webhooks", secrets=tuple(map(Secret, (*more, STANDARD_SECRET))))
    return verdict(one, Presented(headers_of(headers), (body,), now_s=now_s))


def test_standard_webhooks_by_their_published_example() -> None:
    """The specification's own example is genuine, beside other signatures and with another key as well."""
    assert standard(STANDARD) == "genuine"
    both = {**STANDARD, "webhook-signature": f"v1,AAAA v1a,xyz {STANDARD['webhook-signature']}"}
    other = "whsec_" + base64.b64encode(b"another").decode()
    assert standard(both, STANDARD_BODY, STANDARD_AT_S, other) == "genuine"


@pytest.mark.parametrize("name", [*STANDARD, "body"])
def test_all_that_standard_webhooks_sign_is_signed(name: str) -> None:
    """Another id, time, body or signature is forged, and so is one without."""
    for value in ("", "1614265331" if name == "webhook-timestamp" else "v1,AAAA"):
        changed = {key: text for key, text in {**STANDARD, name: value}.items() if text and key != "body"}
        assert standard(changed, b"{}" if name == "body" else STANDARD_BODY) == "forged"


@pytest.mark.parametrize(("late_s", "found"), [(300, "genuine"), (301, "stale"), (-301, "stale")])
def test_a_standard_webhook_played_again_is_stale(late_s: int, found: str) -> None:
    """A message whose time is more than five minutes off is not taken, however well it is signed."""
    assert standard(STANDARD, STANDARD_BODY, STANDARD_AT_S + late_s) == found


@pytest.mark.parametrize("secret", ["whsec_", "whsec_no base64!", "plain"])
def test_a_key_that_is_none_is_said_without_showing_it(secret: str) -> None:
    """The gateway does not start with a key of Standard Webhooks that is none, and its words have nothing of it."""
    with pytest.raises(ValueError, match="whsec_ and Base64") as raised:
        Signature(scheme="standard-webhooks", secrets=(Secret(secret),))
    assert secret.removeprefix("whsec_") not in str(raised.value) or secret == "whsec_"
