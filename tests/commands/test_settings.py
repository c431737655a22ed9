"""Laws of the settings."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.setting_kinds import Secret
from milepost.runtime.settings import Settings, from_environment, table, to_environment, variable

NAMES = [name for name, *_ in table()]

VALID = st.fixed_dictionaries(
    {},
    optional={
        "MILEPOST_BROKER": st.sampled_from(["k1:9092", "127.0.0.1:1", "k1:9092,k2:9093", "[::1]:9092"]),
        "MILEPOST_TENANT": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
        "MILEPOST_ERP_URL": st.sampled_from(["http://erp", "https://erp.example:8443/api"]),
        "MILEPOST_ERP_TOKEN": st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1),
        "MILEPOST_ERP_RATE_PER_S": st.floats(0.1, 10_000).map(str),
        "MILEPOST_ERP_CONCURRENCY": st.integers(1, 1000).map(str),
        "MILEPOST_ERP_UNIQUE_REFERENCE": st.sampled_from(["on", "off"]),
        "MILEPOST_TICKS": st.sampled_from(["internal", "external"]),
        "MILEPOST_WEB_PORT": st.one_of(st.just("none"), st.integers(1, 65535).map(str)),
        "MILEPOST_BURN_URL": st.sampled_from(["none", "http://prometheus:9090", "https://metrics.example/prometheus"]),
        "MILEPOST_WEB_HOST": st.ip_addresses().map(str),
        "MILEPOST_GATEWAY_HOST": st.ip_addresses().map(str),
        "MILEPOST_GATEWAY_PORT": st.integers(1, 65535).map(str),
        "MILEPOST_GATEWAY_IN_FLIGHT": st.integers(1, 100_000).map(str),
        "MILEPOST_GATEWAY_TRUSTED_PROXIES": st.sampled_from(["none", "10.0.0.0/8,::1/128", "192.0.2.1"]),
        "MILEPOST_DROP_DIR": st.sampled_from(["none", "/nowhere/drop"]),
        "MILEPOST_LOG_FORMAT": st.sampled_from(["text", "json"]),
        "MILEPOST_TRACES": st.sampled_from(["none", "otlp"]),
        "MILEPOST_TRACES_SHARE": st.floats(0, 1).map(str),
        "MILEPOST_LOG_LEVEL": st.sampled_from(["debug", "info", "warning", "error"]),
    },
)


@given(VALID)
def test_settings_survive_the_way_to_a_child(environment: dict[str, str]) -> None:
    """Settings written for a child process are read there as equal settings."""
    settings = from_environment(environment)
    assert from_environment(to_environment(settings)) == settings


@example("MILEPOST_DATA_DIR", "~nobody-has-this-name")
@given(st.sampled_from([name for name in NAMES if name != "MILEPOST_ERP_TOKEN"]), st.text(max_size=200))
def test_any_text_gives_settings_or_one_clear_line(name: str, text: str) -> None:
    """Any text in any variable is read, or refused in one printable line that names it and what is allowed."""
    try:
        from_environment({name: text.replace("\0", "")})
    except ConfigurationError as error:
        line = str(error)
        assert line.startswith(f"{name}=")
        assert "allowed: " in line
        assert line.isprintable()
        assert len(line) < 300


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("MILEPOST_BROKER", "localhost", "HOST:PORT"),
        ("MILEPOST_BROKER", "localhost:99999", "HOST:PORT"),
        ("MILEPOST_ERP_RATE_PER_S", "nan", "a number from 0.1 to 10000"),
        ("MILEPOST_ERP_CONCURRENCY", "0", "a whole number from 1 to 1000"),
        ("MILEPOST_ERP_URL", "ftp://erp", "http://"),
        ("MILEPOST_ERP_URL", "http://erp:port", "without user"),
        ("MILEPOST_TICKS", "sometimes", "internal | external"),
        ("MILEPOST_ERP_UNIQUE_REFERENCE", "yes", "on | off"),
        ("MILEPOST_POLICY_DIR", "/does/not/exist", "a directory that exists"),
        ("MILEPOST_WEB_PORT", "65536", "none, or a port"),
        ("MILEPOST_WEB_HOST", "localhost", "an IP address"),
        ("MILEPOST_GATEWAY_HOST", "localhost", "an IP address"),
        ("MILEPOST_GATEWAY_PORT", "0", "a whole number from 1 to 65535"),
        ("MILEPOST_GATEWAY_TRUSTED_PROXIES", "10.0.0.1/8", "networks separated by commas"),
        ("MILEPOST_DROP_DIR", "/dev/null", "none, or a directory, made when it is missing"),
        ("MILEPOST_LOG_FORMAT", "xml", "text | json"),
        ("MILEPOST_TENANT", "", "1 to 64 letters"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(name: str, text: str, said: str) -> None:
    """A value that is not allowed is refused by the name of its variable, its text and what would be allowed."""
    with pytest.raises(ConfigurationError) as caught:
        from_environment({name: text})
    assert str(caught.value).startswith(f"{name}={text} is not allowed")
    assert said in str(caught.value)


def test_an_unknown_variable_is_named_with_the_nearest_known() -> None:
    """A misspelt MILEPOST_ variable is an error that names the one meant."""
    with pytest.raises(ConfigurationError, match=r"MILEPOST_BROKR is not a setting.*did you mean MILEPOST_BROKER"):
        from_environment({"MILEPOST_BROKR": "127.0.0.1:9092"})


def test_other_programs_variables_are_none_of_ours() -> None:
    """Variables without our prefix are never read."""
    assert from_environment({"BROKER": "nonsense", "PATH": "/bin"}) == Settings()


def test_a_secret_is_never_shown() -> None:
    """The ERP token appears neither in the settings' text nor in an error nor in the table."""
    settings = from_environment({"MILEPOST_ERP_TOKEN": "open-sesame"})
    assert settings.erp_token.reveal() == "open-sesame"
    for text in (repr(settings), str(settings.erp_token), repr(Secret("open-sesame")), str(table())):
        assert "open-sesame" not in text


def test_every_setting_says_what_it_is_for() -> None:
    """Every setting has a kind, one line of purpose and a variable of its own."""
    assert len({variable(one) for one in fields(Settings)}) == len(fields(Settings)) == len(table())
    assert all(allowed and about for _, _, allowed, about in table())


def test_the_tests_own_variables_stop_no_lane() -> None:
    """MILEPOST_SCMS, where the tests find a file, is no setting and no error."""
    assert from_environment({"MILEPOST_SCMS": "/data/history.tsv"}) == from_environment({})
