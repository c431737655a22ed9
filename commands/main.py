"""The console script: a group that loads a verb only when it is asked for, and one line for every error."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version

import click

# Verb -> its line in `milepost --help`. Each lives in the module of its name, as `command`.
VERBS = {
    "demo": "Play orders through a real Kafka and a simulated ERP; verdict to the cent.",
    "chaos": "The demo while everything around it fails: kills, outages, cuts; one verdict per seed.",
    "soak": "Many orders for long at half the maximum, then a burst: is memory flat, and the ledger equal?",
    "up": "Run broker, ERP and all lanes until Ctrl-C.",
    "status": "What runs, where, and how far behind it is.",
    "order": "One order or load: status, holds, postings with their evidence, timeline.",
    "why": "Why a posting waits, and the smallest set of moves that would release it.",
    "outbox": "What goes out to partners: sent, acknowledged, refused, overdue; try one again.",
    "exceptions": "What needs a person: filtered, or grouped by stage, cause and system.",
    "dead-letters": "What was refused and why: mend it, send it again, give it up.",
    "tail": "Milestones, decisions, commands and receipts as they pass.",
    "send": "Send one event.",
    "play": "Send many events: JSON lines, or the SCMS delivery history.",
    "replay": "Rebuild records from the topics, say what differs, have it put right.",
    "act": "What a person decides on an order or load; --dry-run shows what would follow.",
    "link": "What a native id means, by a person's word; --show says what waits on it.",
    "partner": "Bring a partner on board: check, try, draft, test and describe its dialect.",
    "corpus": "Every file of a folder through the codecs, as a table by format and kind.",
    "policy": "Check, show and compare the policies.",
    "resume": "Let a paused source go on.",
    "broker": "The local Kafka: up, down, status, topics.",
    "repartition": "Leave the partitions chosen at first, for more of them on another Kafka.",
    "doctor": "Check broker, topics, rights, groups, ERP, clocks; say what to mend.",
    "smoke": "Send one order of a test tenant through, and see it posted.",
    "config": "The settings in force, and where each comes from.",
    "lag-watcher": "How late each lane is, for Prometheus: told from the broker alone.",
    "gateway": "Take in what partners send: webhooks, dropped files, polls.",
    "worker": "Run one lane, supervised, or as this very process.",
    "completion": "Print the shell's completion script.",
}
EPILOG = """\b
Try:
  milepost demo                    1,000 orders, two minutes, one verdict
  milepost up                      leave everything running; then, elsewhere:
  milepost send event.json
  milepost order SO-0001

`milepost VERB --help` shows examples of each verb."""
INTERRUPTED_EXIT = 130


class Verbs(click.Group):
    """Imports the module of a verb when it is used, so that --help stays quick."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f"milepost.commands.{name.replace('-', '_')}")
        found: click.Command = module.command
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(cls=Verbs, epilog=EPILOG, context_settings=CONTEXT)
@click.version_option(version("milepost"), message="milepost %(version)s")
def cli() -> None:
    """Milestones in, ERP postings out: keeps WMS, TMS and ERP in step, on Kafka."""


def main(arguments: list[str] | None = None) -> None:
    """Run a verb and exit: 0 done, 1 not done, 2 wrong arguments or settings, 130 interrupted."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a verb; returns the exit code. Expected errors become one line on stderr (a log's tail may follow)."""
    from milepost.broker.errors import BrokerError
    from milepost.runtime.errors import ConfigurationError

    try:
        result = cli.main(args=arguments, prog_name="milepost", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return INTERRUPTED_EXIT
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        return _say(error.format_message(), 2, error.ctx)
    except click.ClickException as error:
        return _say(error.format_message(), error.exit_code)
    except ConfigurationError as error:
        return _say(str(error), error.exit_code)
    except BrokerError as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT
    except BrokenPipeError:
        # Whoever read us has seen enough; without this the interpreter complains once more at its end.
        sys.stdout = None
        return 0
    return result if isinstance(result, int) else 0


def _say(text: str, code: int, context: click.Context | None = None) -> int:
    hint = f" (see: {context.command_path} --help)" if context is not None else ""
    first, *rest = text.splitlines() or [""]
    click.echo("\n".join([f"milepost: {first}{hint}", *rest]), err=True)
    return code


if __name__ == "__main__":
    main()
