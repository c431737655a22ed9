"""Strangers' documents: each part of a message goes where it belongs, under names that a second reading gives again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from milepost.agents import documents
from milepost.agents.documents import Documents
from milepost.agents.intake import Intake
from milepost.agents.source_gate import SourceGate
from milepost.codecs import canonical, dead_letters
from milepost.codecs.dialects.model import Dialect, Dialects
from milepost.codecs.dialects.said import Message, Said
from milepost.codecs.documents import Finding, Refused
from milepost.codecs.errors import DecodeError
from milepost.contracts import wms
from milepost.contracts.controls import DataQualityFound
from milepost.contracts.events import Event
from milepost.contracts.references import Pointed
from milepost.contracts.reports import DeadLetter, ExceptionRaised
from milepost.contracts.statements import Remitted, Statement
from milepost.metrics.partners import DocumentsCounted
from milepost.metrics.registry import Registry
from milepost.runtime import parked
from milepost.runtime.durable.interface import Incoming, Output, Tuning, record_size_bytes
from milepost.runtime.partitioner import partition_of
from milepost.tests.codecs.events import T0, written
from milepost.tests.intake.partner import T0_MS, Bench, MemoryStore, topics
from milepost.tests.intake.referred import link, pointed, reference

DIALECTS = Dialects(partners={"acme": Dialect("acme", "wms", ("wms-acme",), "acme", "x12")})
HEADERS = (
    ("partner", b"acme"), ("message-id", b"ISA-17"), ("content-type", b"application/edi-x12"),
    ("received-ms", b"1772438400000"), ("name", b"945.edi"),
)  # fmt: skip
KEY = b"acme/ISA-17"
Saying = Callable[[Said | DecodeError], None]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Saying:
    """What the dialect makes of the next messages; the engine itself is tested where it is."""

    def say(said: Said | DecodeError) -> None:
        def said_by(dialect: Dialect, message: Message, dialects: Dialects) -> Said:
            if isinstance(said, DecodeError):
                raise said
            return said

        monkeypatch.setattr(documents, "said_by", said_by)

    return say


class Documented(Bench):
    def restart(self) -> None:
        self.intake = Intake(self.limit_per_hour, documents=Documents(DIALECTS))
        for partition, store in enumerate(self.stores):
            assert list(self.intake.recovered(partition, store, 1)) == []

    def take(self, *records: Incoming) -> list[Output]:
        return list(self.intake.chunk(records, self.stores[records[0].partition]))

    def document(
        self, value: bytes = b"ISA*00", headers: tuple[tuple[str, bytes], ...] = HEADERS, at_ms: int = T0_MS
    ) -> list[Output]:  # fmt: skip
        return self.send(value, KEY.decode(), headers=headers, topic="partner.documents", at_ms=at_ms)


def event(number: int = 0, owner: str = "O-1") -> Event:
    body = wms.PickConfirmed(node="DC", line=str(number), quantity=1)
    return Event(
        event_id=f"d-{number}", business_key=f"pick/{number}", owner=owner, occurred_at=T0, source="wms-acme", body=body
    )  # fmt: skip


def by_topic(outputs: list[Output], topic: str) -> list[Output]:
    return [one for one in outputs if one.topic == topic]


def letters(outputs: list[Output]) -> list[DeadLetter]:
    return [msgspec.json.decode(one.value or b"", type=DeadLetter) for one in by_topic(outputs, "dead.letters")]


def raised(outputs: list[Output]) -> list[ExceptionRaised]:
    return [msgspec.json.decode(o.value or b"", type=ExceptionRaised) for o in by_topic(outputs, "orders.exceptions")]


REMITTED = Statement(id="s-1", key="remittance/77", partner="acme", source="wms-acme", stated_at=T0,
                     body=Remitted(trace="77", currency="USD", amount_minor=5))  # fmt: skip
BAD = Refused(DecodeError("missing_field", "no order", "interchange 17, set 0002"), b"ST*945*0002~")
EVERYTHING = Said(
    events=(event(1), event(2, "O-2")), linked=(link(reference(), "O-1", "S-1"),),
    pointed=(pointed(reference("P-1")), pointed(reference("B-1", "bol"))), statements=(REMITTED,), shadowed=(event(3),),
    refused=(BAD,), answer=b"ISA*997~", findings=(Finding("count", "10 lines, 9 counted", "CTT01", "10", "9", "0001"),),
    owners={"0001": "O-2"},
)  # fmt: skip


def test_each_part_goes_where_it_belongs(says: Saying) -> None:
    """Events are keyed by owner, native ids by reference, statements by what they state, answers by partner, and each
    says from which record it came."""
    says(EVERYTHING)
    outputs = Documented().document()
    assert sorted((one.topic, one.key.decode()) for one in outputs) == sorted([
        ("partner.answers", "acme"), ("partner.events", "O-1"), ("partner.events", "O-2"), ("partner.events", "O-2"),
        ("partner.references", "ref/pro/ABCD/P-1"), ("partner.references", "ref/pro/ABCD/P-1"),
        ("partner.references", "ref/bol/ABCD/B-1"), ("partner.statements", "remittance/77"),
        ("partner.shadowed", "O-1"), ("orders.exceptions", "partner/acme"), ("dead.letters", KEY.decode()),
    ])  # fmt: skip
    (statement,) = by_topic(outputs, "partner.statements")
    assert msgspec.json.decode(statement.value or b"", type=Statement) == REMITTED
    (answer,) = by_topic(outputs, "partner.answers")
    assert (answer.value, dict(answer.headers)["partner"], dict(answer.headers)["name"]) == (
        b"ISA*997~", b"acme", b"945.edi")  # fmt: skip
    place = f"partner.documents/{partition_of(KEY, 12)}/0".encode()
    assert {dict(one.headers).get("origin") for one in by_topic(outputs, "partner.events")} == {place}
    told = [canonical.decode(one.value or b"") for one in by_topic(outputs, "partner.events")]
    assert [msgspec.structs.replace(one, batch="") for one in told[:2]] == [event(1), event(2, "O-2")]
    assert {one.batch for one in told} == {"ISA-17"}
    assert told[2].body == DataQualityFound(field="count", value="10", text="count at CTT01: 10 lines, 9 counted")


def test_what_it_says_passes_the_gate(says: Saying) -> None:
    """The events of a document, findings included, are taken in by ``partner.events`` under their keys."""
    says(EVERYTHING)
    bench = Documented()
    for one in by_topic(bench.document(), "partner.events"):
        assert topics(bench.send(one.value, one.key.decode()))[0] in ("wms.milestones", "orders.controls")


def test_read_again_it_says_the_same(says: Saying) -> None:
    """The same record gives the same outputs, byte for byte, whatever process reads it."""
    says(EVERYTHING)
    bench = Documented()
    first = bench.document()
    bench.restart()
    assert bench.take(bench.log[-1]) == first


def test_milestones_know_their_other_ids(says: Saying) -> None:
    """A milestone with several native ids names the others in each of its messages."""
    says(EVERYTHING)
    sent = [msgspec.json.decode(o.value or b"", type=Pointed) for o in Documented().document()
            if o.topic == "partner.references" and b'"pointed"' in (o.value or b"")]  # fmt: skip
    assert [[one.value for one in said.also] for said in sent] == [["B-1"], ["P-1"]]


def test_a_refused_part_can_be_sent_again_by_itself(says: Saying) -> None:
    """The dead letter of a part has its own bytes, the place of its record, and all that stood beside them."""
    says(EVERYTHING)
    (letter,) = letters(Documented().document())
    assert (letter.value(), letter.reason, letter.place, letter.topic) == (
        b"ST*945*0002~", "missing_field", "interchange 17, set 0002", "partner.documents")  # fmt: skip
    assert (letter.partner, letter.message, letter.content_type, letter.name, letter.received_ms, letter.source) == (
        "acme", "ISA-17", "application/edi-x12", "945.edi", 1772438400000, "wms-acme")  # fmt: skip


@pytest.mark.parametrize(
    "headers", [(), (("partner", b"nobody"),), (("partner", b"\xff"),), (("received-ms", b"9" * 40),)]
)
def test_nobody_knows_the_partner(headers: tuple[tuple[str, bytes], ...]) -> None:
    """A message of a partner without a dialect is one dead letter, with its bytes."""
    (letter,) = letters(Documented().document(b"\xff\x00", headers))
    assert (letter.reason, letter.value()) == ("unknown_partner", b"\xff\x00")


def test_unusable_as_a_whole(says: Saying) -> None:
    """A message of which nothing can be used is one dead letter with the codec's reason."""
    says(DecodeError("bad_envelope", "no ISA"))
    outputs = Documented().document(b"garbage")
    assert [(one.reason, one.value()) for one in letters(outputs)] == [("bad_envelope", b"garbage")]
    assert topics(outputs) == ["dead.letters"]


