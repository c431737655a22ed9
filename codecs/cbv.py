"""The words of the Core Business Vocabulary 2.0 as data, and each word in all of its spellings (CBV 2.0, section 7).

A word comes bare (``shipping``), as a URN (``urn:epcglobal:cbv:bizstep:shipping``), as a web address
(``https://ref.gs1.org/cbv/BizStep-shipping``) or shortened (``cbv:BizStep-shipping``): it is the same word.
"""

from __future__ import annotations

import re
from typing import NamedTuple

WEB = "https://ref.gs1.org/cbv/"


class Vocabulary(NamedTuple):
    """``web`` and ``urn`` are what stands before a word in its long spellings."""

    web: str
    urn: str
    words: frozenset[str]


def _vocabulary(web: str, urn: str, words: str) -> Vocabulary:
    return Vocabulary(f"{WEB}{web}-", f"urn:epcglobal:cbv:{urn}:", frozenset(words.split()))


BIZ_STEP = _vocabulary("BizStep", "bizstep", """
    accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
    retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
    unloading unpacking void_shipping
""")  # fmt: skip
DISPOSITION = _vocabulary("Disp", "disp", """
    active available completeness_inferred completeness_verified conformant container_closed container_open damaged
    destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
    mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed
    recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown
""")  # fmt: skip
TRANSACTION = _vocabulary(
    "BTT", "btt", "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"
)
PARTY = _vocabulary("SDT", "sdt", "location owning_party possessing_party")
ERROR_REASON = _vocabulary("ER", "er", "did_not_occur incorrect_data")
COMPONENT = _vocabulary("Comp", "comp", """
    altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
    spherical_radius x y z
""")  # fmt: skip
VOCABULARIES = (BIZ_STEP, DISPOSITION, TRANSACTION, PARTY, ERROR_REASON, COMPONENT)

NAMESPACES = {
    "cbv": WEB,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
}
"""Prefixes that the standard's own context gives; a document's context may give more."""

_HOST = re.compile(r"https?://(?:ref\.|ns\.|www\.)?gs1\.org/(?:cbv|voc|epcis)/", re.IGNORECASE)


def word(vocabulary: Vocabulary, text: str) -> tuple[str, bool]:
    """Return the bare word that ``text`` spells, and whether the vocabulary has it; else ``text`` as it is."""
    text = text.strip()
    bare = _bare(vocabulary, text)
    if bare in vocabulary.words:
        return bare, True
    # Words are case-sensitive; a sender that shouts still means the word.
    return (bare.lower(), True) if bare.lower() in vocabulary.words else (text, False)


def web(vocabulary: Vocabulary, text: str) -> str:
    """Return the web address of the word that ``text`` spells; ``text`` as it is where the vocabulary lacks it."""
    bare, known = word(vocabulary, text)
    return vocabulary.web + bare if known else text


def _bare(vocabulary: Vocabulary, text: str) -> str:
    if text[: len(vocabulary.urn)].lower() == vocabulary.urn:
        return text[len(vocabulary.urn) :]
    short = vocabulary.web.removeprefix(WEB)
    for start in ("cbv:", "epcis:"):
        if text.startswith(start + short):
            return text[len(start + short) :]
    found = _HOST.match(text)
    if found and text[found.end() :].startswith(short):
        return text[found.end() + len(short) :]
    return text
