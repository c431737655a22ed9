"""What the present user of the broker may do, against what a process has to. Nothing is tried: the broker is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from aiokafka.admin import AIOKafkaAdminClient
from milepost.commands.doctor_asking import has_authorizer
from milepost.commands.doctor_finding import Finding, ok, to_mend, unknown
from milepost.runtime import kafka_access
from milepost.runtime.rights_held import lacking
from milepost.runtime.settings import Settings

SHOWN_MAX = 6


async def rights_found(
    admin: AIOKafkaAdminClient, settings: Settings, process: str | None
) -> AsyncGenerator[Finding, None]:
    """Yield one line for each right that the process lacks, or one that says that all is well. KafkaError."""
    if not await has_authorizer(admin):
        yield ok("rights", "this Kafka has no authorizer: everybody may do everything")
        return
    who = kafka_access.user() or "the user of this certificate"
    if process is None:
        yield unknown("rights", "this Kafka allows by name: say which process this is, with --lane or --gateway")
        return
    lacks = await asyncio.to_thread(lacking, settings.broker, process, settings.erp_account)
    for line in lacks[:SHOWN_MAX]:
        yield to_mend("rights", f"{who} may not {line}", f"{process} needs it: apply the manifest of its user")
    if len(lacks) > SHOWN_MAX:
        yield to_mend("rights", f"and {len(lacks) - SHOWN_MAX} more", "the manifest has them all")
    if not lacks:
        yield ok("rights", f"{who} may do all that {process} has to")