def test_an_unmapped_status_is_one_exception_however_often_it_comes(says: Saying) -> None:
    """A status that the dialect has no meaning for opens one exception that names it, by part or by message alike;
    another status is another exception."""
    error = DecodeError("unmapped_status", "status table short has no meaning for 'X9'", "$.status")
    other = DecodeError("unmapped_status", "status table short has no meaning for 'X8'", "$.status")
    ids, bench = set(), Documented()
    for number, said in enumerate((Said(refused=(Refused(error, b"1"), Refused(error, b"2"))), error)):
        says(said)
        (found,) = raised(Documented().document(headers=(HEADERS[0], ("message-id", b"M-%d" % number))))
        assert (found.type, found.owner, found.open) == ("UNMAPPED_STATUS", "partner/acme", True)
        assert "'X9'" in found.text
        ids.add(found.id)
    assert len(ids) == 1
    bench.document()
    assert raised(bench.document()) == []
    says(other)
    (found,) = raised(bench.document())
    assert found.id not in ids


def test_a_flaw_of_every_message_is_repeated_once_an_hour(says: Saying) -> None:
    """What each message of a partner says again is one exception, whose word is repeated at most once in an hour, with
    how many came meanwhile; what is read again is told again."""
    says(Said(findings=(Finding("count", "9 of 10", "CTT01"),)))
    bench, later = Documented(), T0_MS + 3_600_000
    bench.document()
    assert [raised(bench.document(at_ms=later - 1)) for _ in range(50)] == [[]] * 50
    (again,) = raised(bench.document(headers=(HEADERS[0], ("message-id", b"M-52")), at_ms=later))
    assert again.text.startswith("message M-52: 50 more since 2026-03-02 ")
    assert again.evidence == (f"partner.documents/{partition_of(KEY, 12)}/51",)
    assert raised(bench.document(at_ms=later)) == []
    assert [one.id for one in raised(bench.take(bench.log[-1]))] == [again.id]


