"""What a content tree references is what the document names as its evidence (PS3.3 C.17.2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.evidence import CURRENT, OTHER, named, referenced
from scansim.wire.dataset import DataSet

_CLAUSE = "PS3.3 C.17.2.3 (2020)"
_KEY_OBJECTS = "PS3.3 Table C.17.6-2 (2020)"
_KO = "key-object-selection-document"


def evidence_findings(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Compare the references of a tree with the evidence; of many that are at fault, the first is told of.

    Where Current Requested Procedure Evidence Sequence is absent, its own condition says so.
    """
    current, other = named(root, CURRENT), named(root, OTHER)
    nowhere, otherwise = [], []
    for reference, path in referenced(root):
        uid, sop_class = reference.text("ReferencedSOPInstanceUID"), reference.text("ReferencedSOPClassUID")
        stated = current.get(uid) or other.get(uid)
        if uid and uid not in current and uid not in other:
            nowhere.append((path, uid))
        elif sop_class and stated and sop_class != stated:
            otherwise.append((path, f"{sop_class}, while the evidence gives the instance the class {stated}"))
    clause = _KEY_OBJECTS if iod == _KO else _CLAUSE
    if nowhere and CURRENT in root:
        (path, uid), more = nowhere[0], _more(len(nowhere))
        text = f"{uid} is referenced, and no evidence sequence of the document names it{more}"
        yield IodFinding("sr-evidence", IodLevel.ERROR, f"{path}ReferencedSOPInstanceUID", text, clause)
    if otherwise:
        (path, text), more = otherwise[0], _more(len(otherwise))
        yield IodFinding("sr-evidence", IodLevel.ERROR, f"{path}ReferencedSOPClassUID", f"{text}{more}", clause)
    both = sorted((current.keys() & other.keys()) - {""})
    if both:
        text = f"{both[0]} is named by {CURRENT} too{_more(len(both))}"
        yield IodFinding("sr-evidence", IodLevel.ERROR, OTHER, text, _CLAUSE)


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""
