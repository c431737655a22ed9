"""What only people say, taken from the desk alone (S82). Without a key anybody who may write says it, as on one's own
machine."""

from __future__ import annotations

from milepost.agents.roles import VIOLATION
from milepost.codecs.errors import DecodeError
from milepost.contracts.events import Event, tag_of
from milepost.runtime import desk
from milepost.runtime.durable.interface import Incoming
from milepost.runtime.setting_kinds import Secret

NO_KEY = Secret("")


def check(record: Incoming, event: Event, key: Secret) -> None:
    """Raise DecodeError where a person's word, alone or a row of a batch, is in a record that the desk did not sign."""
    if not key:
        return
    tag = tag_of(event.body)
    if tag.startswith(desk.PEOPLES) and not desk.proven(key, record.key, record.value, record.headers):
        text = f"{tag} is a person's word, and its record does not bear the desk's proof"
        raise DecodeError(VIOLATION, text, "$.body.type")
