"""Mutants that only several files show: entities that disagree, and slices that make no volume."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import replace

from scansim.mutants.facts import IMAGES, MR, Level, SeriesMutant, kebab
from scansim.mutants.surgery import Change, File, SurgeryError, both, number, value

_CONTEXT = "PS3.3 A.1.2 (2024e)"
_PLANES = "PS3.3 C.7.6.2.1.1 (2020a)"
_OTHER_UID = "2.25.77770018273645566473829"
SeriesChange = Callable[[Sequence[File]], list[File]]


def _one(change: Change, at: int = 1) -> SeriesChange:
    """Change one file of the series, the second if nothing else is said."""
    return lambda files: [change(file) if number == at else file for number, file in enumerate(files)]


def _every(change: Change) -> SeriesChange:
    return lambda files: [change(file) for file in files]


def _differs(path: str, new: str, entity: str) -> SeriesMutant:
    return SeriesMutant(
        f"series-{kebab(path)}",
        f"{path} of one instance differs: {entity} disagree",
        f"{entity.split()[-1]}-disagrees",
        _CONTEXT,
        "error",
        path,
        _one(value(path, new)),
    )


def _geometry(
    name: str,
    rule: str,
    path: str,
    summary: str,
    change: SeriesChange,
    *,
    level: Level = "warning",
    classes: tuple[str, ...] = IMAGES,
    clause: str = _PLANES,
) -> SeriesMutant:
    return SeriesMutant(f"series-{name}", summary, rule, clause, level, path, change, classes)


def _duplicate(files: Sequence[File]) -> list[File]:
    uid = files[0].get("SOPInstanceUID").value
    return _one(both(value("SOPInstanceUID", uid), value("MediaStorageSOPInstanceUID", uid)))(files)


def _same(path: str) -> SeriesChange:
    """Give the second file the value of the first."""
    return lambda files: _one(value(path, files[0].get(path).value))(files)


def _gap(files: Sequence[File]) -> list[File]:
    if len(files) < 4:
        raise SurgeryError("a gap needs a series of at least four slices")
    return [*files[:1], *files[2:]]


def _position(file: File) -> list[float]:
    return [float(part) for part in file.get("ImagePositionPatient").value.decode("ascii").split("\\")]


def _at(position: Sequence[float]) -> Change:
    return value("ImagePositionPatient", "\\".join(f"{part:.10g}" for part in position))


def _shear(files: Sequence[File]) -> list[File]:
    """Move each slice 2 mm further along its rows."""
    return [
        _at([_position(file)[0] + 2.0 * step, *_position(file)[1:]])(file) if step else file
        for step, file in enumerate(files)
    ]


def _uneven(files: Sequence[File]) -> list[File]:
    """Move the second slice a fifth of the way to the third."""
    before, after = _position(files[1]), _position(files[2])
    return _one(_at([a + 0.2 * (b - a) for a, b in zip(before, after, strict=True)]))(files)


def _swap(files: Sequence[File]) -> list[File]:
    """Let the second and the third slice change places."""
    first, second = _position(files[1]), _position(files[2])
    moved = _one(_at(second), 1)(files)
    return _one(_at(first), 2)(moved)


def _half(file: File) -> File:
    (rows,) = struct.unpack("<H", file.get("Rows").value)
    pixels = file.get("PixelData")
    smaller = number("Rows", rows // 2)(file)
    return smaller.put("PixelData", replace(pixels, value=pixels.value[: len(pixels.value) // 2]))


SERIES_MUTANTS = (
    SeriesMutant(
        "series-sop-instance-uid-twice",
        "two instances have the same SOP Instance UID",
        "uid-reuse",
        "PS3.5 9 (2024e)",
        "error",
        "SOPInstanceUID",
        _duplicate,
    ),
    _differs("PatientID", "SP-ANOTHER", "the attributes of the patient"),
    _differs("PatientName", "Synthetic-Other^Olga", "the attributes of the patient"),
    _differs("PatientBirthDate", "19010101", "the attributes of the patient"),
    _differs("PatientSex", "O", "the attributes of the patient"),
    _differs("IssuerOfPatientID", "ANOTHER-ISSUER", "the attributes of the patient"),
    _differs("StudyInstanceUID", _OTHER_UID, "the attributes of the study"),
    _differs("StudyDate", "20260105", "the attributes of the study"),
    _differs("StudyTime", "010203", "the attributes of the study"),
    _differs("StudyID", "S99", "the attributes of the study"),
    _differs("AccessionNumber", "ACC-OTHER", "the attributes of the study"),
    _differs("ReferringPhysicianName", "Synthetic-Doctor^Dora", "the attributes of the study"),
    _differs("SeriesNumber", "99", "the attributes of the series"),
    _differs("SeriesDescription", "another description", "the attributes of the series"),
    _differs("Modality", "PT", "the attributes of the series"),
    _differs("PatientPosition", "FFP", "the attributes of the series"),
    _differs("BodyPartExamined", "HEAD", "the attributes of the series"),
    _differs("ProtocolName", "another protocol", "the attributes of the series"),
    _differs("FrameOfReferenceUID", _OTHER_UID, "the attributes of the frame-of-reference"),
    _differs("Manufacturer", "another maker", "the attributes of the equipment"),
    _differs("DeviceSerialNumber", "SN-OTHER", "the attributes of the equipment"),
    _geometry(
        "instance-number-twice",
        "instance-number",
        "InstanceNumber",
        "two instances have the same Instance Number",
        _same("InstanceNumber"),
        clause="PS3.3 Table C.7-9 (2026b)",
    ),
    _geometry("gap", "geometry-slice-order", "ImagePositionPatient", "a slice is missing: the distances differ", _gap),
    _geometry("uneven", "geometry-slice-order", "ImagePositionPatient", "the distances between slices differ", _uneven),
    _geometry(
        "position-twice",
        "geometry-slice-order",
        "ImagePositionPatient",
        "two slices lie at the same position",
        _same("ImagePositionPatient"),
    ),
    _geometry(
        "order",
        "geometry-slice-order",
        "ImagePositionPatient",
        "Instance Numbers and positions run in different orders",
        _swap,
    ),
    _geometry(
        "shear",
        "geometry-slice-order",
        "ImagePositionPatient",
        "the positions do not lie on a line along the normal",
        _shear,
    ),
    _geometry(
        "spacing-between-slices",
        "geometry-spacing",
        "SpacingBetweenSlices",
        "Spacing Between Slices says 3 mm, the positions do not",
        _every(value("SpacingBetweenSlices", "3")),
        classes=(MR,),
        clause="PS3.3 Table C.7-10 (2026b)",
    ),
    _geometry(
        "slice-thickness",
        "geometry-spacing",
        "SliceThickness",
        "Slice Thickness of one instance differs",
        _one(value("SliceThickness", "9")),
        clause="PS3.3 Table C.7-10 (2026b)",
    ),
    _geometry(
        "pixel-spacing",
        "geometry-spacing",
        "PixelSpacing",
        "Pixel Spacing of one instance differs",
        _one(value("PixelSpacing", r"0.25\0.25")),
        clause="PS3.3 Table C.7-10 (2026b)",
    ),
    _geometry(
        "orientation-mixed",
        "geometry-orientation",
        "ImageOrientationPatient",
        "one instance lies in another plane",
        _one(value("ImageOrientationPatient", r"1\0\0\0\0\-1")),
    ),
    _geometry(
        "orientation-not-orthonormal",
        "geometry-orientation",
        "ImageOrientationPatient",
        "the directions of all instances are not at right angles",
        _every(value("ImageOrientationPatient", r"1\0\0\0.6\0.8\0")),
        level="error",
    ),
    _geometry(
        "matrix-mixed",
        "mixed-matrix",
        "Rows",
        "one instance has half the rows",
        _one(_half),
        clause="PS3.3 Table C.7-11c (2024e)",
    ),
)
