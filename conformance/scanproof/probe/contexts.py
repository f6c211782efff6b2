"""Presentation Contexts: which SOP Classes are taken with which Transfer Syntaxes, and which of several is chosen."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydicom._uid_dict import UID_dictionary

from scanproof.probe.asking import CONTACT, SELECTION
from scanproof.probe.lines import UNKNOWN, Line, numbered, unknown
from scanproof.probe.seen import Seen, cite
from scansim.vocabulary import uids
from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.status import SUCCESS, shown
from scansim.vocabulary.uids import uid_keyword
from scansim.wire.encoding import TRANSFER_SYNTAXES

_LABEL = f"{CONTACT}/contexts"
_OVERVIEW = ("overview",)
#: Query/Retrieve SOP Classes by operation and by information model, as steps call it.
OF_MODELS = {
    "find": {"study-root": uids.STUDY_ROOT_FIND, "patient-root": uids.PATIENT_ROOT_FIND},
    "get": {"study-root": uids.STUDY_ROOT_GET, "patient-root": uids.PATIENT_ROOT_GET},
    "move": {"study-root": uids.STUDY_ROOT_MOVE, "patient-root": uids.PATIENT_ROOT_MOVE},
}


@dataclass
class Taken:
    """One SOP Class that is taken: with which Transfer Syntaxes, and the associations that showed it."""

    syntaxes: dict[str, None] = field(default_factory=dict)
    cites: dict[str, None] = field(default_factory=dict)


#: SOP Class UID to how it is taken.
Accepted = Mapping[str, Taken]


def _number(uid: str) -> tuple[int, ...]:
    return tuple(map(int, uid.split(".")))


def accepted(seen: Seen) -> Accepted:
    """What was accepted, each pair in a context of its own, in the order of the UIDs."""
    evidence = seen.case(_LABEL)
    found: dict[str, Taken] = {}
    for context in evidence.contexts if evidence is not None else ():
        if context.result == 0 and len(context.proposed) == 1 and context.agreed in context.proposed:
            taken = found.setdefault(context.sop_class, Taken())
            taken.syntaxes.setdefault(context.agreed)
            taken.cites.setdefault(cite(_LABEL, context.association))
    return {uid: found[uid] for uid in sorted(found, key=_number)}


def _unasked(seen: Seen) -> int:
    """How many registered SOP Classes were not asked for, because associations did not come about."""
    evidence = seen.case(_LABEL)
    asked = {context.sop_class for context in evidence.contexts} if evidence is not None else set()
    return sum(
        entry[1] in ("SOP Class", "Meta SOP Class") and uid not in asked for uid, entry in UID_dictionary.items()
    )


def takes(found: Accepted, service: str) -> bool:
    """Whether a SOP Class of a service is taken."""
    return any(SERVICES[service].has(uid) for uid in found)


def takes_ct(found: Accepted) -> bool:
    """Whether a CT image can be stored as we write it."""
    taken = found.get(_CT)
    return taken is not None and any(syntax in taken.syntaxes for syntax in TRANSFER_SYNTAXES)


#: What is in the names of SOP Classes of Print Management (PS3.4 H).
_OF_PRINT = (
    "Print",
    "BasicFilm",
    "BasicGrayscaleImageBox",
    "BasicColorImageBox",
    "LUTBox",
    "ImageOverlayBox",
    "VOILUT",
)
_CT = "1.2.840.10008.5.1.4.1.1.2"


def models(found: Accepted, operation: str) -> tuple[str, ...]:
    """Information models that are served with an operation: find, get or move; as steps call them."""
    return tuple(name for name, uid in OF_MODELS[operation].items() if uid in found)


def extended(found: Accepted) -> dict[str, str]:
    """SOP Classes whose queries may be extended, by what cases call them."""
    finds = {"worklist": uids.WORKLIST, **OF_MODELS["find"]}
    return {name: uid for name, uid in finds.items() if uid in found}


def several(found: Accepted) -> tuple[str, tuple[str, ...]] | None:
    """The SOP Class that is taken with the most Transfer Syntaxes, if any is with two, and these."""
    most = max(found.items(), key=lambda each: len(each[1].syntaxes), default=None)
    if most is None or len(most[1].syntaxes) < 2:
        return None
    return most[0], tuple(sorted(most[1].syntaxes, key=_number))


# --- lines ------------------------------------------------------------------------------------------------------------


def chapter(seen: Seen) -> Iterator[Line]:
    """The overview: sets of Transfer Syntaxes, each class by its service."""
    found = accepted(seen)
    sets = _sets(found)
    content = (*_OVERVIEW, "content_and_transfer")
    for name, syntaxes in ((name, syntaxes) for syntaxes, name in sets.items()):
        yield Line((*content, "transfer_syntax_sets", name), [uid_keyword(each) for each in syntaxes])
    yield _closed(seen, (*content, "closed_list"), found)
    storage = [uid for uid in found if uids.is_storage_class(uid)]
    yield from numbered(
        (*content, "storage_sop_classes"), (_class(uid, found[uid], sets, storage=True) for uid in storage)
    )
    services = (*_OVERVIEW, "dimse_services")
    if uids.VERIFICATION in found:
        yield _verification(seen, (*services, "verification"), found[uids.VERIFICATION], sets)
    query = {uid for each in OF_MODELS.values() for uid in each.values()}
    others = [uid for uid in found if uid not in (*storage, uids.VERIFICATION)]
    of_query = [uid for uid in others if uid in query or "QueryRetrieve" in uid_keyword(uid)]
    printing = [uid for uid in others if uid not in of_query and any(word in uid_keyword(uid) for word in _OF_PRINT)]
    parts = {
        "workflow_management": [uid for uid in others if uid not in (*of_query, *printing)],
        "query_retrieve": of_query,
        "printing": printing,
    }
    for name, classes in parts.items():
        yield from numbered((*services, name), (_class(uid, found[uid], sets, storage=False) for uid in classes))
    yield unknown((*_OVERVIEW, "specific_character_sets"), "not tried")


def _verification(seen: Seen, place: Any, taken: Taken, sets: Mapping[tuple[str, ...], str]) -> Line:
    """Verification: who accepts it and does not answer C-ECHO with Success does not serve it."""
    label = f"{CONTACT}/verification"
    exchanges = [each for association in seen.associations(label) for each in association.exchanges]
    asked = [each for each in exchanges if each.name == "C-ECHO-RQ"]
    answers = [each for each in exchanges if each.name == "C-ECHO-RSP"]
    value = {"transfer_syntax_sets": [sets[_key(taken)]], "scp": "Y"}
    if not asked:
        return Line(place, value, tuple(taken.cites))
    told = (*taken.cites, cite(label, answers[-1] if answers else asked[-1]))
    if answers and answers[-1].command.status == SUCCESS:
        return Line(place, value, told)
    what = f"answered {shown(answers[-1].command.status)}" if answers else "not answered"
    return Line(place, {**value, "scp": UNKNOWN}, told, f"it is accepted, and C-ECHO was {what}")


def _key(taken: Taken) -> tuple[str, ...]:
    return tuple(sorted(taken.syntaxes, key=_number))


def _sets(found: Accepted) -> dict[tuple[str, ...], str]:
    """Name of each set of Transfer Syntaxes, from A on, in the order of the first class that has it."""
    keys = dict.fromkeys(_key(taken) for taken in found.values())
    letters = string.ascii_uppercase
    names = [*letters, *(f"{first}{second}" for first in letters for second in letters)]
    return dict(zip(keys, names, strict=False))


def _class(uid: str, taken: Taken, sets: Mapping[tuple[str, ...], str], *, storage: bool) -> Line:
    keyword = uid_keyword(uid)
    value: dict[str, Any] = {"sop_class": keyword, "transfer_syntax_sets": [sets[_key(taken)]]}
    value |= {"dimse": {"scp": "Y"}} if storage else {"scp": "Y"}
    return Line((), value, tuple(taken.cites))


def _closed(seen: Seen, place: Any, found: Accepted) -> Line:
    """Whether what is not listed is refused: all that is registered was asked for, and a class that nobody knows."""
    label = f"{CONTACT}/private-class"
    association = seen.first(label)
    evidence = seen.case(label)
    if association is None or evidence is None or not found:
        return unknown(place, "a SOP Class that nobody knows was not asked for")
    if any(context.result == 0 for context in evidence.contexts):
        return Line(place, "N", (cite(label, association),), "a SOP Class that nobody knows was accepted")
    if missing := _unasked(seen):
        return unknown(place, f"{missing} SOP Classes of PS3.6 could not be asked for", cite(label, association))
    return Line(place, "Y", (cite(label, association),), "all of PS3.6 was asked for, and a class that nobody knows")


def selection(seen: Seen, place: Any) -> Line:
    """Which of several Transfer Syntaxes in one context is taken."""
    label = f"{SELECTION}/turned"
    evidence = seen.case(label)
    proposed = [each for each in evidence.contexts if len(each.proposed) > 1] if evidence is not None else []
    # Verification is proposed beside it for a class that is not Verification
    contexts = [each for each in proposed if each.sop_class != uids.VERIFICATION] or proposed
    if not contexts or any(each.result != 0 for each in contexts):
        return unknown(place, "no SOP Class is taken with several Transfer Syntaxes, or not with these together")
    cites = tuple(cite(label, each.association) for each in contexts)
    if all(each.agreed == each.proposed[0] for each in contexts):
        return Line(place, "first_proposed", cites)
    if len({each.agreed for each in contexts}) == 1:
        return Line(place, "own_preference", cites, f"{uid_keyword(contexts[0].agreed)} of those of one class")
    return unknown(place, "neither the first one nor always the same one was taken", *cites)
