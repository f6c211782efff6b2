"""What to do about a finding: what its judge said, else in the words of its rule, with the name of the attribute."""

from __future__ import annotations

import re

from pydicom.datadict import dictionary_description, dictionary_VR, tag_for_keyword

from scanproof.iod.finding import IodFinding
from scanproof.iod.rules.catalogue import RULES

#: Of rules whose advice is plainer with the attribute's name; {} is that name.
_NAMED = {
    "attribute-retired": "Leave {} out, or use the attribute that has replaced it.",
    "condition-forbidden": "Leave {} out, or correct what the message says it stands beside.",
    "condition-missing": "Write {}, or correct what the message says asks for it.",
    "defined-term": "Prefer one of the terms of {} in the message; name others in the Conformance Statement.",
    "enumerated-value": "Write one of the values of {} in the message, in just these letters.",
    "functional-group-missing": "Write {} into the shared item when all frames agree, else into that of each frame.",
    "functional-group-twice": "Take {} out of the shared item, or out of all frames.",
    "sr-value-extra": "Leave {} out, or give the content item the Value Type that has it.",
    "sequence-no-item": "Leave {} out when it has no item.",
    "type1-empty": "Give {} a value where the object is made.",
    "type1-missing": "Write {} with its value where the object is made.",
    "type2-missing": "Write {}, with zero length when nothing is known.",
    "vr-mismatch": "Write {} with the VR of the dictionary.",
}
#: The same of sequences.
_OF_SEQUENCES = {
    "type1-empty": "Give {} an item where the object is made.",
    "type1-missing": "Write {} with what its items have to hold where the object is made.",
}


def advise(finding: IodFinding) -> str:
    """What to do about a finding, in one sentence or two."""
    if finding.advice:
        return finding.advice
    keyword = re.split(r"[\[(]", finding.tag.rpartition(" > ")[2])[0]
    tag = tag_for_keyword(keyword) if keyword else None
    if finding.rule in _OF_SEQUENCES and tag is not None and dictionary_VR(tag) == "SQ":
        return _OF_SEQUENCES[finding.rule].format(dictionary_description(tag))
    if finding.rule in _NAMED and tag is not None:
        return _NAMED[finding.rule].format(dictionary_description(tag))
    rule = RULES.get(finding.rule)
    return rule.hint if rule is not None else ""
