"""`milepost partner`: bring a partner on board, and see how all of them stand."""

from __future__ import annotations

import importlib

import click

# Verb -> its line in `milepost partner --help`. Each lives in the module of its name.
VERBS = {
    "list": "Every partner: owner, contract version, end date, what replaces it, which sites it serves.",
    "check": "Whether dialect files are right: every problem with file and line.",
    "try": "What samples say, before and after side by side, and what was not mapped.",
    "onboard": "Draft a partner's dialect from samples of its messages.",
    "test": "Run the contract tests of partners: green or red per partner and version.",
    "spec": "What a partner needs to know of us: fields, codes, samples, acknowledgements.",
    "settle": "Close what is open of a partner and nothing closes by itself.",
    "compare": "Where what a shadowed dialect said differs from what counted.",
    "switch": "Have another dialect serve a site from a moment on, or take that back.",
}
EPILOG = """\b
Examples:
  milepost partner list
  milepost partner onboard acme --samples samples/
  milepost partner check acme
  milepost partner try acme samples/*
  milepost partner try --any samples/*              which of our dialects would understand it
  milepost partner test

docs/onboarding.md takes a new partner from its samples to live traffic."""


class PartnerVerbs(click.Group):
    """Imports the module of a verb when it is used."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        found: click.Command = importlib.import_module(f"milepost.commands.partner_{name}").command
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=PartnerVerbs, epilog=EPILOG)
def command() -> None:
    """Bring a partner on board, and see how all of them stand."""