def test_a_partner_that_invents_words_fills_no_list(says: Saying) -> None:
    """Of one partner at most a hundred exceptions are told apart; all further words are one more of each type."""
    bench, ids = Documented(10**6), set()
    for number in range(150):
        says(DecodeError("unmapped_status", f"no meaning for 'X{number}'", "$.status"))
        ids |= {one.id for one in raised(bench.document())}
    assert len(ids) == 101


def test_findings_are_told_once_a_kind(says: Saying) -> None:
    """A thousand findings of one kind are one exception, and a message has a limit of kinds."""
    says(Said(findings=tuple(Finding("total", f"line {n}", place=f"LIN {n}") for n in range(1000))))
    (found,) = raised(Documented().document())
    assert (found.type, found.severity) == ("DATA_QUALITY", "info")
    assert "and 999 more" in found.text
    says(Said(findings=tuple(Finding(f"kind-{n}", "x") for n in range(100))))
    assert len(raised(Documented().document())) == 20


def test_what_is_about_the_partner_is_told_of_the_partner(says: Saying) -> None:
    """That a contract ends, or that a vendor added a field (S49), is one exception however many messages come, and no
    order hears of it; what is wrong with a message is an exception of the partner, and a word to each order."""
    ids = []
    ends, wrong = Finding("CONTRACT_ENDS", "ends on 2026-12-31"), Finding("count", "9 of 10", "CTT01")
    new = Finding("unknown_field", "a field that nobody named", "$.colour", document="D-1")
    says(Said(events=(event(),), findings=(ends, wrong, new)))
    for number in range(2):
        outputs = Documented().document(headers=(HEADERS[0], ("message-id", b"M-%d" % number)))
        ids.append([one.id for one in raised(outputs)])
        told = [canonical.decode(one.value or b"").body for one in by_topic(outputs, "partner.events")]
        assert [body.field for body in told if isinstance(body, DataQualityFound)] == ["count"]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_a_sandbox_touches_no_order(says: Saying) -> None:
    """Of test traffic the events are shadowed and the answer is sent; nothing else is said, but what was refused."""
    says(EVERYTHING)
    outputs = Documented().document(headers=(*HEADERS, ("sandbox", b"1")))
    assert set(topics(outputs)) == {"partner.answers", "partner.shadowed", "dead.letters"}
    assert len(by_topic(outputs, "partner.shadowed")) == 3


