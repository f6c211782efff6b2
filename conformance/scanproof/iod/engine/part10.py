"""DICOM files (PS3.10 7): preamble, prefix and File Meta Information, read from bytes without repairing anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

from scanproof.iod.encoded.encoding import EXPLICIT, Broken, Encoding, encoding_of, guess
from scanproof.iod.encoded.pixels import DEFLATED, NATIVE
from scanproof.iod.encoded.registry import ROOT, name_of, registered, unlisted
from scanproof.iod.engine.memo import Memo
from scanproof.iod.finding import Findings, IodFinding, IodLevel
from scanproof.iod.judgement import values
from scansim.wire import dataset as wire

_CLAUSE = "PS3.10 Table 7.1-1 (2024d)"
_REGISTRY = "PS3.6 A (2024c)"
_UNKNOWN_VR = "PS3.5 6.2.2 (2020)"
_HEAD = 132
#: Bytes of the shortest element.
_LEAST = 8
_VERSION, _GROUP_LENGTH = "FileMetaInformationVersion", "FileMetaInformationGroupLength"
_CLASS, _INSTANCE = "MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID"
_SYNTAX, _IMPLEMENTATION = "TransferSyntaxUID", "ImplementationClassUID"
_INSTANCE_TAG = 0x00020003
#: UIDs that are surely right, of even length: of each file another one.
_UID = re.compile(rb"(?=(?:..){1,32}$)(?:1\.[0-3]|2\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))+\0?")
#: Type 1 elements of Table 7.1-1.
_REQUIRED = (_GROUP_LENGTH, _VERSION, _CLASS, _INSTANCE, _SYNTAX, _IMPLEMENTATION)


class FileHeader(NamedTuple):
    """Where the data set begins and how it is encoded.

    ``meta`` holds the values of the File Meta Information by keyword, ``transfer_syntax`` that which the data set has,
    which need not be what the file says. ``encoding`` is None when the bytes are no data set.
    """

    dataset_at: int
    transfer_syntax: str
    encoding: Encoding | None
    meta: Mapping[str, bytes] = MappingProxyType({})
    findings: Findings = ()


@dataclass(slots=True)  # of each file a new one: not frozen, which would take four times as long to make
class _Element:
    keyword: str
    value: bytes
    findings: Findings


class HeaderReader:
    """Reads the headers of files; their elements are looked at once and remembered."""

    def __init__(self) -> None:
        self._memo: Memo[bytes, _Element] = Memo(4_000)

    def read(self, data: bytes) -> FileHeader:
        """Read the header of a file; what is no Part 10 file is taken for a bare data set."""
        self._memo.turn()
        prefix = data[128:_HEAD]
        if prefix == b"DICM":
            return self._part10(data, _HEAD, [])
        for at in (_HEAD, 0):
            if (
                len(data) >= at + 8
                and data[at : at + 2] == b"\x02\x00"
                and EXPLICIT.is_plausible(data, at, len(data), -1)
            ):
                what = f"the prefix is {prefix!r}, not b'DICM'" if at else "there is neither preamble nor prefix"
                wrong = IodFinding("meta-prefix", IodLevel.ERROR, "(prefix)", what, _CLAUSE, 128 if at else 0)
                return self._part10(data, at, [wrong])
        encoding = guess(data)
        if encoding is None:
            text = "neither a DICOM file nor a data set: the bytes begin with no element" if data else "no bytes at all"
            wrong = IodFinding("not-dicom", IodLevel.ERROR, "", text, "PS3.10 7.1; PS3.5 7.1 (2020a)", 0)
            return FileHeader(0, "", None, {}, (wrong,))
        note = IodFinding("no-part10", IodLevel.INFO, "", "no preamble: read as a bare data set", _CLAUSE)
        return FileHeader(0, encoding.transfer_syntax, encoding, {}, (note,))

    def _part10(self, data: bytes, at: int, findings: list[IodFinding]) -> FileHeader:
        start, end = at, len(data)
        meta: dict[str, bytes] = {}
        head, known_of = EXPLICIT.element, self._memo.young.get
        try:
            while data[at : at + 2] == b"\x02\x00" or end - at == 1:  # of which one byte is left of a file that was cut
                tag, vr, length, value_at = head(data, at, end)
                stop = value_at + length
                if stop > end:
                    raise Broken(at, f"{wire.keyword(tag)} states {length} bytes, {end - value_at} are left")
                raw = bytes(data[at:stop])
                element = known_of(raw) or self._learn(raw, tag, vr, value_at - at)
                meta[element.keyword] = element.value
                for finding in element.findings:
                    findings.append(finding if finding.offset is None else replace(finding, offset=finding.offset + at))
                at = stop
        except Broken as error:
            text = f"File Meta Information: {error.named}"
            broken = IodFinding("meta-broken", IodLevel.ERROR, "", text, _CLAUSE, error.offset)
            if _is_cut(data, at, end):  # nothing is left: what is missing from it is not judged
                return FileHeader(end, "", None, meta, (*findings, broken))
            findings.append(broken)
        if end - at < _LEAST and _group_end(meta, start, at) > end:
            text = "the file ends in its File Meta Information: what is missing behind that is not judged"
            cut = IodFinding("truncated", IodLevel.ERROR, "", text, "PS3.10 7.1 (2024d)", end)
            return FileHeader(end, "", None, meta, (*findings, cut))
        findings += _judge_group(meta, start, at)
        return self._open(data, at, meta, findings)

    def _learn(self, raw: bytes, tag: int, vr: bytes, value_at: int) -> _Element:
        """Look at an element that the memo's young generation does not have."""
        found = self._memo.get(raw)
        if found is None and vr == b"UI" and tag == _INSTANCE_TAG and _UID.fullmatch(raw, value_at):
            return _Element(_INSTANCE, raw[value_at:].rstrip(b"\0"), ())
        if found is None:
            name, value = wire.keyword(tag), raw[value_at:]
            findings: Findings = ()
            if not values.is_surely_right(tag, vr, value):
                element = wire.Element(tag, vr.decode("latin-1"), value, 0)
                findings = tuple(
                    replace(each, rule="uid-grammar", clause=_CLAUSE) if each.rule == "vr-grammar-ui" else each
                    for each in values.judge_element(wire.DataSet({tag: element}), element)
                    if each.rule != "group-length"  # which this group has to have
                )
                if vr == b"UN":
                    text = "VR UN, which the File Meta Information does not have"
                    findings = (*findings, IodFinding("vr-mismatch", IodLevel.ERROR, name, text, _UNKNOWN_VR, 0))
            found = _Element(name, value if name in (_VERSION, _GROUP_LENGTH) else value.rstrip(b"\0 "), findings)
            self._memo.put(raw, found, len(raw))
        return found

    def _open(self, data: bytes, at: int, meta: Mapping[str, bytes], findings: list[IodFinding]) -> FileHeader:
        """See how the data set is encoded, and whether that is what the file says."""
        stated = meta.get(_SYNTAX, b"").decode("latin-1")
        encoding = encoding_of(stated)
        if at >= len(data):
            return FileHeader(at, stated, None, meta, (*findings, *_no_data_set(findings, at)))
        if stated in DEFLATED:
            return FileHeader(at, stated, encoding, meta, tuple(findings))
        entry = registered(stated)
        if entry is not None and not entry.is_transfer_syntax:
            text = f"{stated} is the {entry.kind} {entry.name!r}, no Transfer Syntax"
            findings.append(IodFinding("transfer-syntax-unknown", IodLevel.ERROR, _SYNTAX, text, _CLAUSE))
            stated = ""
        elif entry is None and stated.startswith(ROOT):
            findings.append(IodFinding("transfer-syntax-unknown", IodLevel.INFO, _SYNTAX, unlisted(stated), _REGISTRY))
        if not encoding.is_plausible(data, at, len(data), -1):
            seen = guess(data, at)
            if seen is not None and seen is not encoding:
                encoding = seen
                if entry is not None and stated:  # how another one is encoded, its owner knows
                    what = name_of(seen.transfer_syntax)
                    text = f"{name_of(stated)} is stated, the data set is encoded in {what}"
                    findings.append(IodFinding("meta-mismatch", IodLevel.ERROR, _SYNTAX, text, _CLAUSE, at))
                if stated in NATIVE:
                    stated = seen.transfer_syntax
        return FileHeader(at, stated or encoding.transfer_syntax, encoding, meta, tuple(findings))


