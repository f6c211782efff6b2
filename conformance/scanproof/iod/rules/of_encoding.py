"""Rules of bytes: files, elements, values, sequences, character sets, private blocks, Pixel Data."""

from __future__ import annotations

from scanproof.iod.rules.rule import Rule

_META = "PS3.10 Table 7.1-1 (2024d)"
_ELEMENTS = "PS3.5 7.1 (2020a)"
_PRIVATE = "PS3.5 7.8.1 (2025a)"
_REFUSED = "A strict receiver refuses the object; a lenient one guesses, and the next guesses otherwise."
_WRITER = "Let the software that writes the object encode it anew; a file that was cut on its way is to be sent again."
_PRIVATE_WRITER = (
    "Let the software that wrote or changed the object keep each Private Creator with its elements, or take out both; "
    "mostly an anonymizer or an archive took one of them."
)
_PAD = "Pad the value where it is written: text with a blank, a UID and bytes with a NUL."
_META_WRITER = "Write the File Meta Information from the data set at the moment of writing, not from a template."
_LOST = "What cannot be read is lost: attributes behind it vanish, and with them the object from lists and studies."
_MERGED = "Two makers' private values are mixed up, or cannot be told apart: what post-processing needs is lost."

RULES = (
    Rule(
        "not-dicom",
        "What is to be checked is a DICOM file or an encoded data set.",
        "An archive refuses it, or imports nothing from the disc it stands on.",
        "PS3.10 7.1; PS3.5 7.1 (2020a)",
        "See what the file is; an export may have written a report, an index or an empty file beside the images.",
    ),
    Rule(
        "no-part10",
        "A file begins with a preamble, DICM and File Meta Information; a bare data set is read all the same.",
        "Most programs will not open it, as nothing says how it is encoded.",
        "PS3.10 7.1 (2024d)",
        "A note: data sets as they travel on an association are like this. Files should be written as Part 10 files.",
    ),
    Rule("not-encodable", "A Dataset can be encoded.", "What cannot be written cannot be sent.", _ELEMENTS, _WRITER),
    Rule(
        "meta-prefix",
        "Bytes 128 to 131 of a file are DICM.",
        "Programs that look for them take the file for something else.",
        "PS3.10 7.1 (2024d)",
        _META_WRITER,
    ),
    Rule("meta-broken", "The File Meta Information is a run of whole elements.", _REFUSED, _META, _META_WRITER),
    Rule(
        "meta-group-length",
        "The group length of the File Meta Information ends where its last element does.",
        "A reader that trusts it begins the data set in the wrong place.",
        _META,
        _META_WRITER,
    ),
    Rule("meta-version", "File Meta Information Version has its first bit set.", _REFUSED, _META, _META_WRITER),
    Rule(
        "meta-mismatch",
        "File Meta Information names the class, the instance and the encoding that the data set has.",
        "An archive indexes by the one and answers with the other: the object is found and cannot be fetched.",
        _META,
        _META_WRITER,
    ),
    Rule(
        "transfer-syntax-unknown",
        "Transfer Syntax UID is that of a Transfer Syntax.",
        "Nobody can tell how to read the data set.",
        _META,
        _META_WRITER,
    ),
    Rule(
        "uid-grammar",
        "UIDs of the File Meta Information are numbers without leading zeros, joined by dots.",
        _REFUSED,
        "PS3.5 9.1 (2024e)",
        _META_WRITER,
    ),
    Rule(
        "uid-root",
        "A UID begins with an arc that somebody can have been given: 0 or 1 with up to 39 below it, 1.0 to 1.3, or 2.",
        "Two makers that invent a root invent the same one, and their instances replace each other.",
        "PS3.5 9, 9.2 (2020); ISO/IEC 9834-1",
        "Make UIDs below a root that was registered, or below 2.25 from a UUID.",
    ),
    Rule(
        "nul-padding",
        "Text is padded with blanks to an even length; a NUL pads UIDs and bytes only.",
        "Readers that do not strip it find another name or number than the one meant, and no code or key matches it.",
        "PS3.5 6.2 (2020)",
        "Pad with blanks where values are written; one file has one such entry, however many values are concerned.",
    ),
    Rule("deflate", "A deflated data set can be inflated, to its end.", _LOST, "PS3.5 A.5 (2013)", _WRITER),
    Rule(
        "checker-limit",
        "All of the data set is judged; this note says what is not, as it is beyond a limit of the checker itself.",
        "Nothing is wrong with the file: silence about the rest is no approval of it.",
        "PS3.5 7.5 (2013), which sets no limit",
        "Nothing has to be done about it; look at the rest with another reader.",
    ),
    Rule(
        "truncated",
        "A file has a data set, which can be read to its end; what is missing behind what was read is not judged.",
        "Half a study looks like a whole one until somebody scrolls to its end.",
        _ELEMENTS,
        "Fetch the object again and compare its size.",
    ),
    Rule("element-truncated", "The last element has all the bytes that it states.", _LOST, _ELEMENTS, _WRITER),
    Rule("element-length", "An element states the length that its value has.", _LOST, _ELEMENTS, _WRITER),
    Rule("element-order", "Tags ascend in a data set and in each item.", _REFUSED, _ELEMENTS, _WRITER),
    Rule(
        "element-twice",
        "A tag stands once in a data set and in each item.",
        "One program takes the first value, another the last: two patients in one object.",
        _ELEMENTS,
        _WRITER,
    ),
    Rule("vr-unknown", "Each element has a VR of PS3.5, in an explicit encoding.", _LOST, _ELEMENTS, _WRITER),
    Rule(
        "vr-mismatch",
        "An explicit VR is that of the dictionary, or UN where the sender did not know it.",
        "A text that is sent as a number, or the other way round, is read as garbage or dropped.",
        "PS3.5 6.2 (2024e); PS3.6 6 (2024c)",
        "Take VRs from the dictionary of PS3.6; OW of Pixel Data follows from Bits Allocated.",
    ),
    Rule(
        "vr-by-pixel-representation",
        "Attributes that are US or SS are SS when Pixel Representation is 1, and else US.",
        "A padding value of -2000 becomes 63536: the air around the patient is white.",
        "PS3.5 6.2 (2024e); PS3.3 Table C.7-11c (2024e)",
        "Write these attributes with the sign of the pixels.",
    ),
    Rule("odd-length", "Every value has an even length, padded if need be.", _REFUSED, "PS3.5 7.1.1 (2020a)", _PAD),
    Rule(
        "value-length",
        "A binary value has a whole number of units of its VR.",
        _REFUSED,
        "PS3.5 Table 6.2-1 (2020a)",
        _WRITER,
    ),
    Rule(
        "value-too-long",
        "A value is no longer than its VR allows; text is counted in characters.",
        "It is cut when it is stored, and a Patient ID that was cut is another patient's.",
        "PS3.5 Table 6.2-1 (2020a)",
        "Shorten the value where it is made, so that all systems have the same.",
    ),
    Rule(
        "vm",
        "An attribute has as many values as the dictionary, or its module, says.",
        "The first value is taken and the others are lost; a backslash in a name makes two names of one.",
        "PS3.6 6 (2024c); PS3.5 6.4 (2013)",
        "See whether a backslash is part of the text; of numbers, send each as a value of its own.",
    ),
    Rule(
        "sequence-truncated",
        "Sequences and items end where their lengths or delimiters say.",
        _LOST,
        "PS3.5 7.5.1 (2020a), 7.5.2 (2024c)",
        _WRITER,
    ),
    Rule(
        "group-forbidden",
        "Groups 0000, 0002, 0006, odd ones below 0009 and FFFF do not stand in a data set.",
        _REFUSED,
        _ELEMENTS,
        "Leave out what belongs to commands and files.",
    ),
    Rule(
        "group-length",
        "Group lengths are retired, but for that of the File Meta Information.",
        "Harmless as long as they are right; nobody keeps them right.",
        "PS3.5 7.2 (2020a)",
        "Do not write them.",
    ),
    Rule(
        "charset-term",
        "Specific Character Set has defined terms, in combinations that code extension allows.",
        "Names are garbled on every screen and in every report, and found under another spelling.",
        "PS3.3 C.12.1.1.2 (2018-2024)",
        "Announce the set that the text is in: ISO_IR 100 is Latin-1, ISO_IR 192 UTF-8, '\\ISO 2022 IR 87' Japanese.",
    ),
    Rule(
        "charset-bytes",
        "Text is in the character set that Specific Character Set announces; without it, in ISO 646.",
        "The patient's name is garbled, and is another name when it is searched for.",
        "PS3.5 6.1.2.3 (2020a), 6.1.2.5.3 (2013)",
        "Announce the character set that the text really is in, in the data set itself.",
    ),
    Rule(
        "private-creator-missing", "A Private Creator reserves each private block.", _MERGED, _PRIVATE, _PRIVATE_WRITER
    ),
    Rule("private-creator-empty", "A Private Creator has a value.", _MERGED, _PRIVATE, _PRIVATE_WRITER),
    Rule(
        "private-creator-twice",
        "One Private Creator reserves a block once in a group.",
        _MERGED,
        _PRIVATE,
        _PRIVATE_WRITER,
    ),
    Rule("private-creator-vr", "A Private Creator is LO.", _MERGED, _PRIVATE, "Write Private Creators with the VR LO."),
    Rule(
        "private-element-low",
        "Private elements begin at (gggg,0010).",
        _MERGED,
        _PRIVATE,
        "Leave the element out, or move it into a block that a Private Creator reserves.",
    ),
    Rule(
        "bits-contradiction",
        "Bits Stored fit into Bits Allocated, High Bit is one less, samples go with the photometric interpretation.",
        "Gray values are shifted by a power of two: a lesion has another density, or the image is black.",
        "PS3.5 8.1.1 (2020a); PS3.3 Table C.7-11c (2024e)",
        "Describe the pixels as they are encoded; look at whichever of the attributes was set by hand.",
    ),
    Rule(
        "pixel-length",
        "Pixel Data have as many bytes as rows, columns, samples, frames and bits make.",
        "The last rows are missing or garbage; some viewers show nothing at all.",
        "PS3.5 8.1.1 (2020a); PS3.3 C.7.6.3.1.4 (2020a)",
        "Compare the matrix with the pixels; after cropping or padding both have to change.",
    ),
    Rule(
        "photometric-by-syntax",
        "Photometric Interpretation is one that the Transfer Syntax has; values of a maker's own are not judged.",
        "Colours come out wrong, pink for gray or green for red, or the image is refused.",
        "PS3.5 8.2, 8.2.1 to 8.2.4 (2020; 8.2.4 also 2024d)",
        "Change it together with the pixels, when they are compressed, transcoded or decompressed.",
    ),
    Rule(
        "pixels-by-syntax",
        "Planar Configuration, Bits Stored and the sign of the pixels are such as the Transfer Syntax has.",
        "Most readers go by the stream; those that go by the attributes show stripes, or other grays.",
        "PS3.5 8.2, 8.2.1 to 8.2.11 (2020); PS3.3 C.7.6.3.1.2 (2020)",
        "Write the description of the pixels anew when they are compressed or decompressed.",
    ),
    Rule(
        "photometric-by-stream",
        "Photometric Interpretation is YBR_RCT or YBR_ICT when, and only when, a JPEG 2000 stream is transformed so.",
        "Colours are transformed twice, or not at all: the image is green and pink.",
        "PS3.5 8.2.4 (2020; 2024d)",
        "Take the value from what the codec did.",
    ),
    Rule(
        "stream-disagrees",
        "Rows, Columns, Samples per Pixel and Bits Stored are those of the compressed frame.",
        "A reader that trusts the attributes gets a picture that is sheared or cut, or gives up.",
        "PS3.5 8.2.1, 8.2.3, 8.2.4 (2020)",
        "Describe the pixels as they were compressed; after cropping or scaling both have to change.",
    ),
    Rule(
        "lossy-flag",
        "Lossy Image Compression is 01 once the pixels were compressed with loss.",
        "Nobody who reads the image knows that it is not what was acquired; some uses forbid such images.",
        "PS3.3 C.7.6.1.1.5 (2020)",
        "Set it to 01, with ratio and method, where the image is compressed.",
    ),
    Rule(
        "photometric-jfif",
        "RGB in JPEG Baseline goes with a stream that does not look like YCbCr; a JFIF header is better left out.",
        "RGB is legal there, but readers that go by the stream show other colours than those that go by the attribute.",
        "PS3.5 8.2.1 (2020)",
        "Compress as YBR_FULL_422, or leave the JFIF header out and all components at full resolution.",
    ),
    Rule(
        "encapsulation",
        "Pixel Data are encapsulated when, and only when, the Transfer Syntax compresses them; fragments add up.",
        "The image cannot be decompressed, or a frame is shown in the place of another.",
        "PS3.5 A.4 (2019d), A.4.2 (2024d), G.5 (2024d)",
        "Change the Transfer Syntax together with the pixels; count offsets from the first fragment.",
    ),
)
