"""What a difference of an instance that came back says, given what was sent and by whom it was stored and sent back.

A value that was at fault when it was stored may come back mended, cut or not at all: that is no fault of the archive.
Where storage and retrieval are at two AEs, it is the site's chain that changed something, and no single AE is accused.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from scanproof.check import FRESH_UIDS, THERE_ALREADY, Fact, Observation, consequence, fail, inconclusive, warn
from scanproof.evidence import Evidence
from scanproof.evidence.parties import THE_SITE
from scanproof.evidence.read_back import Returned
from scanproof.evidence.source import plain
from scanproof.finding import Level, Verdict
from scanproof.iod import IodLevel
from scansim.vocabulary.status import is_success

#: The service that instances come back by.
RETRIEVE = "retrieve"


class GivenBack:
    """One instance that was stored and came back."""

    def __init__(self, evidence: Evidence, returned: Returned) -> None:
        self._evidence = evidence
        self.returned = returned
        self.elsewhere = evidence.elsewhere(RETRIEVE)

    @cached_property
    def _faults(self) -> frozenset[str]:
        """Paths at which what we sent was at fault, or odd."""
        asked, checked = self._evidence.asked(self.returned.sent), self._evidence.checked(self.returned.sent.request)
        found = [plain(fault.path) for fault in asked.faults]
        if checked is not None:
            found += [plain(each.tag) for each in checked.findings if each.level is not IodLevel.INFO]
        return frozenset(found)

    def was_at_fault(self, path: str) -> bool:
        """Whether what we sent there was at fault, so that it may have been mended, cut or left out."""
        here = plain(path)
        if "" in self._faults or "SpecificCharacterSet" in self._faults:
            return True
        return any(here == one or here.startswith(f"{one}>") or one.startswith(f"{here}>") for one in self._faults)

    def say(
        self,
        verdict: Verdict,
        text: str,
        path: str,
        *,
        expected: str = "",
        level: Level | None = None,
        clause: str = "",
    ) -> Observation | Fact:
        """FAIL or WARN at an attribute, or what is left of it when something else explains it."""
        exchange = self.returned.request
        if self.was_at_fault(path):
            because = self._evidence.asked(self.returned.sent).because
            if because is not None:
                return consequence(text, exchange, because, tag=path)
            return Fact(f"{path}: {text}; it was at fault when we sent it", exchange)
        if self._evidence.repeated:
            return inconclusive(f"{text}; {THERE_ALREADY}", exchange, hint=FRESH_UIDS)
        party = ""
        if self.elsewhere:
            level, clause, party = Level.SITE, "", THE_SITE
            text = f"{text}, on its way from the AE that stored it to the one that gave it back"
        say = fail if verdict is Verdict.FAIL else warn
        return say(text, exchange, expected=expected, tag=path, level=level, clause=clause, party=party)


def given_back(evidence: Evidence) -> Iterator[GivenBack]:
    """Instances that came back and of which the target had said that it stored them."""
    return (GivenBack(evidence, each) for each in evidence.read_back if is_success(each.status))
