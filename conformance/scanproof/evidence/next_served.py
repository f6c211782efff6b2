"""What came of the association that a scanner would ask for, right behind one that a case described."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanproof.evidence.association_requests import is_edited
from scanproof.evidence.associations import place_of
from scanproof.evidence.disturbances import Disturbed, Follower, disturbances, follower
from scanproof.evidence.scenario import Evidence
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.disturbances import FOLLOWS
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.services import VERIFICATION


@dataclass(frozen=True)
class Followed:
    """An association that a case described, one that the same address had served before, and those right behind it.

    ``followers`` are C-ECHOs as scanners ask for them, up to the first that was served.
    """

    association: AssociationRecord
    before: Follower
    followers: tuple[Follower, ...]

    @property
    def in_vain(self) -> tuple[Follower, ...]:
        """Those that came to no association, and that were not rejected."""
        return tuple(each for each in self.followers if each.association.accepted is None and each.rejection is None)

    @property
    def unserved(self) -> tuple[Follower, ...]:
        """Those, where there were no others."""
        return self.followers if len(self.in_vain) == len(self.followers) else ()


def followed(associations: Sequence[AssociationRecord]) -> Iterator[Followed]:
    """Yield each association that a case described; `associations` are all of a scenario, in their order.

    Where the same address has another one before a scanner's comes, that one is followed and this one is not.
    """
    served: dict[str, Follower] = {}
    described: dict[str, AssociationRecord] = {}
    behind: dict[str, list[Follower]] = {}
    for association in (each for each in associations if each.ours):
        place = place_of(association)
        if is_edited(association):
            yield from _whole(described, served, behind, place)
            described[place], behind[place] = association, []
            continue
        if association.facts.get("service") != VERIFICATION.name:
            continue
        seen = follower(association)
        if place in described:
            behind[place].append(seen)
            if seen.served is not None:
                yield from _whole(described, served, behind, place)
                described.pop(place)
        if seen.served is not None:
            served[place] = seen
    for place in tuple(described):
        yield from _whole(described, served, behind, place)


def _whole(
    described: dict[str, AssociationRecord], served: dict[str, Follower], behind: dict[str, list[Follower]], place: str
) -> Iterator[Followed]:
    if place in described and place in served and behind[place]:
        yield Followed(described[place], served[place], tuple(behind[place]))


def later(evidence: Evidence, disturbed: Disturbed) -> tuple[str, ...]:
    """Ids of associations that came to nothing after the last one that followed a disturbance in vain."""
    if disturbed.before is None or not disturbed.followers or disturbed.followers[-1].served is not None:
        return ()
    associations, found = evidence.transcript.associations, []
    last = associations.index(disturbed.followers[-1].association)
    for each in associations[last + 1 :]:
        if each.ours and place_of(each) == place_of(disturbed.association):
            if each.answer is not None:
                break
            found.append(each.id)
    return tuple(found)


def ended(evidence: Evidence) -> Iterator[tuple[AssociationRecord, str]]:
    """Yield what was disturbed or described last, and the id of each association behind it that met a closed port.

    Only where the target had served in between; `later` and `followed` have the others.
    """
    last: dict[str, AssociationRecord] = {}
    served: dict[str, bool] = {}
    elsewhere = _right_behind(evidence)
    for association in (each for each in evidence.transcript.associations if each.ours):
        place = place_of(association)
        if association.event(Happening.DISTURBANCE) is not None or is_edited(association):
            last[place], served[place] = association, association.accepted is not None
        elif association.accepted is not None:
            served[place] = True
        elif served.get(place) and place in last and association.id not in elsewhere and _is_refused(association):
            yield last[place], association.id


def _is_refused(association: AssociationRecord) -> bool:
    failed = association.event(Happening.CONNECT_FAILED)
    return failed is not None and "refused" in str(failed.facts.get("reason")).casefold()


def _right_behind(evidence: Evidence) -> frozenset[str]:
    described = {each.association.id for one in followed(evidence.associations) for each in one.in_vain}
    disturbed = {name for each in disturbances(evidence.transcript.associations) for name in later(evidence, each)}
    follow = {each.id for each in evidence.transcript.associations if FOLLOWS in each.facts}
    return frozenset(described | disturbed | follow)


def told(evidence: Evidence) -> frozenset[str]:
    """Ids of associations that came to nothing behind one that a case described, or since a disturbance.

    association.served-after tells of them all.
    """
    return _right_behind(evidence) | {name for _, name in ended(evidence)}
