"""How claims about queries of the archive are observed: a case for each key, and the query battery for the rest.

Each query of a made case has the unique keys of one study of ours, and one key beside them: no archive can bring more
than that study, whether it matches by the key or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scanproof.observing import Made, observing
from scanproof.observing.key_values import askings, paths_of, values_for, worded
from scanproof.observing.worklist import proposing
from scanproof.standard import query_table as table
from scanproof.statements import Claim
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND

_BATTERY = "query-battery"
_STUDY = "keys"
_CLASSES = {"study_root": STUDY_ROOT_FIND, "patient_root": PATIENT_ROOT_FIND}

#: What the study has whatever is claimed: it is made up, or counted, or follows from its series.
_MADE_UP = (
    *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "Modality", "SeriesNumber"),
    *("InstanceNumber", "StudyDate", "StudyTime", "ModalitiesInStudy", "SOPClassesInStudy", "InstanceAvailability"),
    *("RetrieveAETitle", "QueryRetrieveLevel", "SpecificCharacterSet", "TimezoneOffsetFromUTC"),
    *("StorageMediaFileSetID", "StorageMediaFileSetUID", "ProcedureCodeSequence"),
    *(name for names in table.COUNTED.values() for name in names),
)
#: What is asked for in place of a value of an image, and what nothing has.
_GATHERED: dict[str, tuple[Any, Any]] = {
    "ModalitiesInStudy": (f"${_STUDY}.Modality", "ES"),
    "SOPClassesInStudy": (f"${_STUDY}.SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"),
}
#: Series and images of the study; it is its patient's only one.
_SERIES, _IMAGES = ("CT", "MR"), 2
_COUNTS = {
    "NumberOfPatientRelatedStudies": 1,
    "NumberOfPatientRelatedSeries": len(_SERIES),
    "NumberOfPatientRelatedInstances": len(_SERIES) * _IMAGES,
    "NumberOfStudyRelatedSeries": len(_SERIES),
    "NumberOfStudyRelatedInstances": len(_SERIES) * _IMAGES,
    "NumberOfSeriesRelatedInstances": _IMAGES,
}


def STUDIES(claims: Sequence[Claim]) -> list[dict[str, Any]]:
    """A study with a value for every claimed key, and one with as many images as a C-CANCEL may come in between."""
    named = ("PatientID", "PatientName", "AccessionNumber", "StudyID")
    paths = (*named, *paths_of(claims, "query-key", "query-return-key"))
    keys = {"id": _STUDY, "series": [*_SERIES], "instances": _IMAGES, "set": values_for(paths, _MADE_UP)}
    return [keys, {"id": "many", "series": ["CT"], "instances": 30}]


def _model(claim: Claim) -> tuple[str, bool]:
    model = str(claim.data["model"])
    return model.replace("_", "-"), model == "patient_root"


def _narrowed(level: str, *, patient_root: bool, without: str = "") -> dict[str, Any]:
    """Unique keys of the study down to a level."""
    names = (*table.unique_keys_above(level, patient_root=patient_root), table.UNIQUE_KEYS[level])
    return {name: f"${_STUDY}.{name}" for name in names if name != without}


def _query(claim: Claim, keys: Mapping[str, Any], narrowed: Mapping[str, Any], *, odd: bool = False) -> dict[str, Any]:
    model, _ = _model(claim)
    step = {"model": model, "level": claim.data["level"], "keys": {**narrowed, **keys}}
    return {"query": step | ({"means": "query.key-of-level-above"} if odd else {})}


def _is_level(claim: Claim) -> bool:
    """Whether a claim is of a level that its information model has."""
    return claim.data["level"] in table.levels(patient_root=_model(claim)[1])


def _is_odd(claim: Claim) -> bool:
    """Whether a key belongs to a level above, so that asking for it needs more than the baseline of the standard."""
    above = table.other_keys_above(str(claim.data["level"]), patient_root=_model(claim)[1])
    return str(claim.data["path"]).partition(".")[0] in above


def _askings(path: str, matching: str) -> Iterator[dict[str, Any]]:
    if path in _COUNTS:
        if matching == "SINGLE_VALUE":
            yield from ({path: number} for number in (_COUNTS[path], 99))
    elif path in _GATHERED:
        ours, other = _GATHERED[path]
        if matching == "SINGLE_VALUE":
            yield from ({path: each} for each in (ours, other))
        elif matching == "WILDCARD" and path == "ModalitiesInStudy":
            yield from ({path: each} for each in (f"{ours}*", f"{other}*"))
        elif matching == "UID" and path == "SOPClassesInStudy":
            yield from ({path: ["2.25.1$run", each]} for each in (ours, "2.25.2$run"))
    else:
        yield from askings(path, matching, f"${_STUDY}.{path}", known=path not in _MADE_UP)


def _keys_made(claims: Sequence[Claim]) -> Iterator[Made]:
    """A case for each key and matching, but for those of zero length, which are asked for together."""
    for claim in filter(_is_level, claims):
        path, matching, level = (str(claim.data[name]) for name in ("path", "matching", "level"))
        model, patient_root = _model(claim)
        narrowed, odd = _narrowed(level, patient_root=patient_root, without=path), _is_odd(claim)
        asked = [*_askings(path, matching)]
        if matching == "UNIVERSAL" and path in _narrowed(level, patient_root=patient_root):
            asked = [] if path != table.UNIQUE_KEYS[level] else [{path: None, **_by_name(level, narrowed)}]
        if not asked:
            continue
        document = {
            "id": f"query-{model}-{level.lower()}-{worded(path)}-{matching.lower().replace('_', '-')}",
            "title": f"{path} at {level} level of {model}, {matching}",
            "steps": [_query(claim, keys, narrowed, odd=odd) for keys in asked],
        }
        yield Made(document | ({"odd": True} if odd else {}), (claim.id,))
    yield from _zero_length([each for each in claims if each.data["matching"] == "UNIVERSAL"], "universal")


def _by_name(level: str, narrowed: Mapping[str, Any]) -> dict[str, Any]:
    """What narrows a query of the first level of a model by another value of this run than its unique key."""
    if narrowed:
        return {}
    return {"PatientName": f"${_STUDY}.PatientName"} if level == "PATIENT" else {"PatientID": f"${_STUDY}.PatientID"}


def _zero_length(claims: Sequence[Claim], name: str) -> Iterator[Made]:
    """For each model and level one case that asks for everything that is claimed; one more for what is odd there."""
    groups: dict[tuple[str, str, bool], list[Claim]] = {}
    for claim in filter(_is_level, claims):
        groups.setdefault((_model(claim)[0], str(claim.data["level"]), _is_odd(claim)), []).append(claim)
    for (model, level, odd), those in groups.items():
        narrowed = _narrowed(level, patient_root=model == "patient-root")
        keys = {str(each.data["path"]): None for each in those if each.data["path"] not in narrowed}
        document = {
            "id": f"query-{name}-{model}-{level.lower()}" + ("-above" if odd else ""),
            "title": f"What is asked for with zero length at {level} level of {model}",
            "steps": [_query(those[0], keys, narrowed, odd=odd)],
        }
        yield Made(document | ({"odd": True} if odd else {}), tuple(each.id for each in those))


def _cancel_made(claims: Sequence[Claim]) -> Iterator[Made]:
    """C-CANCEL among thirty images."""
    for claim in claims:
        model, patient_root = _model(claim)
        names = table.unique_keys_above("IMAGE", patient_root=patient_root)
        step = {"model": model, "level": "IMAGE", "keys": {name: f"$many.{name}" for name in names}}
        steps = [{"query": {**step, "cancel": "early"}}, {"query": {**step, "cancel": "late", "cancel_after": 2}}]
        yield Made({"id": f"query-cancel-{model}", "title": f"C-CANCEL in {model}", "steps": steps}, (claim.id,))


def _negotiation_made(claims: Sequence[Claim]) -> Iterator[Made]:
    """An association for each model that proposes everything that may be negotiated of a query (PS3.4 C.5.1.1)."""
    for model, sop_class in _CLASSES.items():
        those = tuple(each.id for each in claims if each.data["model"] == model)
        name = model.replace("_", "-")
        if those:
            yield Made(proposing(f"query-negotiation-{name}", f"queries in {name}", sop_class), those)


#: Cases of the battery that a status may be the answer to; what is refused is odd.
_STATUSES = {
    "0000": ("unique-key[study]",),
    "FF00": ("unique-key[study]",),
    "FF01": ("private-key",),
    "FE00": ("cancel-early", "cancel-late"),
}
_FAILURES = ("no-level", "unknown-level", "level-of-other-model", "no-unique-key", "malformed-key")


def _status_cases(claim: Claim) -> Iterable[str]:
    code = str(claim.data["code"]).upper()
    cases = _FAILURES if code[:1] in ("A", "C", "0") and code != "0000" else _STATUSES.get(code, ())
    return (f"{_BATTERY}/{case}" for case in cases)


observing("query-key", made=_keys_made)
observing("query-return-key", made=lambda claims: _zero_length(claims, "returned"))
observing("query-cancel", made=_cancel_made)
observing("query-negotiation", made=_negotiation_made)
observing("query-status", built_in=_status_cases)
