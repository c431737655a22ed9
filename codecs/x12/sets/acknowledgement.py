"""Acknowledgements (997, 999): what became of the sets of one group. Read here; ours are made by the reader."""

from __future__ import annotations

from milepost.codecs.x12.sets.agreeing import disagreements
from milepost.codecs.x12.sets.grammar import SetGrammar
from milepost.codecs.x12.sets.model import Segment, Slot
from milepost.codecs.x12.sets.tables import flat, loop, many, one, segment

AK1 = segment("AK1", "functional:479! control:28! version:480")
AK2 = segment("AK2", "set:143! control:329! convention:1705")
AK9 = segment(
    "AK9",
    "status:715!=A,E,M,P,R,W,X counts.included:97n! counts.received:123n! counts.accepted:2n! codes[]:716*5",
)


def _set_answer(id: str, syntax: int) -> Segment:
    return segment(id, f"status:717!=A,E,M,R,W,X codes[]:{syntax}*5")


def _segment_error(id: str, syntax: int) -> Segment:
    return segment(id, f"segment:721! position:719n! loop:447 code:{syntax}")


def _element_error(id: str, syntax: int) -> Segment:
    return segment(id, f"place:722x! reference:725n code:{syntax}! value:724")


CTX = segment("CTX", "context:9999x! segment:721 position:719n loop:447 place:722x reference:725x")


def _slots(errors: Slot, answer: Segment) -> tuple[Slot, ...]:
    return (one("group", AK1, must=True), loop("sets", AK2, errors, flat(answer, must=True)), flat(AK9, must=True))


ACKNOWLEDGEMENT = SetGrammar(
    "997",
    "FA",
    "Functional acknowledgement: which sets of a group were taken, and what was wrong with the others",
    _slots(
        loop("errors", _segment_error("AK3", 720), many("elements", _element_error("AK4", 723))),
        _set_answer("AK5", 718),
    ),
    check=disagreements,
)

IMPLEMENTATION_ACKNOWLEDGEMENT = SetGrammar(
    "999",
    "FA",
    "Implementation acknowledgement: the same, with more reasons and with context",
    _slots(
        loop(
            "errors",
            _segment_error("IK3", 620),
            many("contexts", CTX),
            loop("elements", _element_error("IK4", 621), many("contexts", CTX)),
        ),
        _set_answer("IK5", 618),
    ),
    check=disagreements,
)
