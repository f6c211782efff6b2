"""Rules about UIDs and names of SOP Classes and Transfer Syntaxes."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom._uid_dict import UID_dictionary

from scanproof.statements.lint.rules import Found, Severity, Subject, plain, rule
from scansim.vocabulary.uids import uid_name


def _told(subject: Subject, rule_id: str) -> Iterator[Found]:
    """What loading the file told under the name of a rule."""
    for mistake in subject.statement.mistakes:
        if mistake.rule == rule_id:
            yield Found(mistake.line, mistake.text)


@rule(
    "uid-name",
    Severity.ERROR,
    what="The name and the UID of a row are of the same thing.",
    hint="Correct the one that is wrong; which of the two is meant nobody but the author knows.",
)
def uid_name_agrees(subject: Subject) -> Iterator[Found]:
    """A reader takes the name, a program the UID, and the two test different things: in a published statement the row
    of Deflated Explicit VR Little Endian carries the UID of the undeflated one."""
    return _told(subject, "uid-name")


@rule(
    "uid-form",
    Severity.ERROR,
    what="A UID has at most 64 characters: numbers without leading zeros, joined by dots.",
    hint="Copy the UID from its source again; it goes into quotes in YAML.",
    clause="PS3.5 9.1 (2020)",
)
def uid_form(subject: Subject) -> Iterator[Found]:
    """Nobody can send it, and a peer that is strict aborts over it."""
    return _told(subject, "uid-form")


@rule(
    "no-syntax",
    Severity.WARNING,
    what="A SOP Class that is supported has the Transfer Syntaxes that it is supported in.",
    hint="Give it transfer_syntaxes, or a transfer_syntax_set of the overview.",
)
def has_syntaxes(subject: Subject) -> Iterator[Found]:
    """Without one nothing can be negotiated, so that the row promises nothing."""
    return _told(subject, "no-syntax")


def _used(subject: Subject) -> dict[str, int]:
    """UIDs of classes and syntaxes that are claimed or denied, to the first line that each is on."""
    used: dict[str, int] = {}
    for claim in subject.of("context", "not-supported"):
        for name in ("sop_class", "transfer_syntax"):
            if name in claim.data:
                used.setdefault(str(claim.data[name]), claim.line)
    places = {plain(value): subject.line(*place) for place, value in reversed(subject.leaves) if isinstance(value, str)}
    keywords = {uid: UID_dictionary[uid][4] for uid in used if uid in UID_dictionary}
    return {uid: places.get(uid, places.get(keywords.get(uid, uid), line)) or line for uid, line in used.items()}


@rule(
    "retired",
    Severity.NOTE,
    what="SOP Classes and Transfer Syntaxes are not retired.",
    hint="Nothing has to be done where old devices need it; a new product is better off without.",
    clause="PS3.6 Annex A",
)
def not_retired(subject: Subject) -> Iterator[Found]:
    """A retired class may go on being used, but nobody maintains it, and few peers test it."""
    for uid, line in _used(subject).items():
        entry = UID_dictionary.get(uid)
        if entry is not None and entry[3] == "Retired":
            yield Found(line, f"{uid_name(uid)} ({uid}) is retired")


@rule(
    "unknown-uid",
    Severity.NOTE,
    what="SOP Classes and Transfer Syntaxes are registered in PS3.6.",
    hint="Say for a private one whose it is, and what a peer needs to make use of it.",
    clause="PS3.6 Annex A",
)
def known_uid(subject: Subject) -> Iterator[Found]:
    """A private UID means something to its owner alone; a mistyped one looks just like it."""
    for uid, line in _used(subject).items():
        if uid not in UID_dictionary:
            yield Found(line, f"{uid} is not registered in PS3.6 as known here: private, newer, or mistyped")
