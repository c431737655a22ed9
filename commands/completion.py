"""`milepost completion`: the shell's completion script, made by click."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

EPILOG = """\b
Examples:
  eval "$(milepost completion bash)"                               # in ~/.bashrc
  eval "$(milepost completion zsh)"                                # in ~/.zshrc
  milepost completion fish > ~/.config/fish/completions/milepost.fish"""


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL; evaluate it in the shell's start-up file."""
    from milepost.commands.main import cli

    found = get_completion_class(shell)
    assert found is not None, "click knows the shells of the choice"
    click.echo(found(cli, {}, "milepost", "_MILEPOST_COMPLETE").source())
