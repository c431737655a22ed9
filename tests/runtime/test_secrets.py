"""Laws of secrets by reference."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from milepost.runtime.errors import ConfigurationError
from milepost.runtime.secrets import FILE_MAX_BYTES, is_reference, resolved

PLANTED = "open-sesame-5"


def test_a_reference_gives_what_the_place_holds(tmp_path: Path) -> None:
    """A variable gives its text, a file its text without the one line break at its end."""
    held = tmp_path / "key"
    for ending in ("", "\n", "\r\n"):
        held.write_bytes((PLANTED + ending).encode())
        assert resolved(f"file:{held}").reveal() == PLANTED
    held.write_text(f" {PLANTED}\n\n")
    assert resolved(f"file:{held}").reveal() == f" {PLANTED}\n"
    assert resolved("env:KEY", {"KEY": PLANTED}).reveal() == PLANTED


@given(st.text(max_size=60))
def test_what_is_no_reference_is_never_shown(text: str) -> None:
    """A secret written in place of its reference is refused in a line that does not tell it."""
    planted = f"{text}{PLANTED}"
    if is_reference(planted):
        return
    with pytest.raises(ConfigurationError) as caught:
        resolved(planted, {}, wanted_by="acme")
    assert str(caught.value).startswith("acme: ")
    assert PLANTED not in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_place_without_a_secret_is_named(tmp_path: Path) -> None:
    """What is missing, empty, too large or no text is one line with its reference, and never its content."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "large").write_text(PLANTED + "x" * FILE_MAX_BYTES)
    (tmp_path / "binary").write_bytes(PLANTED.encode() + b"\xff\xfe")
    files = [f"file:{tmp_path / name}" for name in ("missing", "empty", "large", "binary", ".")]
    for reference in ("env:NOT_SET", "env:EMPTY", *files):
        with pytest.raises(ConfigurationError) as caught:
            resolved(reference, {"EMPTY": ""})
        assert reference in str(caught.value)
        assert PLANTED not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_secret_that_is_no_text_is_one_line() -> None:
    """Bytes in the environment that are no UTF-8 are refused by the reference's name, and are not shown."""
    with pytest.raises(ConfigurationError, match=r"^secret env:KEY is no UTF-8 text$"):
        resolved("env:KEY", {"KEY": b"pl\xffnted".decode("utf-8", "surrogateescape")})
