"""The checker: the bytes of one file or data set, from the first to the last stage.

1. `part10` reads the File Meta Information, and sees how the data set behind it is encoded;
2. `walk` goes once over its elements: what is known of an element's bytes is looked up (91 to 98 % of a series is known
   already), the rest is learned; behind bytes that are broken, `resume` finds where it goes on;
3. `structures` judges the list of tags, with the values that conditions look at, once for each list that comes up;
4. `cross` compares what has to agree (file meta and data set, bits, pixel length, UIDs), each time.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from scanproof.iod.encoded.encoding import Encoding, encoding_of
from scanproof.iod.encoded.pixels import DEFLATED, NATIVE
from scanproof.iod.engine import limits
from scanproof.iod.engine.cross import WANTED, Cross
from scanproof.iod.engine.ending import OF_THE_END, with_note_of_end, without_what_is_behind
from scanproof.iod.engine.part10 import FileHeader, HeaderReader
from scanproof.iod.engine.structures import Structures
from scanproof.iod.engine.walk import Walker
from scanproof.iod.engine.walked import Walked
from scanproof.iod.finding import Checked, IodFinding, IodLevel
from scanproof.iod.judgement.padding import gathered
from scanproof.iod.judgement.pixel_presence import JPIP, Carried
from scanproof.iod.tables.knowledge import Knowledge, load_knowledge
from scansim.wire import dataset as wire

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Bytes of a file that are read first: enough for what stands before the pixels of most images.
_WINDOW = 1 << 15
#: A file longer than this is mapped into memory, not read.
_MAPPED = 1 << 26


class Checker:
    """Checks data sets; what it learns of one helps with the next.

    >>> checker = Checker()
    >>> checker.check_bytes(b"").findings[0].rule
    'not-dicom'

    Malformed bytes are findings, never an exception; the only I/O is reading the file of `check_file`. Memory is
    bounded. Not safe for several threads at once: give each its own.

    Parameters
    ----------
    wanted : mapping of int to str, optional
        Tags at the top of a data set whose raw values the facts are to have, too, with their names there.
    headers : bool
        Whether headers alone are checked, whose pixels were left out on purpose: that is a note then, and no error.
    """

    def __init__(self, *, wanted: Mapping[int, str] | None = None, headers: bool = False) -> None:
        self._wanted = {**(wanted or {}), **WANTED}
        self._headers_alone = headers
        self._knowledge: Knowledge = load_knowledge()
        self._headers = HeaderReader()
        self._walkers: dict[Encoding, Walker] = {}
        self._structures = Structures(self._knowledge)
        self._cross = Cross(self._knowledge.iod)

    @property
    def edition(self) -> str:
        """Edition of the standard that the structure of the IODs is of."""
        return self._knowledge.edition

    # -- entry points --------------------------------------------------------------------------------------------------

    def check(self, what: bytes | str | Path | Dataset) -> Checked:
        """Check bytes, a path, or a pydicom Dataset; OSError of a path passes."""
        if isinstance(what, bytes | bytearray | memoryview):
            return self.check_bytes(bytes(what))
        return self.check_file(what) if isinstance(what, str | Path) else self.check_pydicom(what)

    def check_file(self, path: Path | str) -> Checked:
        """Check a Part 10 file, or a data set without File Meta Information. OSError passes.

        Of a long file whose native Pixel Data end where it ends, only the beginning is read.
        """
        file = os.open(path, os.O_RDONLY)
        try:
            size = os.fstat(file).st_size
            head = os.read(file, _WINDOW)
            if size > len(head):
                checked = self._check_head(head, size)
                if checked is not None:
                    return checked
                with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as mapped:
                    # slices of a map are bytes; what is short enough is better read at once
                    return self.check_bytes(mapped[:] if size <= _MAPPED else mapped)  # type: ignore[arg-type]
            return self.check_bytes(head)
        finally:
            os.close(file)

    def _check_head(self, head: bytes, size: int) -> Checked | None:
        """Check a file by its beginning; None when that is not enough."""
        at = head.rfind(b"\xe0\x7f\x10\x00")
        for value_at in (at + 12, at + 8):  # with an explicit VR, and without
            if at < 0 or value_at > len(head):
                continue
            if value_at + int.from_bytes(head[value_at - 4 : value_at], "little") == size:
                head = head[:value_at]
                header = self._headers.read(head)
                if header.encoding is not None and header.transfer_syntax in NATIVE - DEFLATED:
                    checked, walked = self._examine(head, header, size - value_at)
                    if walked.pixels is not None and walked.pixels.at == at:
                        return checked
        return None

    def check_bytes(self, data: bytes) -> Checked:
        """Check the bytes of a Part 10 file, or of a bare data set in an encoding that is guessed."""
        return self._check(data, self._headers.read(data))

    def check_dataset(self, data: bytes, transfer_syntax: str, *, elided: int = 0, sop_class: str = "") -> Checked:
        """Check an encoded data set, as it travels on an association.

        Parameters
        ----------
        data : bytes
            The data set.
        transfer_syntax : str
            Transfer Syntax UID of its Presentation Context.
        elided : int
            Bytes at its end, of Pixel Data, that were not kept.
        sop_class : str
            Affected SOP Class UID of the message: by it a data set is judged that does not name its class itself.
        """
        header = FileHeader(0, transfer_syntax, encoding_of(transfer_syntax))
        # what came from the network is no more than what the network's own reader takes
        return self._examine(data, header, elided, sop_class, wire.LONGEST_INFLATED)[0]

    def check_pydicom(self, dataset: Dataset) -> Checked:
        """Check a pydicom Dataset as it would be written, with its File Meta Information if it has any."""
        from pydicom.filebase import DicomIO
        from pydicom.filewriter import write_dataset

        meta = getattr(dataset, "file_meta", None) or {}
        stated = str(getattr(meta, "TransferSyntaxUID", ""))
        encoding = encoding_of(stated)
        buffer = BytesIO()
        stream = DicomIO(buffer)
        stream.is_implicit_VR, stream.is_little_endian = not encoding.explicit, encoding.little
        try:
            write_dataset(stream, dataset)
        except Exception as error:  # pydicom raises whatever the value makes it raise
            text = f"pydicom cannot encode it: {type(error).__name__}: {error}"
            return Checked("", (IodFinding("not-encodable", IodLevel.ERROR, "", text, "PS3.5 7.1 (2020a)"),))
        values = {element.keyword: str(element.value).encode("latin-1", "replace") for element in meta or ()}
        plain = stated if stated and stated not in DEFLATED else encoding.transfer_syntax
        return self._check(buffer.getvalue(), FileHeader(0, plain, encoding, values))

    # -- inside --------------------------------------------------------------------------------------------------------

    def _check(self, data: bytes, header: FileHeader) -> Checked:
        """Check what stands behind a header."""
        return self._examine(data, header)[0] if header.encoding is not None else Checked("", header.findings)

    def _examine(
        self, data: bytes, header: FileHeader, elided: int = 0, otherwise: str = "", most: int = 0
    ) -> tuple[Checked, Walked]:
        """Take a data set with a known encoding through the stages behind its header.

        `most` are the bytes that it may inflate to, those of a file by default.
        """
        start, transfer_syntax, encoding = header.dataset_at, header.transfer_syntax, header.encoding
        findings = list(header.findings)
        assert encoding is not None
        unread: IodFinding | None = None
        if transfer_syntax in DEFLATED:
            inflated = limits.inflate(data, start, most or limits.MOST_INFLATED)
            data, start, elided = inflated.data, 0, elided + inflated.elided
            unread = inflated.finding
        walker = self._walkers.get(encoding)
        if walker is None:
            walker = self._walkers[encoding] = Walker(encoding, self._knowledge.controls, self._wanted)
        walked = walker.walk(data, start, len(data), elided)
        if transfer_syntax in DEFLATED and elided and walked.pixels is None:  # what was not kept is more than pixels
            walked.complete = False
            text = f"of the inflated data set, what is behind its first {len(data)} bytes"
            unread = unread or limits.limit_finding("", text, len(data))
        if unread is not None:
            findings.append(unread)
            if unread.rule == "deflate":  # which tells of the end already
                walked.complete = False
                walked.findings = [each for each in walked.findings if each.rule not in OF_THE_END]
        findings += walked.findings
        facts = walked.facts
        stated = facts.get("SOPClassUID") or header.meta.get("MediaStorageSOPClassUID", b"")
        sop_class = stated.rstrip(b"\0 ").decode("latin-1") or otherwise
        carried = Carried(transfer_syntax in JPIP, self._headers_alone, transfer_syntax in NATIVE)
        findings += self._structures.check(data, start, walked, encoding, sop_class, elided, carried)
        findings += self._cross.check(facts, walked.pixels, header.meta, transfer_syntax, walked.signs, encoding.little)
        if not walked.complete and not elided:
            findings = with_note_of_end(findings, walked)
        elif header.meta and not elided and findings:
            findings = without_what_is_behind(findings, walked)
        return Checked(sop_class, tuple(gathered(findings)), facts, walked.charset, transfer_syntax), walked
