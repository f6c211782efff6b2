"""Instances that came back from Application Entities of a statement, as far as they tell what these keep and change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from scanproof.evidence.differences import Difference, Kind
from scanproof.evidence.read_back import Returned, breaks_off
from scanproof.evidence.scenario import Evidence
from scanproof.evidence.source import plain
from scanproof.evidence.stated_answers import entity_of
from scanproof.iod import IodLevel
from scanproof.statements import ApplicationEntity
from scansim.vocabulary.services import RETRIEVE
from scansim.vocabulary.status import is_success
from scansim.wire.dataset import DataSet

GONE = (Kind.LOST, Kind.EMPTIED, Kind.ITEM_LOST)
MORE = (Kind.ADDED, Kind.FILLED, Kind.ITEM_ADDED)
#: A change of each kind by the words of Annex N, Table 5-11.
CHANGES = {**dict.fromkeys(GONE, "REMOVED"), **dict.fromkeys(MORE, "ADDED"), Kind.CHANGED: "MODIFIED"}


@dataclass(frozen=True)
class Copy:
    """One instance that an entity stored and that came back, sent as it should be and under its UID alone."""

    evidence: Evidence
    entity: ApplicationEntity
    returned: Returned

    @property
    def sop_class(self) -> str:
        """Its SOP Class, as it was sent."""
        return self.returned.sent.request.command.sop_class_uid or ""

    @property
    def sent(self) -> DataSet:
        """Its data set, as it was sent."""
        dataset = self.returned.sent.request.dataset
        assert dataset is not None  # what has none is not read back
        return dataset

    @property
    def came(self) -> DataSet:
        """Its data set, as it came back."""
        dataset = self.returned.request.dataset
        assert dataset is not None
        return dataset

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What became of its attributes, but for values that were at fault when they were sent."""
        wrong = self._wrong
        return tuple(
            each
            for each in self.returned.differences
            if not any(_within(plain(each.path), path) or _within(path, plain(each.path)) for path in wrong)
        )

    @property
    def has_private(self) -> bool:
        """Whether it was sent with private elements."""
        return any(tag >> 16 & 1 for tag in self.sent.elements)

    @cached_property
    def _wrong(self) -> frozenset[str]:
        """Paths at which what was sent was at fault."""
        asked, checked = self.evidence.asked(self.returned.sent), self.evidence.checked(self.returned.sent.request)
        found = {plain(fault.path) for fault in asked.faults}
        for finding in checked.findings if checked is not None else ():
            if finding.level is not IodLevel.INFO:
                found.add(plain(finding.tag))
        return frozenset(found)

    @cached_property
    def lacks_now(self) -> frozenset[str]:
        """Paths of what its IOD asks for (Type 1 and 2), was sent, and is not there any more."""
        checked = self.evidence.checked(self.returned.request)
        if checked is None:
            return frozenset()
        gone = {plain(each.path) for each in self.differences if each.kind in GONE}
        errors = {plain(each.tag) for each in checked.findings if each.level is IodLevel.ERROR}
        return frozenset(gone & errors)


def _within(path: str, outer: str) -> bool:
    return not outer or path == outer or path.startswith(f"{outer}>")


def keywords(difference: Difference) -> str:
    """The path of a difference as statements write it: keywords joined by dots."""
    return plain(difference.path).replace(">", ".")


def copies(evidence: Evidence) -> Iterator[Copy]:
    """Yield what came back and shows what its storage did with it.

    Left out is what another AE gave back than the statement's, what had other content under the same UID before, and
    everything of a run with UIDs of an earlier one.
    """
    if evidence.repeated or evidence.elsewhere(RETRIEVE.name):
        return
    for returned in evidence.read_back:
        entity = entity_of(evidence, returned.sent)
        whole = returned.versions == 1 and is_success(returned.status) and not breaks_off(returned.request)
        if entity is not None and whole:
            yield Copy(evidence, entity, returned)
