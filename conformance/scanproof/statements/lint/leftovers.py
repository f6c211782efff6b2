"""Rules about what was left over, or left open: sample text, questions, lists that do not end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.statements.lint.rules import Found, Severity, Subject, rule

_SAMPLES = (
    (re.compile(r"\bEX_[A-Z][A-Z_]*\b"), "an AE title of the sample annexes"),
    (re.compile(r"\bx\.y\.z\b", re.IGNORECASE), "a placeholder"),
    (re.compile(r"\bTB[CD]\b"), "a placeholder"),
    (re.compile(r"<<?[A-Za-z][^<>]{0,80}>"), "a placeholder of the template"),
    (re.compile(r"\[[A-Za-z][^\[\]]*[a-z]{3}[^\[\]]*\]"), "an instruction of the template"),
    (re.compile(r"^1\.2\.3(?:\.[0-9]+)*$"), "a UID of examples: nobody has this root"),
)
_SAMPLE_PORTS = ("4000", "5000")
_OPEN = re.compile(
    r"including,? but not limited to|\band specializations\b|\betc\.?(?:$|\W)|\band others\b", re.IGNORECASE
)


@rule(
    "sample-text",
    Severity.NOTE,
    what="Nothing is left of the template and of its sample statements.",
    hint="Write what holds for the product, or leave the field out.",
    clause="PS3.2 N (2023a to 2025a, in part)",
)
def sample_text(subject: Subject) -> Iterator[Found]:
    """A published statement has the AE titles and ports of the sample annex in its own table; who configures a peer by
    it calls an AE that is not there."""
    for place, value in subject.leaves:
        if isinstance(value, str):
            for pattern, what in _SAMPLES:
                if match := pattern.search(value):
                    yield Found(subject.line(*place), f"{match.group()!r} is {what}")
                    break
        names = [part for part in place if part not in ("value", "default")]
        if names and names[-1] == "port" and str(value) in _SAMPLE_PORTS:
            yield Found(
                subject.line(*place), f"port {value} is one of the sample annexes; see that it is the product's"
            )
    for place, row in subject.mappings:
        for key in row:
            if isinstance(key, str) and re.fullmatch(r"EX_[A-Z_]+", key):
                yield Found(subject.line(*place, key), f"{key!r} is an AE title of the sample annexes")


@rule(
    "question",
    Severity.NOTE,
    what="No question is left.",
    hint="Ask the vendor; what is not known is tested as not stated.",
)
def question(subject: Subject) -> Iterator[Found]:
    """A question mark is legal everywhere: no claim is made, and the vendor is asked."""
    for each in subject.statement.questions:
        yield Found(each.line, f"a question to the vendor: {each.place}")


@rule(
    "open-list",
    Severity.NOTE,
    what="It is said whether the list of SOP Classes is closed.",
    hint="closed_list: Y under overview.content_and_transfer, where everything else is refused.",
)
def open_list(subject: Subject) -> Iterator[Found]:
    """Of an open list no test can say that a class was taken against the statement: all storage classes, including but
    not limited to these, promises nothing that is not listed, and denies nothing."""
    place = ("overview", "content_and_transfer", "closed_list")
    if not subject.is_classic and subject.at(*place) in (None, "N", False):
        yield Found(
            subject.line(*place), "the list of SOP Classes is open: what is not listed is neither claimed nor denied"
        )
    for where, value in subject.leaves:
        if isinstance(value, str) and (match := _OPEN.search(value)):
            yield Found(
                subject.line(*where), f"{match.group().strip()!r}: a list that does not end claims what is listed"
            )
