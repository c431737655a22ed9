"""One harness under libFuzzer, in this very process: nothing of the codecs is imported before it is instrumented."""

from __future__ import annotations

import sys

import atheris

if __name__ == "__main__":
    _, name, *arguments = sys.argv
    with atheris.instrument_imports(include=["milepost.codecs"]):
        from milepost.codecs.x12 import reading
        from milepost.tests.codecs.fuzzing import harnesses
    assert reading  # it is imported late by whoever reads X12
    atheris.Setup([sys.argv[0], *arguments], harnesses.named(name))
    atheris.Fuzz()
