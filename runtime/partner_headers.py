"""Headers of records on ``partner.documents``: what is known of a message beside its bytes."""

from __future__ import annotations

from milepost.codecs import dead_letters

PARTNER = "partner"
MESSAGE_ID = "message-id"  # the vendor's own, else the digest of the bytes
CONTENT_TYPE = "content-type"
RECEIVED_MS = "received-ms"
TRANSPORT = "transport"  # webhook | drop | poll | redrive
NAME = "name"  # of a file
SANDBOX = "sandbox"  # their test traffic: read and compared, never acted on
SOURCE = "source"  # the reporting system, as dead letters and pauses name it
REDRIVEN_FROM = "redriven-from"  # topic/partition/offset of the dead letter's own place
REDRIVEN_BY = "redriven-by"
REDRIVEN_WHY = "redriven-why"
REDRIVEN_ID = dead_letters.REDRIVEN_ID  # of the dead letter that was sent again
REDRIVEN_KEY = dead_letters.REDRIVEN_KEY  # its record's key, where it was sent again under another
