"""DICOM files (PS3.10 7): preamble, prefix and File Meta Information, read from bytes without repairing anything."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.raw import LONG_VRS, SHORT_VRS, Broken, Encoding
from scansim.wire import dataset as ds

_CLAUSE = "PS3.10 7.1 (2018-2024)"
_EXPLICIT = Encoding(ds.EXPLICIT_LITTLE)

#: Type 1 elements of Table 7.1-1 beside those of the group's length and version.
_REQUIRED = ("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID", "ImplementationClassUID")


@dataclass(frozen=True)
class FileHeader:
    """Where the data set begins and how it is encoded; ``meta`` holds the File Meta Information's values."""

    dataset_at: int
    transfer_syntax: str
    meta: dict[str, str] = field(default_factory=dict)
    findings: tuple[IodFinding, ...] = ()


def read_header(data: bytes) -> FileHeader:
    """Read the header of a file; what is no Part 10 file is taken for a bare data set."""
    if data[128:132] != b"DICM":
        syntax = ds.EXPLICIT_LITTLE if data[4:6] in SHORT_VRS | LONG_VRS else ds.IMPLICIT_LITTLE
        note = IodFinding("no-part10", IodLevel.INFO, "", "no preamble: read as a bare data set", _CLAUSE)
        return FileHeader(0, syntax, {}, (note,))
    findings: list[IodFinding] = []
    at, meta, stated = 132, {}, None
    try:
        while at + 8 <= len(data) and data[at : at + 2] == b"\x02\x00":
            tag, _, length, value_at = _EXPLICIT.head(data, at, len(data))
            stop = _EXPLICIT.end_of(data, at, len(data))
            element = next(iter(ds.read(data[at:stop], ds.EXPLICIT_LITTLE).elements.values()))
            keyword = ds.keyword(tag)
            meta[keyword] = "\\".join(ds.DataSet({tag: element}).values_of(element))
            if tag == 0x00020000:
                stated = value_at + length + int(meta[keyword] or 0)
            at = stop
    except (Broken, StopIteration, ValueError) as error:
        findings.append(IodFinding("meta-broken", IodLevel.ERROR, "", f"File Meta Information: {error}", _CLAUSE, at))
    if stated is None:
        findings.append(_missing("FileMetaInformationGroupLength"))
    elif stated != at:
        text = f"the group length ends at byte {stated}, its elements at byte {at}"
        findings.append(
            IodFinding("meta-group-length", IodLevel.ERROR, "FileMetaInformationGroupLength", text, _CLAUSE, 132)
        )
    findings += [_missing(keyword) for keyword in _REQUIRED if not meta.get(keyword)]
    return FileHeader(at, meta.get("TransferSyntaxUID") or ds.EXPLICIT_LITTLE, meta, tuple(findings))


def _missing(keyword: str) -> IodFinding:
    return IodFinding("meta-missing", IodLevel.ERROR, keyword, "absent or empty in File Meta Information", _CLAUSE)
