"""From evidence to a draft: every chapter in the order of the statement."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.evidence import RunEvidence
from scanproof.probe import archive, associations, commitment, contexts, storage, worklist
from scanproof.probe.lines import UNKNOWN, Draft, Line, assembled
from scanproof.probe.seen import Seen


def drafted(run: RunEvidence, *, ae: str, day: str, partial: str = "") -> Draft:
    """Make a draft of what the evidence of a probe shows.

    Parameters
    ----------
    run : RunEvidence
        Of all phases of the probe.
    ae : str
        AE title that was called.
    day : str
        When, as YYYY-MM-DD.
    partial : str
        Why not all was asked; empty when it was.
    """
    seen = Seen(run)
    head = [
        f"Drafted by scanproof probe from what {ae} did. A comment tells the case and the association or message that",
        "a line rests on; ? is what could not be found out, and a question to the vendor.",
        *([f"PARTIAL: {partial}."] if partial else []),
    ]
    return assembled(_lines(seen, ae, day), "\n".join(head))


def _lines(seen: Seen, ae: str, day: str) -> Iterator[Line]:
    yield Line(("conformance_statement",), "1")
    yield Line(("template",), {"annex": "N", "edition": "2025a"})
    cover = {"vendor": UNKNOWN, "product": f"AE {ae}", "versions": ["as probed"], "date": day}
    yield Line(("cover_page",), cover, (), "product and version cannot be seen: write them here")
    yield from contexts.chapter(seen)
    yield Line(("application_entities", ae), {})
    yield from worklist.chapter(seen)
    yield from storage.chapter(seen)
    yield from commitment.chapter(seen)
    yield from archive.chapter(seen)
    yield from associations.chapter(seen)
