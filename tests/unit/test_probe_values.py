"""What a target answered and a probe asks for again: as a key that means this value, or not at all."""

from __future__ import annotations

import pytest

from scanproof.probe import asking, worklist
from scanproof.probe.keys import pairs
from scanproof.probing import _scenario
from scansim.exam.edits import references

#: Texts as people and systems have them, among them words of batteries, wild cards, YAML and what no VR allows.
TEXTS = [
    *("today", "any", "null", "true", "~", "{}", "[1]", "!!python/x", "&a", "# x", "x: y", "PatientName", "$run"),
    *("DOE^$run", "DOE^$x.PatientID", "DOE^$today+1", "DOE^*", "DOE^J?", "DOE\\ROE", "DOE^J", "O'Brien^A", "D-E^F"),
    *(
        "A",
        "1",
        "007",
        "2026-123",
        "20261129",
        "20261129-",
        "0900",
        "090000.12",
        "1.2.3",
        "2.25.01",
        "A" * 64,
        "A" * 65,
    ),
    *("a\nb", "a\x1b[31mb", "\u00c4", "DOE^J=\u5c71", "%s", "${run}", " ", ""),
]
TRIED = {
    "PatientName": ("DOE^J", "O'Brien^A", "D-E^F", "A", "null", "today", "2026-123"),
    "PatientID": ("1", "007", "2026-123", "true", "# x", "x: y", "1.2.3"),
    "AccessionNumber": ("1", "2026-123", "%s"),
    "PatientBirthDate": ("20261129",),
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime": ("0900", "090000.12"),
    "StudyInstanceUID": ("1.2.3",),
    "PatientSex": ("A", "1", "007"),
}
#: Of these no key is made, of whatever attribute.
NEVER = [each for each in TEXTS if not each.strip() or set(each) & set("*?\\$\n\x1b\u00c4\u5c71") or len(each) > 64]


@pytest.mark.parametrize("path", TRIED)
def test_a_key_means_the_value_and_nothing_else(path: str) -> None:
    made = {text: list(pairs(path, text)) for text in TEXTS}
    keys = [each for found in made.values() for pair in found for each in (pair.hit, pair.miss)]
    assert not list(references(keys))
    tried = {text for text, found in made.items() if found}
    assert tried >= set(TRIED[path])
    assert not tried & set(NEVER)
    assert all(made[text][0].hit == text for text in tried)
    asked = [worklist._query({path: each}, "n") for each in keys]
    assert len(_scenario(asking.queries(asking.KEYS, "Keys", asked)).steps) == len(asked)


@pytest.mark.parametrize(
    ("path", "text"),
    [("PatientBirthDate", "today"), ("StudyInstanceUID", "2.25.01"), ("AccessionNumber", "A" * 17)],
)
def test_a_value_that_its_representation_does_not_have_is_not_asked_for(path: str, text: str) -> None:
    assert not list(pairs(path, text))
    assert not list(pairs("PatientSex", "male"))
