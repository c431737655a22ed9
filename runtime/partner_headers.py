"""Headers of records on ``partner.documents``: what is known of a message beside its bytes."""

from __future__ import annotations

from milepost.codecs import dead_letters

PARTNER = "partner"
MESSAGE_ID = "message-id"  # the vendor's own, else the digest of the bytes
CONTENT_TYPE = "content-type"
RECEIVED_MS = "received-ms"
TRANSPORT = "transport"  # webhook | drop | poll | kafka | redrive | sign: of life, with nothing in it
SEQUENCE = "sequence"  # its number, where the partner counts its messages
DELIVERED = "delivered-sha256"  # of what was sent, where the record has other bytes: a part, or what was pointed at
PART = "part"  # 2/3, of what was cut
ASKED_AGO_MS = "asked-ago-ms"  # of a poll: how long before the record it was asked
NAME = "name"  # of a file
SANDBOX = "sandbox"  # their test traffic: read and compared, never acted on
SOURCE = "source"  # the reporting system, as dead letters and pauses name it
REDRIVEN_FROM = "redriven-from"  # topic/partition/offset of the dead letter's own place
REDRIVEN_BY = "redriven-by"
REDRIVEN_WHY = "redriven-why"
REDRIVEN_ID = dead_letters.REDRIVEN_ID  # of the dead letter that was sent again
REDRIVEN_KEY = dead_letters.REDRIVEN_KEY  # its record's key, where it was sent again under another
