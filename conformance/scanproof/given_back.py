"""What a difference of an instance that came back says, given what was sent and by whom it was stored and sent back.

A value that was at fault when it was stored may come back mended, cut or not at all: that is no fault of the archive.
Where storage and retrieval are at two AEs, it is the site's chain that changed something, and no single AE is accused.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from scanproof.check import FRESH_UIDS, THERE_ALREADY, Fact, Observation, consequence, fail, inconclusive, warn
from scanproof.evidence import Evidence
from scanproof.evidence.associations import calling_ae
from scanproof.evidence.differences import Difference, Kind
from scanproof.evidence.kept import committed_instances
from scanproof.evidence.parties import THE_SITE
from scanproof.evidence.pixels_back import Pixels
from scanproof.evidence.promises import named
from scanproof.evidence.read_back import Returned, breaks_off
from scanproof.evidence.source import plain
from scanproof.finding import Level, Verdict
from scanproof.iod import IodFinding, IodLevel
from scanproof.standard.text_damage import damage
from scansim.network.transcript import Exchange
from scansim.site import endpoint
from scansim.vocabulary.status import is_success

#: The service that instances come back by.
RETRIEVE = "retrieve"
#: What an SCP that changes it has to announce, at the top of a data set (PS3.4 B.4.1.3).
_ANNOUNCED = frozenset(
    (
        *("PatientID", "IssuerOfPatientID", "OtherPatientIDs", "OtherPatientIDsSequence"),
        *("StudyInstanceUID", "SeriesInstanceUID"),
    )
)
#: What is another one where a code was converted, which has to be announced as well.
_CODES = frozenset(("CodeValue", "LongCodeValue", "URNCodeValue", "CodingSchemeDesignator"))


def has_to_be_announced(difference: Difference) -> bool:
    """Whether a change is one of those that B.4.1.3 names."""
    top = plain(difference.path).partition(">")[0]
    return top in _ANNOUNCED or (difference.kind is Kind.CHANGED and difference.name in _CODES)


def harm_of(difference: Difference) -> str:
    """What befell a value, other than that somebody corrected it; empty for another value."""
    if difference.swapped:
        return "its bytes are in reverse order"
    if difference.unreadable:
        return "its bytes are none of the character set that it came in"
    return damage(difference.wanted, difference.got) if difference.is_text else ""


class GivenBack:
    """One instance that was stored and came back; ``report`` is the commitment report that says that it is there."""

    def __init__(self, evidence: Evidence, returned: Returned, report: Exchange | None) -> None:
        self._evidence = evidence
        self.returned = returned
        self.report = report
        self.elsewhere = evidence.elsewhere(RETRIEVE)

    @property
    def _asked_ae(self) -> str:
        """The AE that was asked, where it opened the association itself: one AE, however it sends. Empty for others."""
        association = self.returned.operation.association
        ae, host, port = named(self._evidence.transcript.scenario).get(RETRIEVE, ("", "", 0))
        if association.ours or not ae or ae != calling_ae(association):
            return ""
        return f"{RETRIEVE} {ae}@{endpoint(host, port)}"

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

    @cached_property
    def new_findings(self) -> tuple[IodFinding, ...]:
        """What the IOD checker says of what came back, and did not say of what was sent; without mere facts.

        Of the pixels that were sent less was kept, so that of the same ones nothing is new.
        """
        returned = self.returned
        checked, before = self._evidence.checked(returned.request), self._evidence.checked(returned.sent.request)
        if checked is None or before is None:
            return ()
        known = {(finding.rule, plain(finding.tag)) for finding in before.findings}
        kept = returned.pixels.state is Pixels.SAME and not returned.pixels.recoded
        return tuple(
            finding
            for finding in checked.findings
            if finding.level is not IodLevel.INFO
            and (finding.rule, plain(finding.tag)) not in known
            and not (kept and finding.tag.startswith("PixelData"))
        )

    def breaks_a_rule(self, path: str) -> bool:
        """Whether what stands at a path now is against its IOD, and was not."""
        return any(plain(each.tag) == plain(path) and each.level is IodLevel.ERROR for each in self.new_findings)

    def is_told(self, path: str) -> bool:
        """Whether something that is different at a path is told as what befell it, and not as another value alone."""
        return any(
            plain(each.path) == plain(path)
            and each.is_told
            and (each.kind not in (Kind.CHANGED, Kind.ORDER) or has_to_be_announced(each) or bool(harm_of(each)))
            for each in self.returned.differences
        )

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
        if self.returned.versions > 1:
            return Fact(f"{path}: {text}; other content was sent under this UID as well", exchange, "PS3.5 9 (2024e)")
        if self._evidence.repeated:
            return inconclusive(f"{text}; {THERE_ALREADY}", exchange, hint=FRESH_UIDS)
        if self.report is not None and verdict is Verdict.FAIL:
            text = f"{text}, and {self._evidence.party(self.report.id)} had committed it ({self.report.id})"
        party = self._asked_ae
        if self.elsewhere:
            level, clause, party = Level.SITE, "", THE_SITE
            text = f"{text}, on its way from the AE that stored it to the one that gave it back"
        say = fail if verdict is Verdict.FAIL else warn
        return say(text, exchange, expected=expected, tag=path, level=level, clause=clause, party=party)


def given_back(evidence: Evidence) -> Iterator[GivenBack]:
    """Instances that came back and of which the target had said that it stored them.

    What cannot be read in the transfer syntax of its context is left out: dimse.dataset-well-formed tells of it.
    """
    reports = committed_instances(evidence)
    stored = (each for each in evidence.read_back if is_success(each.status) and not breaks_off(each.request))
    return (GivenBack(evidence, each, reports.get(each.uid)) for each in stored)
