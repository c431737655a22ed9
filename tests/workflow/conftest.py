"""After the run: how the laws were tried, and which transitions of the lifecycle the lives went through."""

from __future__ import annotations

import pytest
from milepost.tests.workflow.profile import HOW
from milepost.tests.workflow.seen import SUMMARY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SUMMARY:
        terminalreporter.section("laws of the core")
        terminalreporter.line(HOW)
        for line in SUMMARY:
            terminalreporter.line(line)
