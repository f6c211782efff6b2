"""Associations of an exam that are no evidence of what was exchanged: they put in order, or were disturbed."""

from __future__ import annotations

from dataclasses import replace

from scansim.network.transcript import AssociationRecord, Transcript
from scansim.vocabulary.disturbances import DISTURBED, FOLLOWS
from scansim.vocabulary.outcome import BROUGHT_ELSEWHERE, END_OPEN_STEP


def judged(transcript: Transcript) -> Transcript:
    """What is evidence: with a target that died, or a user who waits, putting in order tests nothing.

    What was disturbed, and what looked whether the target serves afterwards, `disturbances` has.
    """
    apart = (END_OPEN_STEP, BROUGHT_ELSEWHERE)
    kept = tuple(
        each for each in transcript.associations if each.facts.get("purpose") not in apart and not _is_disturbed(each)
    )
    return transcript if len(kept) == len(transcript.associations) else replace(transcript, associations=kept)


def spoken(transcript: Transcript) -> tuple[AssociationRecord, ...]:
    """What is evidence, and what was disturbed: the form of its PDUs is the target's own on these as well."""
    return (*judged(transcript).associations, *filter(_is_disturbed, transcript.associations))


def _is_disturbed(association: AssociationRecord) -> bool:
    return DISTURBED in association.facts or FOLLOWS in association.facts
