"""What the present user of the broker may do, against what a lane has to. Nothing is tried: the broker is asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from milepost.commands.doctor_asking import has_authorizer
from milepost.commands.doctor_finding import Finding, ok, to_mend, unknown
from milepost.runtime import kafka_access
from milepost.runtime.rights import Right, rights_of
from milepost.runtime.rights_asked import GROUP_REFUSED, TOPIC_REFUSED, Asked, group_asked, topics_asked
from milepost.runtime.settings import Settings
from milepost.runtime.topic_kinds import Lane

SHOWN_MAX = 6
_KNOWN_ERRORS = (0, TOPIC_REFUSED, GROUP_REFUSED)  # a topic that is missing is told elsewhere


async def rights_found(
    admin: AIOKafkaAdminClient, settings: Settings, lane: Lane | None
) -> AsyncGenerator[Finding, None]:
    """Yield one line for each right that the lane lacks, or one that says that all is well. KafkaError."""
    if not await has_authorizer(admin):
        yield ok("rights", "this Kafka has no authorizer: everybody may do everything")
        return
    who = kafka_access.user() or "we"
    if lane is None:
        yield unknown("rights", "this Kafka allows by name: say which lane this is, with --lane")
        return
    lacking = [line async for line in _lacking(admin, settings, lane)]
    for line in lacking[:SHOWN_MAX]:
        yield to_mend("rights", f"{who} may not {line}", f"lane {lane} needs it: apply the manifest of its user")
    if len(lacking) > SHOWN_MAX:
        yield to_mend("rights", f"and {len(lacking) - SHOWN_MAX} more", "the manifest has them all")
    if not lacking:
        yield ok("rights", f"{who} may do all that lane {lane} has to")


async def _lacking(admin: AIOKafkaAdminClient, settings: Settings, lane: Lane) -> AsyncGenerator[str, None]:
    rights = rights_of(lane)
    asked = await topics_asked(admin, [one.name for one in rights if one.resource == "topic"])
    for one in rights:
        if one.resource == "topic":
            said = asked.get(one.name, Asked(TOPIC_REFUSED, 0))
        elif one.resource == "group":
            said = await _group(admin, _a_name_of(one, settings))
        else:
            continue
        if said.error in _KNOWN_ERRORS and (lacks := said.lacks(one.operations)):
            yield f"{', '.join(lacks)} {one.resource} {one.name}"


async def _group(admin: AIOKafkaAdminClient, name: str) -> Asked:
    try:
        found = await group_asked(admin, name)
    except KafkaError as error:
        if getattr(error, "errno", None) != GROUP_REFUSED:
            raise
        return Asked(GROUP_REFUSED, 0)
    return Asked(found.error, found.may)


def _a_name_of(right: Right, settings: Settings) -> str:
    """A right on all names that begin so is asked for by one of them: the one this process would take."""
    return right.name if right.pattern == "literal" else f"{right.name}{settings.erp_account}"