def test_a_partner_that_sends_rubbish_is_paused(says: Saying) -> None:
    """Past the limit the partner's source is paused: its documents are parked as they are, and its canonical events as
    well; resumed, both go on; and a replay takes the way it took the first time."""
    says(Said(refused=(BAD,)))
    bench = Documented()
    first = [bench.document() for _ in range(4)]
    assert topics(first[-1]) == ["dead.letters", *["sources.paused"] * 12, "orders.exceptions"]
    (out,) = bench.document(b"later")
    assert (out.topic, out.value, out.key, out.headers[: len(HEADERS)]) == ("partner.parked", b"later", KEY, HEADERS)
    assert (dict(out.headers)[parked.TOPIC], dict(out.headers)[parked.SOURCE]) == (b"partner.documents", b"wms-acme")
    assert topics(bench.send(written(source="wms-acme"), "O-1")) == ["partner.parked"]
    sent = [one for one in bench.log if one.topic == "partner.documents"][:4]
    bench.restart()
    assert [bench.take(one) for one in sent] == first
    bench.resume("wms-acme")
    assert topics(bench.document()) == ["dead.letters"]
    assert topics(bench.send(written(source="wms-acme"), "O-1")) == ["wms.milestones"]


def test_of_two_partners_of_one_source_only_the_one_that_sends_rubbish_is_paused(says: Saying) -> None:
    """Two dialects report for one site: rubbish of one parks its own documents, under its own name, and neither the
    other's nor the site's events; it is resumed by that name."""
    other = Dialect("other", "wms", ("wms-acme",), "other", "json")
    bench = Documented()
    bench.intake = Intake(bench.limit_per_hour, documents=Documents(Dialects({**DIALECTS.partners, "other": other})))
    says(Said(refused=(BAD,)))
    for _ in range(4):
        bench.document()
    (out,) = bench.document(b"later")
    assert (out.topic, dict(out.headers)[parked.SOURCE]) == ("partner.parked", b"acme")
    says(Said(events=(event(),)))
    headers = (("partner", b"other"), *HEADERS[1:])
    assert topics(bench.document(headers=headers)) == ["partner.events"]
    assert topics(bench.send(written(source="wms-acme"), "O-1")) == ["wms.milestones"]
    bench.resume("acme")
    assert topics(bench.document()) == ["partner.events"]


def test_documents_pause_at_once_and_everywhere(says: Saying) -> None:
    """Its canonical events are parked before the news of the pause has come round; and a source that was paused and
    resumed before, for its events, is paused for its documents in every partition."""
    says(Said(refused=(BAD,)))
    bench = Documented()
    for _ in range(4):
        bench.bad("wms-acme")
    bench.resume("wms-acme")
    partition = partition_of(KEY, 12)
    sent = [Incoming("partner.documents", partition, n, KEY, b"x", T0_MS, HEADERS) for n in range(4)]
    told = [output for one in sent for output in bench.take(one)]
    order = next(f"O-{n}" for n in range(100) if partition_of(f"O-{n}".encode(), 12) == partition)
    value = written(source="wms-acme", owner=order)
    later = Incoming("partner.events", partition, 99, order.encode(), value, T0_MS, ())
    assert topics(bench.take(later)) == ["partner.parked"]
    for one in by_topic(told, "sources.paused"):
        bench.send(one.value, "x", partition=one.partition, topic="sources.paused")
    for number in range(30):
        assert topics(bench.good("wms-acme", f"O-{number}")) == ["partner.parked"]


def test_resumption_closes_the_exception_that_the_documents_opened(says: Saying) -> None:
    """The exception of a pause by documents closes under its own id when a person resumes the source, and a second
    pause is another one."""
    says(Said(refused=(BAD,)))
    bench = Documented()
    ids = []
    for _ in range(2):
        opened = [one.id for _ in range(4) for one in raised(bench.document())]
        partition = partition_of(KEY, 12)
        body = {"type": "source.resumed", "source_resumed": "wms-acme", "actor": "ann", "reason": "mended"}
        closed = raised(bench.send(written(source="ops", body=body), "x", partition=partition))
        assert [(one.id, one.open) for one in closed] == [(opened[0], False)]
        ids += opened
    assert len(ids) == len(set(ids)) == 2


