"""`milepost policy`: check the files, show what holds for whom, compare two versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from milepost.workflow.rules import Policy, Rules

SHOWN_MAX_CHARS = 200
EPILOG = """\b
Examples:
  milepost policy check                                    the files of MILEPOST_POLICY_DIR and MILEPOST_REFERENCE_DIR
  milepost policy check --policies new/                    a directory before it is deployed
  milepost policy show --customer C007 --site DC-NORTH     every knob, and who says so
  milepost policy diff policy-2026-01 policy-2026-02"""


@click.group(epilog=EPILOG)
def command() -> None:
    """Check, show and compare policies. docs/policies.md explains every knob."""


@command.command()
@click.option("--policies", type=click.Path(path_type=Path), default=None, help="Instead of MILEPOST_POLICY_DIR.")
def check(policies: Path | None) -> None:
    """Read everything and say what is wrong: one line, exit 2."""
    rules = _rules(policies)
    for policy in rules.policies.values():
        until = f" until {policy.effective_until:%Y-%m-%d %H:%M} UTC" if policy.effective_until else ""
        begins = f"from {policy.effective_from:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{policy.version}: {begins}{until}, {len(policy.special)} special entries")
    click.echo(f"{len(rules.policies)} policies and {len(rules.references)} versions of reference data are sound")


@command.command()
@click.option("--version", "version", default=None, help="Which version; the newest when not given.")
@click.option("--customer", default="", help="For this customer.")
@click.option("--site", default="", help="At this site.")
@click.option("--lane", default="", help="On this lane.")
@click.option("--service", default="", help="With this service.")
@click.option("--all", "everything", is_flag=True, help="Knobs at their default, too.")
def show(version: str | None, customer: str, site: str, lane: str, service: str, everything: bool) -> None:
    """Show the practice of a customer, site, lane and service, with who says so."""
    rules = _rules(None)
    _must_be_known(rules, customer, site)
    policy = _version(rules, version)
    resolved = policy.for_whom(customer, site, lane, service)
    click.echo(f"{policy.version}, in force from {policy.effective_from:%Y-%m-%d %H:%M} UTC")
    for knob, default in _knobs().items():
        value = getattr(resolved, knob)
        said = "default" if value == default else policy.version
        said = "special" if value != getattr(policy, knob) else said
        if everything or said != "default":
            click.echo(f"  {knob} = {_shown(value)}  ({said})")


@command.command()
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> None:
    """Show what AFTER does otherwise than BEFORE, for everybody and in its special entries."""
    rules = _rules(None)
    one, other = _version(rules, before), _version(rules, after)
    lines = [
        f"  {knob}: {_shown(getattr(one, knob))} -> {_shown(getattr(other, knob))}"
        for knob in _knobs()
        if getattr(one, knob) != getattr(other, knob)
    ]
    lines += [f"  - special {_special(s)}" for s in one.special if s not in other.special]
    lines += [f"  + special {_special(s)}" for s in other.special if s not in one.special]
    click.echo("\n".join([f"{before} -> {after}", *lines] if lines else [f"{before} and {after} decide alike"]))


def _rules(policies: Path | None) -> Rules:
    import os

    from milepost.runtime.rules_files import load_rules
    from milepost.runtime.settings import from_environment

    settings = from_environment(os.environ)
    return load_rules(policies or settings.policy_dir, settings.reference_dir, settings.tenant)


def _version(rules: Rules, version: str | None) -> Policy:
    if version is None:
        return list(rules.policies.values())[-1]
    if version not in rules.policies:
        raise click.UsageError(f"there is no policy {version!r}; there are: {', '.join(rules.policies)}")
    return rules.policies[version]


def _must_be_known(rules: Rules, customer: str, site: str) -> None:
    """A mistyped name would be shown what holds for everybody else."""
    if customer and not any(customer in one.customers for one in rules.references.values()):
        raise click.UsageError(f"there is no customer {customer!r} in the reference data")
    if site and not any(site in one.sites for one in rules.references.values()):
        raise click.UsageError(f"there is no site {site!r} in the reference data")


def _knobs() -> dict[str, object]:
    """Every knob with its default."""
    import msgspec
    from milepost.workflow.practice import Practice

    plain = Practice()
    return {field.name: getattr(plain, field.name) for field in msgspec.structs.fields(Practice)}


def _shown(value: object) -> str:
    import msgspec

    text = msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_MAX_CHARS else f"{text[:SHOWN_MAX_CHARS]}... ({len(value)} in all)"  # type: ignore[arg-type]


def _special(special: object) -> str:
    return _shown(special)
