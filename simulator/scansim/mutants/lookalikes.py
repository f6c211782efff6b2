"""What looks like a defect and is none: a checker that calls it an error is wrong."""

from __future__ import annotations

import struct
from dataclasses import replace

from scansim.mutants.bases import (
    compressed,
    implicit,
    with_open_procedure,
    with_private,
    with_procedure,
    with_references,
)
from scansim.mutants.facts import CT, MR, kebab, right
from scansim.mutants.surgery import (
    Change,
    Element,
    File,
    both,
    delete,
    edit,
    insert,
    insert_element,
    sequence,
    value,
)

#: Under the root of the standard, and in no list that there is.
_LATER_CLASS = "1.2.840.10008.5.1.4.1.1.2.99"


def _end(element: Element) -> Change:
    return lambda file: replace(file, elements=(*file.elements, element))


def _preamble(file: File) -> File:
    return replace(file, head=b"II*\0" + file.head[4:])


def _group_length(file: File) -> File:
    group = [element.encode(file.explicit) for element in file.elements if element.tag >> 16 == 8]
    return insert("(0008,0000)", struct.pack("<I", sum(map(len, group))), "UL")(file)


LOOKALIKES = (
    *(
        right(
            f"type2-empty-{kebab(path)}",
            "type2-missing",
            path,
            value(path, b""),
            f"{path} is Type 2: it may have zero length",
            "PS3.3 Table C.7-1, C.7-3 (2026b)",
        )
        for path in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime")
    ),
    right(
        "type3-empty",
        "type1-empty",
        "InstitutionName",
        value("InstitutionName", b""),
        "Type 3 may have zero length, and means then as much as absence",
        "PS3.5 7.4.5 (2020a)",
    ),
    right(
        "sequence-no-item",
        "item-empty",
        "OtherPatientIDsSequence",
        insert_element("OtherPatientIDsSequence", sequence("OtherPatientIDsSequence")),
        "a Type 3 sequence may have zero length, though its description wants an item: a warning at most",
        "PS3.5 7.4.5 (2020a)",
        level="warning",
        false_alarm="it demands the one item of the module's table",
    ),
    right(
        "trailing-padding",
        "attribute-unknown",
        "DataSetTrailingPadding",
        _end(Element(0xFFFCFFFC, "OB", bytes(64))),
        "Data Set Trailing Padding may end a file",
        "PS3.10 7.2 (2024d)",
    ),
    right(
        "standard-extended",
        "attribute-unknown",
        "RetrieveAETitle",
        insert("RetrieveAETitle", "ARCHIVE"),
        "an attribute outside the IOD makes it a Standard Extended SOP Class",
        "PS3.2 7.3 (2025b)",
    ),
    right(
        "private-block",
        "private-creator-missing",
        "(0009,1001)",
        with_private,
        "a private block with its creator",
        "PS3.5 7.8.1 (2025a)",
        touched=("(0009,0010)", "(0009,1001)"),
    ),
    right(
        "private-block-high",
        "private-creator-missing",
        "(0009,FF01)",
        both(insert("(0009,00FF)", "SCANSIM TEST", "LO"), insert("(0009,FF01)", "text", "LO")),
        "any block from 10H to FFH may be reserved, not the first one alone",
        "PS3.5 7.8.1 (2025a)",
        touched=("(0009,00FF)", "(0009,FF01)"),
    ),
    right(
        "private-un",
        "vr-unknown",
        "(0009,1001)",
        edit("(0009,1001)", lambda element: replace(element, vr="UN")),
        "a private element whose VR is not known",
        "PS3.5 6.2.2 (2024c)",
        base=with_private,
    ),
    right(
        "private-in-item-reserved",
        "private-creator-missing",
        "ProcedureCodeSequence[1] > (0009,1001)",
        both(
            insert("ProcedureCodeSequence[1] > (0009,0010)", "SCANSIM TEST", "LO"),
            insert("ProcedureCodeSequence[1] > (0009,1001)", "text", "LO"),
        ),
        "an item with a private block and a creator of its own",
        "PS3.5 7.8.1 (2025a)",
        base=with_procedure,
        touched=("ProcedureCodeSequence[1] > (0009,0010)", "ProcedureCodeSequence[1] > (0009,1001)"),
    ),
    right(
        "vr-un",
        "vr-mismatch",
        "PatientComments",
        edit("PatientComments", lambda element: replace(element, vr="UN")),
        "UN may stand for a VR that the sender did not know, after a passage through implicit VR: a warning at most",
        "PS3.5 6.2.2 (2024c)",
        level="warning",
    ),
    right(
        "sequence-undefined-length",
        "sequence-truncated",
        "ProcedureCodeSequence",
        with_open_procedure,
        "sequence and items of undefined length, properly closed",
        "PS3.5 7.5.2 (2024c)",
    ),
    right(
        "sequence-nested",
        "sequence-truncated",
        "ReferencedImageSequence",
        with_references,
        "a sequence inside an item of another",
        "PS3.5 7.5 (2020a)",
    ),
    right(
        "code-long-value",
        "condition-missing",
        "ProcedureCodeSequence[1] > LongCodeValue",
        both(
            delete("ProcedureCodeSequence[1] > CodeValue"),
            insert("ProcedureCodeSequence[1] > LongCodeValue", "A-CODE-OF-MORE-THAN-SIXTEEN"),
        ),
        "Long Code Value in the place of Code Value",
        "PS3.3 Table 8.8-1 (2026b)",
        base=with_procedure,
        touched=("ProcedureCodeSequence[1] > CodeValue", "ProcedureCodeSequence[1] > LongCodeValue"),
    ),
    right(
        "implicit",
        "meta-mismatch",
        "TransferSyntaxUID",
        implicit,
        "the same data set in Implicit VR Little Endian",
        "PS3.5 A.1 (2020a)",
    ),
    right(
        "compressed",
        "pixel-length",
        "PixelData",
        compressed,
        "RLE Lossless: the length of Pixel Data says nothing of the matrix",
        "PS3.5 A.4 (2019d)",
        touched=("TransferSyntaxUID", "PixelData"),
    ),
    right(
        "meta-no-version-name",
        "type1-missing",
        "ImplementationVersionName",
        delete("ImplementationVersionName"),
        "Implementation Version Name is Type 3",
        "PS3.10 Table 7.1-1 (2024d)",
    ),
    right(
        "meta-preamble",
        "meta-prefix",
        "(prefix)",
        _preamble,
        "the preamble may hold another format's header",
        "PS3.10 7.1 (2024d)",
    ),
    right(
        "group-length",
        "attribute-retired",
        "(0008,0000)",
        _group_length,
        "group lengths are retired; who still sends them is tolerated: a warning at most",
        "PS3.5 7.2 (2013)",
        level="warning",
    ),
    right(
        "sop-class-private",
        "sop-class-unknown",
        "SOPClassUID",
        both(value("SOPClassUID", "2.25.3141592653"), value("MediaStorageSOPClassUID", "2.25.3141592653")),
        "a private SOP Class: there is no IOD to check against (cases.md STO-14)",
        "PS3.2 7.3 (2025b)",
        touched=("SOPClassUID", "MediaStorageSOPClassUID"),
        false_alarm="it knows no IOD for it, and says error",
    ),
    right(
        "sop-class-later",
        "sop-class-unknown",
        "SOPClassUID",
        both(value("SOPClassUID", _LATER_CLASS), value("MediaStorageSOPClassUID", _LATER_CLASS)),
        "a SOP Class under the root of DICOM that no list has yet: it may be of a later edition",
        "PS3.6 A (2024c)",
        touched=("SOPClassUID", "MediaStorageSOPClassUID"),
        false_alarm="it knows no IOD for it, and says error",
    ),
    right(
        "lossy-without-ratio",
        "condition-missing",
        "LossyImageCompression",
        value("LossyImageCompression", "01"),
        "ratio and method are Type 3 in General Image",
        "PS3.3 Table C.7-9 (2026b)",
    ),
    right(
        "laterality-absent",
        "condition-missing",
        "BodyPartExamined",
        delete("BodyPartExamined"),
        "without a body part nobody can decide whether it is a paired one",
        "PS3.3 Table C.7-5a (2024e)",
        level="warning",
        false_alarm="it takes an unknown body part for a paired one",
    ),
    right(
        "scanning-sequence-two",
        "enumerated-value",
        "ScanningSequence",
        value("ScanningSequence", r"SE\EP"),
        "Scanning Sequence has one or more values, each of the enumeration",
        "PS3.3 Table C.8-4 (2024e)",
        classes=(MR,),
    ),
    right(
        "window-pairs",
        "vm-pair",
        "WindowCenter",
        both(value("WindowCenter", r"40\400"), value("WindowWidth", r"80\900")),
        "several windows, as many widths as centers",
        "PS3.3 C.11.2.1.2 (2020a)",
        touched=("WindowCenter", "WindowWidth"),
    ),
    right(
        "orientation-rounded",
        "geometry-orientation",
        "ImageOrientationPatient",
        value("ImageOrientationPatient", r"0.70711\0.70711\0\-0.70711\0.70711\0"),
        "direction cosines are rounded to the sixteen characters of DS, or fewer",
        "PS3.3 C.7.6.2.1.1 (2020a)",
    ),
    right(
        "uid-64",
        "value-too-long",
        "FrameOfReferenceUID",
        value("FrameOfReferenceUID", "2.25." + "1" * 59),
        "64 characters are allowed",
        "PS3.5 9.1 (2024e)",
    ),
    right(
        "uid-zero-component",
        "uid-grammar",
        "FrameOfReferenceUID",
        value("FrameOfReferenceUID", "1.2.0.40"),
        "a component may be a single zero",
        "PS3.5 9.1 (2024e)",
    ),
    right(
        "padding-value-signed",
        "vr-by-pixel-representation",
        "PixelPaddingValue",
        insert("PixelPaddingValue", b"\x30\xf8", "SS"),
        "Pixel Representation 1 wants SS",
        "PS3.5 6.2 (2024e)",
        classes=(CT,),
    ),
)
