"""Secrets by reference: ``env:NAME`` or ``file:/path``. A dialect names where a secret is, never what it is.

What an error shows is the reference, and only where it is one: whoever wrote the secret itself in its place must not
find it in a log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from milepost.runtime.errors import ConfigurationError
from milepost.runtime.setting_kinds import Secret

FORMS = "env:NAME or file:/path"
FILE_MAX_BYTES = 64 * 1024
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,99}|file:/[^\0\n\r]{1,500}")


def is_reference(text: str) -> bool:
    """Say whether ``text`` names a place of a secret. It may not be there."""
    return _REFERENCE.fullmatch(text) is not None


def resolved(reference: str, environment: Mapping[str, str] | None = None, *, wanted_by: str = "") -> Secret:
    """Return the secret that ``reference`` names, by the process's own environment unless another is given.

    Of a file one line break at its end is no part of the secret. ``wanted_by`` begins the error: whose secret it is.
    Raises ConfigurationError for what is no reference, is not there, is empty or is no UTF-8.
    """
    begin = f"{wanted_by}: " if wanted_by else ""
    if not is_reference(reference):
        raise ConfigurationError(f"{begin}a secret is not given as {FORMS} (what is there is not shown)")
    kind, _, where = reference.partition(":")
    text = (os.environ if environment is None else environment).get(where, "") if kind == "env" else _file(where, begin)
    if not text:
        raise ConfigurationError(f"{begin}secret {reference} is not set or empty")
    if any("\ud800" <= sign <= "\udfff" for sign in text):  # how bytes of an environment are read that are no UTF-8
        raise ConfigurationError(f"{begin}secret {reference} is no UTF-8 text")
    return Secret(text)


def _file(where: str, begin: str) -> str:
    try:
        with Path(where).open("rb") as file:
            value = file.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{begin}secret file:{where} cannot be read: {error.strerror or 'OSError'}") from None
    if len(value) > FILE_MAX_BYTES:
        raise ConfigurationError(f"{begin}secret file:{where} is larger than {FILE_MAX_BYTES} bytes")
    try:
        return value.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{begin}secret file:{where} is no UTF-8 text") from None
