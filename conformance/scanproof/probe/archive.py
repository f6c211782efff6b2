"""Query and Retrieve: keys of each model and level, by the study that the probe stored; how it is given back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scanproof.evidence.queries import Query
from scanproof.evidence.retrieves import Retrieval
from scanproof.probe import contexts
from scanproof.probe.asking import CANCEL_AFTER, KEYS, STUDY
from scanproof.probe.extensions import ASPECTS, extended
from scanproof.probe.keys import found, named, pairs, value_at
from scanproof.probe.lines import Line, unknown
from scanproof.probe.seen import Seen, cite
from scanproof.standard import query_table as table
from scansim.inputs import Location
from scansim.wire.dataset import DataSet

_OF_PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_OF_STUDY = (
    *("StudyDate", "StudyTime", "AccessionNumber", "StudyID", "StudyInstanceUID", "StudyDescription"),
    *("ReferringPhysicianName", "ModalitiesInStudy"),
)
_OF_LEVEL = {
    "PATIENT": _OF_PATIENT,
    "STUDY": _OF_STUDY,
    "SERIES": ("Modality", "SeriesNumber", "SeriesInstanceUID", "SeriesDescription"),
    "IMAGE": ("InstanceNumber", "SOPInstanceUID", "SOPClassUID"),
}
#: Attributes that are gathered of what is below, and what they are gathered of.
_GATHERED = {"ModalitiesInStudy": "Modality"}
_LABEL = f"{KEYS}-archive"
_PLACE = ("services", "query_retrieve")
_NOT_STORED = "nothing was stored: --store"


def keys_of(model: str, level: str) -> tuple[str, ...]:
    """Keys of a level that are tried; Study Root has the patient's at its STUDY level."""
    own = _OF_LEVEL[level]
    return (*own, *_OF_PATIENT) if model == "study-root" and level == "STUDY" else own


def _levels(model: str) -> tuple[str, ...]:
    return table.levels(patient_root=model == "patient-root")


def _image(seen: Seen) -> DataSet | None:
    """The first image that was stored."""
    evidence = seen.case(STUDY)
    stored = evidence.stored if evidence is not None else ()
    return stored[0].dataset if stored else None


def asked(seen: Seen) -> list[dict[str, Any]]:
    """Queries for each key by the study that was stored; the unique keys of it stand beside each.

    Whatever more an archive answers that does not look at these is ended by C-CANCEL.
    """
    image = _image(seen)
    if image is None:
        return []
    steps: list[dict[str, Any]] = []
    for model in contexts.models(contexts.accepted(seen), "find"):
        for level in _levels(model):
            for name in keys_of(model, level):
                steps += _queries(image, model, level, name)
    return steps


def _queries(image: DataSet, model: str, level: str, name: str) -> Iterator[dict[str, Any]]:
    above = table.unique_keys_above(level, patient_root=model == "patient-root")
    beside = {key: value_at(image, key) for key in (*above, table.UNIQUE_KEYS[level]) if key != name}
    for pair in pairs(name, value_at(image, _GATHERED.get(name, name))):
        for which, value in (("hit", pair.hit), ("miss", pair.miss)):
            called = f"{model} {level} {named(name, pair, which)}"
            asked = {"model": model, "level": level, "keys": {**beside, name: value}, "name": called}
            yield {"query": {**asked, "cancel": "late", "cancel_after": CANCEL_AFTER}}


def chapter(seen: Seen) -> Iterator[Line]:
    """Lines of each information model that is served."""
    accepted = contexts.accepted(seen)
    everything = seen.asked(_LABEL)
    for model in contexts.models(accepted, "find"):
        place = (*_PLACE, model.replace("-", "_"), "find_scp")
        for level in _levels(model):
            start = f"{model} {level} "
            own = {name.removeprefix(start): query for name, query in everything.items() if name.startswith(start)}
            for number, name in enumerate(keys_of(model, level)):
                yield _key((*place, "keys", level, number), name, own)
        yield extended(seen, model, contexts.OF_MODELS["find"][model], (*place, "extended_negotiation"), ASPECTS)
    for model in contexts.models(accepted, "move"):
        yield from _moves(seen, model, (*_PLACE, model.replace("-", "_"), "move_scp"))


def _key(place: Location, name: str, queries: dict[str, Query]) -> Line:
    if not queries:
        return Line(place, {"attribute": name, "matching": "?"}, (), _NOT_STORED)
    known = found(name, _LABEL, queries)
    returned = any(
        value_at(answer, name)
        for key, query in queries.items()
        if key.startswith(f"{name} ")
        for _, answer in query.answers
    )
    if known.ignored and not known.works and not returned:
        return Line(place, {"attribute": name, "matching": "?"}, known.cites, "neither matched nor returned")
    return Line(place, {"attribute": name, "matching": known.matching}, known.cites, known.why)


def _moves(seen: Seen, model: str, place: Location) -> Iterator[Line]:
    evidence = seen.case(STUDY)
    moves: Sequence[Retrieval] = [each for each in evidence.retrievals if each.is_move] if evidence is not None else ()
    sop_class = contexts.OF_MODELS["move"][model]
    own = [each for each in moves if each.operation.request.abstract_syntax == sop_class]
    yield unknown((*place, "destinations"), "configured at the target")
    yield _association((*place, "association"), [each for each in own if each.watched], bool(own))
    others = [each for each in own if not each.watched and each.final is not None]
    where = (*place, "status_unknown_destination")
    if not others or others[-1].status is None:
        yield unknown(where, _NOT_STORED if evidence is None else "a C-MOVE to an unknown destination was not answered")
    else:
        told = (cite(STUDY, others[-1].operation.request.id),)
        yield Line(where, f"{others[-1].status:04X}", told)


def _association(place: Location, moves: Sequence[Retrieval], asked: bool) -> Line:
    sent = next((each for each in moves if len(each.subs) > 1 and each.opened), None)
    if sent is None:
        return unknown(place, "nothing came to our listener" if asked else _NOT_STORED)
    used = {sub.operation.association.id for sub in sent.subs}
    told = (cite(STUDY, sent.operation.request.id),)
    if len(used) == 1:
        return Line(place, "one_per_request", told)
    if len(used) == len(sent.subs):
        return Line(place, "one_per_instance", told)
    return unknown(place, f"{len(sent.subs)} instances came on {len(used)} associations", *told)
