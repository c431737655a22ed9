"""What the lanes' apps say of their topics: asked of the apps themselves, without a broker, once a test session."""

from __future__ import annotations

import functools

from milepost.app import build
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import Lane


@functools.cache
def consumed(lane: Lane) -> tuple[str, ...]:
    """Topics that the lane's agents read."""
    return tuple(topic for agent in build(Settings(), lane).agents.values() for topic in agent.channel.topics)


@functools.cache
def changelogs(lane: Lane) -> tuple[str, ...]:
    """Topics that keep the lane's tables, as Faust names them."""
    return tuple(table.changelog_topic.get_topic_name() for table in build(Settings(), lane).tables.values())