def _group_end(meta: Mapping[str, bytes], start: int, otherwise: int) -> int:
    """Where the group ends by its length, which counts from behind itself, twelve bytes."""
    length = meta.get(_GROUP_LENGTH, b"")
    return start + 12 + int.from_bytes(length, "little") if len(length) == 4 else otherwise


def _is_cut(data: bytes, at: int, end: int) -> bool:
    """Whether the data end inside the element at `at`, of the File Meta Information."""
    return at + 8 > end or (data[at : at + 2] == b"\x02\x00" and EXPLICIT.next_element(data, at + 8, end, -1) is None)


def _no_data_set(findings: list[IodFinding], at: int) -> Iterator[IodFinding]:
    """A file that ends with its header, or in it, which was told of then."""
    if not any(finding.rule == "meta-broken" for finding in findings):
        text = "the file ends behind its File Meta Information: there is no data set"
        yield IodFinding("truncated", IodLevel.ERROR, "", text, "PS3.10 7.1 (2024d)", at)


def _judge_group(meta: Mapping[str, bytes], start: int, stop: int) -> list[IodFinding]:
    findings = []
    for keyword in _REQUIRED:
        value = meta.get(keyword)
        if not value:
            rule, text = ("type1-missing", "absent") if value is None else ("type1-empty", "empty")
            findings.append(IodFinding(rule, IodLevel.ERROR, keyword, f"{text} in File Meta Information", _CLAUSE))
    stated = _group_end(meta, start, stop)
    if stated != stop:
        text = f"the group length ends at byte {stated}, its elements at byte {stop}"
        findings.append(IodFinding("meta-group-length", IodLevel.ERROR, _GROUP_LENGTH, text, _CLAUSE, start))
    version = meta.get(_VERSION, b"\0\1")
    if len(version) != 2 or not version[1] & 1:
        text = f"version {version.hex(' ')}, whose bit for version 1 is not set"
        findings.append(IodFinding("meta-version", IodLevel.ERROR, _VERSION, text, _CLAUSE))
    return findings
