"""The dialects from their directory. An error names file and line; all of them are named at once."""

from __future__ import annotations

from milepost.codecs.dialects.model import Dialects
from milepost.runtime.settings import Settings


def load_dialects(settings: Settings) -> Dialects:
    """Return the dialects of ``settings.dialect_dir`` and the sites they serve; ConfigurationError otherwise."""
    raise NotImplementedError
