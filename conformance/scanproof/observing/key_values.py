"""Values of attributes that made cases order, store and ask for: one that is there, and one that nothing has.

Each query of a made case is narrowed by one value of this run, so that none brings what a real archive holds; a value
that nothing has shows whether a key is matched, and what is there whether it is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword

from scanproof.iod import ANYWHERE
from scanproof.statements import Claim

#: VRs whose keys may have wild cards, and those that may be ranges (PS3.4 C.2.2.2.4, C.2.2.2.5).
WILD, RANGES = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"), ("DA", "DT", "TM")
#: Of each VR a value that is there and one that is not.
_OF_VR: dict[str, tuple[Any, Any]] = {
    "AE": ("KEYSCANNER", "NOSUCHSCANNER"),
    "AS": ("033Y", "077Y"),
    "CS": ("KEYS", "NONE"),
    "DA": ("19710102", "19380506"),
    "DS": ("77.5", "12.25"),
    "DT": ("20250102071300", "20240203101500"),
    "FD": (77.5, 12.25),
    "FL": (77.5, 12.25),
    "IS": ("7713", "4242"),
    "LO": ("Scanproof Keys", "Nobody Has This"),
    "LT": ("Scanproof Keys", "Nobody Has This"),
    "PN": ("Synthetic-Keys^Kim", "Synthetic-Nobody^Nora"),
    "SH": ("Scanproof Keys", "Nobody Has This"),
    "SL": (77, 12),
    "SS": (77, 12),
    "ST": ("Scanproof Keys", "Nobody Has This"),
    "TM": ("071300", "214500"),
    "UC": ("Scanproof Keys", "Nobody Has This"),
    "UI": ("2.25.7$run", "2.25.1$run"),
    "UL": (77, 12),
    "US": (77, 12),
    "UT": ("Scanproof Keys", "Nobody Has This"),
}
#: What has terms of its own, and what is to be of this run.
_OF_NAME: dict[str, tuple[Any, Any]] = {
    "AccessionNumber": ("$run-Keys", "$run-None"),
    "AdmissionID": ("$run-Keys", "$run-None"),
    "BodyPartExamined": ("HEAD", "FOOT"),
    "CodeValue": ("KEYS", "NONE"),
    "CodingSchemeDesignator": ("99SCANPROOF", "99NOBODY"),
    "Modality": (None, "ES"),
    "PatientID": ("$run-Keys", "$run-None"),
    "PatientName": ("Synthetic-$run^Kim", "Synthetic-Nobody^Nora"),
    "PatientSex": ("F", "M"),
    "PregnancyStatus": (4, 2),
    "ReferencedSOPClassUID": ("1.2.840.10008.3.1.2.3.1", "1.2.840.10008.3.1.2.1.1"),
    "RequestedProcedureID": ("$run-Keys", "$run-None"),
    "RequestedProcedurePriority": ("HIGH", "LOW"),
    "ScheduledProcedureStepID": ("$run-Keys", "$run-None"),
    "SOPClassUID": (None, "1.2.840.10008.5.1.4.1.1.2"),
    "StudyID": ("$run-Keys", "$run-None"),
}
#: Sequences of codes and of references, by their names: what an item is told apart by.
_CODES, _REFERENCES = ("CodeValue", "CodingSchemeDesignator"), ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")


def vr_of(path: str) -> str:
    """VR of the attribute at a path; empty for one that the dictionary has not."""
    tag = tag_for_keyword(path.rpartition(".")[2])
    return dictionary_VR(tag).partition(" or ")[0] if tag is not None else ""


def there(path: str) -> Any:
    """A value for an attribute, or the items of a sequence; None where it is made up, or nothing can be said."""
    if vr_of(path) == "SQ":
        return {inner: there(inner) for inner in told_apart_by(path)} | _meaning(path) or None
    return _pair(path)[0]


def elsewhere(path: str) -> Any:
    """A value of an attribute that nothing has."""
    return _pair(path)[1]


def _pair(path: str) -> tuple[Any, Any]:
    """A value that is there and one that is not; of terms that PS3.3 lists two of these, that nobody take offence."""
    name, vr = path.rpartition(".")[2], vr_of(path)
    if name in _OF_NAME:
        return _OF_NAME[name]
    listed = ANYWHERE.get(name)
    if vr == "CS" and listed is not None and len(listed.values) > 1:
        first, *_, last = sorted(listed.values)
        return first, last
    return _OF_VR.get(vr, (None, None))


def told_apart_by(path: str) -> tuple[str, ...]:
    """Attributes by which an item of a sequence is asked for; none where nobody knows what it holds."""
    name = path.rpartition(".")[2]
    if "Code" in name:
        return _CODES
    if name.startswith("Referenced") or name == "ScheduledProcedureStepSequence":
        return ("Modality",) if name.startswith("Scheduled") else _REFERENCES
    return ("PatientID",) if name == "OtherPatientIDsSequence" else ()


def _meaning(path: str) -> dict[str, str]:
    return {"CodeMeaning": "Scanproof Keys"} if "Code" in path.rpartition(".")[2] else {}


def patterns(text: str) -> tuple[str, ...]:
    """Two keys with wild cards that stand for a text: an asterisk for its end, a question mark for its last letter."""
    return f"{text[:-2]}*", f"{text[:-1]}?"


def askings(path: str, matching: str, ours: str, *, known: bool) -> Iterator[dict[str, Any]]:
    """Yield the keys of queries that together show one matching of one attribute: what is there, then what is not.

    Parameters
    ----------
    path, matching : str
        Of the claim.
    ours : str
        Reference to the value of what is there, such as ``$full.PatientName``.
    known : bool
        Whether that value is the one that stands here, so that a pattern can be made of it.
    """
    vr, other, own = vr_of(path), elsewhere(path), there(path)
    if matching == "SINGLE_VALUE" and other is not None:
        yield {path: ours}
        yield {path: other}
    elif matching == "UID" and vr == "UI":
        yield {path: [f"{_OF_VR['UI'][1]}", ours]}
        yield {path: [f"{_OF_VR['UI'][1]}", "2.25.2$run"]}
    elif matching == "RANGE" and vr in RANGES:
        yield {path: f"{ours}-{ours}"}
        yield {path: f"{other}-{other}"}
    elif matching == "WILDCARD" and vr in WILD:
        found = patterns(own) if known and isinstance(own, str) and len(own) > 2 else (f"{ours}*",)
        yield from ({path: each} for each in found)
        yield {path: f"{str(other)[:-1]}*"}
    elif matching == "SEQUENCE" and told_apart_by(path):
        its = {f"{path}.{name}": f"{ours}.{name}" for name in told_apart_by(path)}
        telling = next((name for name in its if name.endswith(("CodeValue", "InstanceUID"))), next(iter(its)))
        yield its
        yield {**its, telling: elsewhere(telling)}


def worded(path: str) -> str:
    """A path as part of the id of a case."""
    plain = path.replace("ScheduledProcedureStepSequence.", "step-")
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain).lower()).strip("-")


def paths_of(claims: Iterable[Claim], *kinds: str) -> tuple[str, ...]:
    """Paths that claims of some kinds are about, each once."""
    return tuple(dict.fromkeys(str(each.data["path"]) for each in claims if each.kind in kinds))


def values_for(paths: Sequence[str], given: Iterable[str]) -> dict[str, Any]:
    """What an order, or a study, is set to for all of some paths; `given` are those that it has anyway.

    An attribute within a sequence that is set as a whole is not set once more.
    """
    kept = set(given)
    found = {path: value for path in paths if path not in kept and (value := there(path)) is not None}
    return {path: value for path, value in found.items() if not any(path.startswith(f"{other}.") for other in found)}
