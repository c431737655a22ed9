"""`milepost broker`: the local Kafka by itself."""

from __future__ import annotations

import click
from milepost.commands.options import broker_option, reachable, settings_for

EPILOG = """\b
Examples:
  milepost broker up            a real Kafka in the background, data kept in your cache directory
  milepost broker topics        the table of topics, and whether the broker has them so
  milepost broker topics --create
  milepost broker down"""


@click.group(epilog=EPILOG)
def command() -> None:
    """Start, stop and look at the local Kafka, one KRaft node from Python packages alone."""


@command.command()
@click.option("--port", type=click.IntRange(1, 65535), default=9092, show_default=True, help="A free one when taken.")
def up(port: int) -> None:
    """Start Kafka in the background, create the topics, print its address."""
    from milepost.broker import detached
    from milepost.runtime.topics import create_missing

    running = detached.up(port=port, say=lambda line: click.echo(line, err=True))
    created = create_missing(running.bootstrap)
    click.echo(f"Kafka at {running.bootstrap}, pid {running.pid}; data in {running.data_dir}")
    click.echo(f"{len(created)} topics created")


@command.command()
def down() -> None:
    """Stop the Kafka in the background; its data stays."""
    from milepost.broker import detached

    click.echo("stopped" if detached.down() else "no Kafka was running")


@command.command()
def status() -> None:
    """Say whether a Kafka runs on this user's data directory, and where. Exit 1 when none does."""
    from milepost.broker.places import kafka_data_dir
    from milepost.broker.state import running

    found = running(kafka_data_dir())
    if found is None:
        raise click.ClickException("no Kafka runs here; start one with `milepost broker up`")
    click.echo(f"Kafka at {found.bootstrap}, pid {found.pid}; data in {found.data_dir}; log {found.log_file}")


@command.command()
@click.option("--create", is_flag=True, help="Create the ones that are missing.")
@broker_option
def topics(create: bool, broker: str | None) -> None:
    """Show the table of topics and every difference on the broker. Exit 1 when there is one."""
    from milepost.runtime.topic_table import TOPICS
    from milepost.runtime.topics import check, create_missing

    bootstrap = reachable(settings_for(broker))
    if create:
        click.echo(f"{len(create_missing(bootstrap))} topics created")
    for topic in TOPICS.values():
        kept = "newest of every key" if topic.retention_s is None else f"{topic.retention_s // 86_400} days"
        row = f"{topic.name:<46} {topic.domain:<12} {topic.owner:<15} {topic.partitions:>3}  {kept:<20}"
        click.echo(f"{row} {topic.carries}")
    wrong = check(bootstrap)
    if wrong:
        raise click.ClickException("\n".join([f"{len(wrong)} differences on {bootstrap}:", *wrong]))
