"""The records of a DICOMDIR (PS3.3 Annex F, PS3.10 8): where their offsets lead, their types and keys, their files.

The attributes of the directory itself, and those that every record has, are judged with its IOD like those of other
objects. A record that is not in use, as earlier editions had it, may lead to a file that is gone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanproof.iod.command.file_set import Files
from scanproof.iod.encoded.encoding import EXPLICIT, ITEM, UNDEFINED, Broken
from scanproof.iod.engine.part10 import FileHeader, HeaderReader
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.vocabulary.uids import uid_name
from scansim.wire import dataset as wire

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
_RECORDS = 0x00041220
_INFORMATION, _RELATIONS, _KEYS = "PS3.3 F.3.2.2 (2020)", "PS3.3 Table F.4-1 (2020)", "PS3.3 F.5 (2020)"
_FILE_ID, _FILE_SET = "PS3.10 8.2, 8.5 (2020)", "PS3.10 8.6 (2020)"
_COMPONENT = re.compile(r"[A-Z0-9_]{1,8}")
#: Findings of one rule that are told one by one; more of them are counted.
_MOST_TOLD = 20
_INACTIVE = "0"

_BELOW_SERIES = (
    *("IMAGE", "RT DOSE", "RT STRUCTURE SET", "RT PLAN", "RT TREAT RECORD", "PRESENTATION", "WAVEFORM", "SR DOCUMENT"),
    *("KEY OBJECT DOC", "SPECTROSCOPY", "RAW DATA", "REGISTRATION", "FIDUCIAL", "ENCAP DOC", "VALUE MAP"),
    *("STEREOMETRIC", "PLAN", "MEASUREMENT", "SURFACE", "SURFACE SCAN", "TRACT", "ASSESSMENT", "RADIOTHERAPY"),
)
_AT_ROOT = ("PATIENT", "HANGING PROTOCOL", "PALETTE", "IMPLANT", "IMPLANT ASSY", "IMPLANT GROUP")
#: Types that may stand below one, and at the root (""); PRIVATE may stand everywhere, and hold anything.
_BELOW: Mapping[str, tuple[str, ...]] = {
    "": _AT_ROOT,
    "PATIENT": ("STUDY",),
    "STUDY": ("SERIES",),
    "SERIES": _BELOW_SERIES,
    **dict.fromkeys((*_BELOW_SERIES, *_AT_ROOT[1:]), ()),
}
#: Types that are retired, and are not judged further.
_RETIRED = frozenset(
    (
        *("PRINT QUEUE", "FILM SESSION", "FILM BOX", "IMAGE BOX", "OVERLAY", "MODALITY LUT", "VOI LUT", "CURVE"),
        *("TOPIC", "VISIT", "RESULTS", "INTERPRETATION", "STUDY COMPONENT", "STORED PRINT", "MRDR", "HL7 STRUC DOC"),
    )
)
_CONTENT = ("ContentDate", "ContentTime")
#: Keys of Type 1, and of Type 2 behind a ``?``, by the type of the record.
_KEYS_OF: Mapping[str, tuple[str, ...]] = {
    "PATIENT": ("?PatientName", "PatientID"),
    "STUDY": ("StudyDate", "StudyTime", "?StudyDescription", "StudyID", "?AccessionNumber"),
    "SERIES": ("Modality", "SeriesInstanceUID", "SeriesNumber"),
    "IMAGE": ("InstanceNumber",),
    "RT DOSE": ("InstanceNumber", "DoseSummationType"),
    "RT STRUCTURE SET": ("InstanceNumber", "StructureSetLabel", "?StructureSetDate", "?StructureSetTime"),
    "RT PLAN": ("InstanceNumber", "RTPlanLabel", "?RTPlanDate", "?RTPlanTime"),
    "RT TREAT RECORD": ("InstanceNumber", "?TreatmentDate", "?TreatmentTime"),
    "PRESENTATION": ("PresentationCreationDate", "PresentationCreationTime"),
    "WAVEFORM": ("InstanceNumber", *_CONTENT),
    "SR DOCUMENT": ("InstanceNumber", "CompletionFlag", "VerificationFlag", *_CONTENT, "ConceptNameCodeSequence"),
    "KEY OBJECT DOC": ("InstanceNumber", *_CONTENT, "ConceptNameCodeSequence"),
    "SPECTROSCOPY": (
        *("ImageType", *_CONTENT, "InstanceNumber", "NumberOfFrames", "Rows", "Columns"),
        *("DataPointRows", "DataPointColumns"),
    ),
    "RAW DATA": (*_CONTENT, "?InstanceNumber"),
    "ENCAP DOC": ("?ContentDate", "?ContentTime", "InstanceNumber", "?DocumentTitle", "MIMETypeOfEncapsulatedDocument"),
    **dict.fromkeys(("REGISTRATION", "FIDUCIAL", "VALUE MAP", "MEASUREMENT"), _CONTENT),
    **dict.fromkeys(("SURFACE", "SURFACE SCAN", "TRACT"), _CONTENT),
    "PALETTE": ("ContentLabel", "?ContentDescription"),
    "ASSESSMENT": ("InstanceNumber", "InstanceCreationDate", "?InstanceCreationTime"),
    "RADIOTHERAPY": ("InstanceNumber", "?ContentDescription", "?ContentCreatorName"),
}
#: What a record says of its file, and what the File Meta Information of the file calls it.
_SAID = (
    ("ReferencedSOPInstanceUIDInFile", "MediaStorageSOPInstanceUID"),
    ("ReferencedSOPClassUIDInFile", "MediaStorageSOPClassUID"),
    ("ReferencedTransferSyntaxUIDInFile", "TransferSyntaxUID"),
)


@dataclass(frozen=True, slots=True)
class _Record:
    """One record: its number, where its item begins and ends, and what it holds."""

    number: int
    at: int
    dataset: wire.DataSet

    @property
    def path(self) -> str:
        """Where it stands."""
        return f"DirectoryRecordSequence[{self.number}]"

    @property
    def type(self) -> str:
        """Directory Record Type."""
        return self.dataset.text("DirectoryRecordType")

    def offset(self, name: str) -> int:
        """An offset that it has; 0 leads nowhere."""
        return _integer(self.dataset.text(name))


def _integer(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def judge_directory(data: bytes, files: Files) -> list[IodFinding]:
    """Judge the records of a DICOMDIR, and the files that they name.

    Parameters
    ----------
    data : bytes
        The DICOMDIR.
    files : Files
        The files of its File-set.
    """
    header = HeaderReader().read(data)
    found = list(_file_set(header))
    if header.encoding is not EXPLICIT:
        return found
    try:
        root, records = _read(data, header.dataset_at)
    except Broken:
        return found  # what is broken is told with the bytes of the object
    found += _offsets(root, records)
    found += _records(records)
    found += _named_files(records, files)
    return _shortened(found)


def _error(rule: str, tag: str, text: str, clause: str, offset: int | None = None) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, tag, text, clause, offset)


def _shortened(findings: list[IodFinding]) -> list[IodFinding]:
    """The findings; of very many by one rule the first, and how many more there are."""
    told: Counter[str] = Counter()
    kept = []
    for finding in findings:
        told[finding.rule] += 1
        if told[finding.rule] <= _MOST_TOLD:
            kept.append(finding)
    for rule, number in told.items():
        if number > _MOST_TOLD:
            last = [finding for finding in kept if finding.rule == rule][-1]
            text = f"{number - _MOST_TOLD} more records have such a fault"
            kept.append(IodFinding(rule, last.level, "DirectoryRecordSequence", text, last.clause))
    return kept


def _file_set(header: FileHeader) -> Iterator[IodFinding]:
    if header.transfer_syntax != wire.EXPLICIT_LITTLE:
        text = f"a DICOMDIR is in Explicit VR Little Endian, not in {uid_name(header.transfer_syntax)}"
        yield _error("directory-file-set", "TransferSyntaxUID", text, _FILE_SET)


def _read(data: bytes, at: int) -> tuple[wire.DataSet, list[_Record]]:
    """What stands before the records, and the records; Broken where they cannot be read."""
    begin, end = at, len(data)
    while at < end:
        tag, _, length, value_at = EXPLICIT.head(data, at, end)
        if tag >= _RECORDS:
            break
        at = EXPLICIT.end_of(data, at, end)
    root = wire.read(data[begin:at], wire.EXPLICIT_LITTLE)
    records: list[_Record] = []
    if at >= end or tag != _RECORDS:
        return root, records
    stop = end if length == UNDEFINED else min(end, value_at + length)
    at = value_at
    while at + 8 <= stop:
        tag, _, length, value_at = EXPLICIT.head(data, at, stop)
        if tag != ITEM:
            break
        after = value_at + length if length != UNDEFINED else _end_of_item(data, value_at, stop)
        dataset = wire.read(data[value_at:after], wire.EXPLICIT_LITTLE)
        records.append(_Record(len(records) + 1, at, dataset))
        at = after
    return root, records


def _end_of_item(data: bytes, at: int, end: int) -> int:
    """Offset behind the delimiter of an item of undefined length."""
    while True:
        tag, _, _, value_at = EXPLICIT.head(data, at, end)
        if tag >> 16 == 0xFFFE:
            return value_at
        at = EXPLICIT.end_of(data, at, end)


def _offsets(root: wire.DataSet, records: list[_Record]) -> Iterator[IodFinding]:
    """Follow the offsets from the root: where they lead, and what no one leads to."""
    by_offset = {record.at: record for record in records}
    first = _integer(root.text("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity"))
    reached: set[int] = set()
    # (where it is said, offset, what may stand there)
    waiting = [("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity", first, "")]
    last = 0
    while waiting:
        said, offset, above = waiting.pop()
        if not offset:
            continue
        record = by_offset.get(offset)
        if record is None:
            yield _error("directory-offsets", said, f"it leads to byte {offset}, where no record begins", _INFORMATION)
            continue
        if offset in reached:
            text = f"it leads to record {record.number}, to which another record leads already"
            yield _error("directory-offsets", said, text, _INFORMATION)
            continue
        reached.add(offset)
        if not above:
            last = offset
        yield from _place(record, above)
        following = record.offset("OffsetOfTheNextDirectoryRecord")
        waiting.append((f"{record.path} > OffsetOfTheNextDirectoryRecord", following, above))
        lower = record.offset("OffsetOfReferencedLowerLevelDirectoryEntity")
        # of a type that the standard does not have nothing is known that may stand below
        waiting.append(
            (f"{record.path} > OffsetOfReferencedLowerLevelDirectoryEntity", lower, record.type or "PRIVATE")
        )
    name = "OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity"
    stated = _integer(root.text(name))
    if root.text(name) and stated != last:
        text = f"byte {stated}; the last record of the root begins at byte {last}"
        yield _error("directory-offsets", name, text, _INFORMATION)
    lost = [record for record in records if record.at not in reached]
    if lost:
        text = f"{len(lost)} of {len(records)} records are led to by none, the first of them record {lost[0].number}"
        yield _error("directory-offsets", "DirectoryRecordSequence", text, _INFORMATION, lost[0].at)


def _place(record: _Record, above: str) -> Iterator[IodFinding]:
    """Whether a record may stand below one of a type."""
    kind = record.type
    allowed = _BELOW.get(above)
    if allowed is None or kind not in _BELOW or kind in allowed:
        return
    where = f"below {above}" if above else "at the root"
    wanted = ", ".join((*allowed, "PRIVATE")) if len(allowed) < 8 else "those of PS3.3 Table F.4-1"
    text = f"{kind} {where}, where {wanted} may stand"
    yield _error("directory-record-type", f"{record.path} > DirectoryRecordType", text, _RELATIONS)


def _records(records: list[_Record]) -> Iterator[IodFinding]:
    """Judge each record by itself: its type, the keys of that, and what it says of its file."""
    for record in records:
        kind, dataset = record.type, record.dataset
        if kind in _RETIRED:
            text = f"{kind} is retired"
            tag = f"{record.path} > DirectoryRecordType"
            yield IodFinding("directory-record-type", IodLevel.WARNING, tag, text, _RELATIONS)
        elif kind and kind not in _BELOW and kind != "PRIVATE":
            # a later edition may have more of them
            text = f"{kind} is no type of edition 2020"
            tag = f"{record.path} > DirectoryRecordType"
            yield IodFinding("directory-record-type", IodLevel.WARNING, tag, text, _RELATIONS)
        keys = _KEYS_OF.get(kind, ())
        if kind == "STUDY" and "ReferencedFileID" not in dataset:
            keys = (*keys, "StudyInstanceUID")
        for key in keys:
            yield from _key(record, key.lstrip("?"), may_be_empty=key.startswith("?"))
        if "ReferencedFileID" in dataset and kind != "MRDR":
            for name, _ in _SAID:
                if not dataset.text(name):
                    text = "the record names a file: absent, and wanted"
                    yield _error("directory-record", f"{record.path} > {name}", text, _INFORMATION)


def _key(record: _Record, key: str, *, may_be_empty: bool) -> Iterator[IodFinding]:
    element = record.dataset.element(key)
    if element is None or (element.is_empty and not may_be_empty):
        state = "absent" if element is None else "empty"
        text = f"a key of Type {2 if may_be_empty else 1} of {record.type} records, and {state}"
        yield _error("directory-record", f"{record.path} > {key}", text, _KEYS)


def _named_files(records: list[_Record], files: Files) -> Iterator[IodFinding]:
    """Judge the files that records name, and count those that none does.

    Where not one of several is there the DICOMDIR was taken away from its File-set, which is said once.
    """
    first: dict[tuple[str, ...], int] = {}
    gone: list[IodFinding] = []
    for record in records:
        components = record.dataset.values("ReferencedFileID")
        if not components:
            continue
        tag = f"{record.path} > ReferencedFileID"
        shown = "\\".join(components)
        if len(components) > 8 or not all(map(_COMPONENT.fullmatch, components)):
            text = f"{shown!r}: one to eight components of one to eight of A to Z, 0 to 9 and underscore"
            yield IodFinding("directory-file-id", IodLevel.WARNING, tag, text, _FILE_ID)
        if record.dataset.text("RecordInUseFlag") == _INACTIVE:
            continue
        number = first.setdefault(components, record.number)
        if number != record.number:
            text = f"record {number} names {shown} already: a file is named by one record at most"
            yield _error("directory-file", tag, text, _INFORMATION)
            continue
        head = files.head(components)
        if head is None:
            gone.append(
                _error("directory-file", tag, f"the file {shown}, which the record names, is not there", _INFORMATION)
            )
        else:
            yield from _file(record, head, tag, shown)
    if len(gone) > 1 and len(gone) == files.asked:
        text = f"none of the {len(gone)} files that records name is there: this is a DICOMDIR without its File-set"
        yield IodFinding("directory-file", IodLevel.WARNING, "DirectoryRecordSequence", text, _INFORMATION)
        return
    yield from gone
    unnamed, example = files.unnamed()
    if unnamed:
        what = "DICOM file of the folder is" if unnamed == 1 else "DICOM files of the folder are"
        text = f"{unnamed} {what} named by no record, {'such as ' if unnamed > 1 else ''}{example}"
        yield IodFinding("directory-unnamed", IodLevel.INFO, "DirectoryRecordSequence", text, _FILE_SET)


def _file(record: _Record, head: bytes, tag: str, shown: str) -> Iterator[IodFinding]:
    """Compare a record with the File Meta Information of its file."""
    meta = HeaderReader().read(head).meta
    if not meta:
        yield _error("directory-file", tag, f"{shown} is no DICOM file", _INFORMATION)
        return
    for name, of_file in _SAID:
        stated, there = record.dataset.text(name), meta.get(of_file, b"").decode("latin-1")
        if stated and there and stated != there:
            text = f"{uid_name(stated)}, where {shown} has {uid_name(there)}"
            yield _error("directory-file", f"{record.path} > {name}", text, _INFORMATION)
