"""Commands to the ERP and what comes back: receipts."""

from __future__ import annotations

from typing import Literal

from milepost.contracts.base import Contract, Id, OptionalDate, OptionalId, Text
from milepost.contracts.documents import Document, JournalLine

Outcome = Literal["accepted", "rejected", "unknown"]
Priority = Literal["fulfilment", "reconciliation"]


class PostingCommand(Contract, frozen=True, kw_only=True):
    """Post ``document``, or reverse the posting ``reverses`` whose content ``document`` repeats.

    ``id`` is the external reference at the ERP. ``sequence`` rises with every command of one owner, and the owner's
    commands are posted in that order. ``attempt`` counts a person's answers to rejections. ``journal`` is the balanced
    entry, already negated for a reversal. ``posting_date`` is how it is booked, not what it says: it is no part of the
    content that names the posting.
    """

    id: Id
    owner: Id
    chain: Id  # one live document per chain: "goods_issue/SHIPMENT"
    sequence: int
    attempt: int = 0
    document: Document
    reverses: OptionalId = ""
    reverses_document: OptionalId = ""  # the ERP's number of the document to reverse, when known
    posting_date: OptionalDate = ""  # the day it is booked on, where that is not the document's own: see first_open
    journal: tuple[JournalLine, ...] = ()
    rule: OptionalId = ""
    because: tuple[Id, ...] = ()  # business keys of the facts it stands on
    priority: Priority = "fulfilment"
    correlation_id: OptionalId = ""


PERIOD_CLOSED = "PERIOD_CLOSED"  # the one rejection that is answered without a person: later, in an open period


class PostingAnswered(Contract, tag="erp.receipt", frozen=True, kw_only=True):
    """The ERP's answer to one attempt. It carries the command, so that whoever lost it can adopt it."""

    outcome: Outcome
    command: PostingCommand
    document_number: OptionalId = ""
    first_open: OptionalDate = ""  # with code PERIOD_CLOSED: the first day the ERP would take
    code: OptionalId = ""
    text: Text = ""
