"""Rules of what stands beside the data sets: profiles of the user, editions, and File-sets."""

from __future__ import annotations

from scanproof.iod.rules.rule import Rule

_PROFILE = "the profile file of --profile, not PS3.3"
_ASKED = "Whoever wrote the profile has no use for the object as it is."
_DIRECTORY = "PS3.3 F.3.2.2 (2020)"
_FOUND_BY = "A viewer on the disc finds images by these records alone: what they do not lead to is not shown."
_WRITE = "Let the software that burned the medium write its DICOMDIR anew, from the files."

RULES = (
    Rule(
        "profile-required",
        "An attribute that the profile asks for is there, with a value where it asks for one.",
        _ASKED,
        _PROFILE,
        "See the line of the profile; the value mostly comes from the worklist, or is configured at the device.",
    ),
    Rule(
        "profile-value",
        "An attribute has one of the values, or the form, that the profile asks for.",
        _ASKED,
        _PROFILE,
        "See the line of the profile.",
    ),
    Rule(
        "profile-forbidden",
        "An attribute that the profile forbids is not there.",
        _ASKED,
        _PROFILE,
        "See the line of the profile; leave the attribute out where the object is made, or on its way out.",
    ),
    Rule(
        "edition-newer",
        "What the object uses is in the edition that was asked for; this note says that it came later.",
        "A system of that time does not know it, and may refuse the object or drop the attribute.",
        "PS3.6 6, A (2020c)",
        "A note: check without --edition to go by today's standard.",
    ),
    Rule(
        "directory-record",
        "Records of a DICOMDIR have what every record has, and the keys of their type.",
        _FOUND_BY,
        "PS3.3 F.3.2.2, F.5 (2020)",
        _WRITE,
    ),
    Rule(
        "directory-record-type",
        "A record is of a type that the standard has, and stands below one that may hold it.",
        _FOUND_BY,
        "PS3.3 Table F.4-1 (2020)",
        _WRITE,
    ),
    Rule(
        "directory-offsets",
        "Offsets of a DICOMDIR lead to records, to each of them once, and to all of them.",
        _FOUND_BY,
        _DIRECTORY,
        "Offsets count from the first byte of the file, its preamble included; write them when all else is written.",
    ),
    Rule(
        "directory-file",
        "The file that a record names is there, and is the instance that the record says.",
        "The image is listed and cannot be opened, or another one opens in its place.",
        _DIRECTORY,
        _WRITE,
    ),
    Rule(
        "directory-file-id",
        "A File ID has one to eight components of one to eight characters: A to Z, 0 to 9 and underscore.",
        "A file system of a medium, or a reader that keeps to the standard, cuts the name or does not find the file.",
        "PS3.10 8.2, 8.5 (2020)",
        "Name the files as the standard has it, without an extension.",
    ),
    Rule(
        "directory-file-set",
        "A DICOMDIR is encoded in Explicit VR Little Endian, and names its File-set.",
        "Readers open it without looking how it is encoded.",
        "PS3.10 8.6 (2020); PS3.3 F.3.2.1 (2020)",
        _WRITE,
    ),
    Rule(
        "directory-unnamed",
        "DICOM files of a File-set are named by records; this note counts those that are not.",
        "A viewer that goes by the DICOMDIR does not show them; an import of the whole folder does.",
        "PS3.10 8.6 (2020)",
        "A note: see whether files were added to the medium after its DICOMDIR was written.",
    ),
)