def test_outputs_fit_a_record(says: Saying) -> None:
    """Whatever a message says, what is published of it fits the broker's limit."""
    huge = b"x" * 900_000
    says(Said(refused=(Refused(DecodeError("too_large", "x" * 5000, "y" * 5000), huge),)))
    bench = Documented()
    lines = tuple(wms.LineQuantity(line=f"{n:>200}", quantity=1) for n in range(1000))
    body = wms.Packed(node="DC", package="P", lines=lines)
    outputs = bench.document(huge)
    says(Said(events=(msgspec.structs.replace(event(), body=body),),
              statements=(msgspec.structs.replace(REMITTED, findings=("z" * 1_100_000,)),)))  # fmt: skip
    outputs += bench.document(huge)
    assert [one.reason for one in letters(outputs)] == ["too_large", "too_large"]
    for one in outputs:
        assert record_size_bytes(one.key, one.value, one.headers) < Tuning().max_message_bytes


def test_messages_are_counted_by_source_and_outcome(says: Saying) -> None:
    """Each message counts once, by the worst of its parts, under a source of the settings or ``other``."""
    counted = DocumentsCounted(Registry("intake"), ["wms-acme"])
    part = Documents(DIALECTS, counted)
    gate = SourceGate(10**6, Documented().intake._watch, Documented().intake._trace)
    store = MemoryStore()
    gate.recovered(0, store)
    unmapped = Said(refused=(Refused(DecodeError("unmapped_status", "x"), b""),))
    for number, said in enumerate((Said(events=(event(),)), Said(refused=(BAD,)), unmapped)):
        says(said)
        list(part.taken(Incoming("partner.documents", 0, number, KEY, b"x", T0_MS, HEADERS), gate, store))
    list(part.taken(Incoming("partner.documents", 0, 9, KEY, b"x", T0_MS, ()), gate, store))
    seen = {labels: n for labels, n in counted.counts.items() if n}
    assert seen == {("wms-acme", "accepted"): 1, ("wms-acme", "quarantined"): 1, ("wms-acme", "unmapped"): 1,
                    ("other", "quarantined"): 1}  # fmt: skip


def test_what_is_sent_again_is_one_letter_and_not_answered_again(says: Saying) -> None:
    """Of a message that was sent again one refused part goes on with its letter, others are letters of their own, and
    its sender gets no second acknowledgement of what it sent once."""
    says(EVERYTHING._replace(refused=(BAD, BAD._replace(value=b"ST*945*0003~"))))
    first = Documented().document()
    again = Documented().document(headers=(*HEADERS, ("redriven-id", b"L-1"), ("redriven-from", b"x")))
    assert len(by_topic(first, "partner.answers")) == 1
    assert by_topic(again, "partner.answers") == []
    names = [dead_letters.identity(one) for one in letters(again)]
    assert names[0] == "L-1"
    assert names[1] == dead_letters.identity(letters(first)[1])
    assert [one.value for one in by_topic(again, "partner.events")] == [
        one.value for one in by_topic(first, "partner.events")
    ]


def test_what_was_tried_in_the_sandbox_is_answered_again_in_earnest(says: Saying) -> None:
    """The same message, first tried and then meant, has two answers: the second is no repetition of the first."""
    says(EVERYTHING)
    ids = [
        dict(one.headers)["message-id"]
        for headers in ((*HEADERS, ("sandbox", b"1")), HEADERS)
        for one in by_topic(Documented().document(headers=headers), "partner.answers")
    ]
    assert len(ids) == len(set(ids)) == 2


def test_rubbish_in_the_sandbox_pauses_nobody(says: Saying) -> None:
    """What a partner tries in the sandbox is a dead letter, and neither stops its real source nor shows on an order."""
    says(Said(refused=(BAD,)))
    bench = Documented()
    sandbox = (*HEADERS, ("sandbox", b"1"))
    assert {topic for _ in range(10) for topic in topics(bench.document(headers=sandbox))} == {"dead.letters"}
    says(DecodeError("not_json", "no word of it"))
    assert {topic for _ in range(10) for topic in topics(bench.document(headers=sandbox))} == {"dead.letters"}
    violation = DecodeError("ownership_violation", "may not say that")
    says(Said(refused=(Refused(violation, b'{"owner":"SO-1","body":{}}'),)))
    assert topics(bench.document(headers=sandbox)) == ["dead.letters"]
