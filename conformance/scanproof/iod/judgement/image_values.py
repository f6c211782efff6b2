"""What the values of an image say of each other: lists that depend on a value, vectors with a value for each frame."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.clauses import iod_named
from scanproof.iod.tables.frame_vectors import ALL_BITS, COUNTED, VECTORS, Vector
from scanproof.iod.tables.listed import module_findings
from scanproof.iod.tables.listed.narrowed import EXCLUDED, NARROWED
from scanproof.iod.tables.logic import has_no_value, known_values
from scansim.wire.dataset import DataSet

_DIRECTIONS = frozenset("APRLHF")
_OPPOSITES = ("AP", "RL", "HF")
#: They state 1 part, so that nobody takes them apart (PS3.3 C.8.17.7, C.8.17.16).
_NEVER_CONCATENATED = frozenset(
    ("ophthalmic-tomography-image", "ophthalmic-optical-coherence-tomography-b-scan-volume-analysis")
)


def image_findings(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Judge the values of a data set that its IOD, or other values, narrow.

    Parameters
    ----------
    iod : str
        Key of the IOD.
    root : DataSet
        The data set.
    """
    for narrowed in NARROWED.get(iod, ()):
        element = root.element(narrowed.keyword)
        if element is not None and narrowed.when.decide((root,)) is True:
            yield from module_findings(narrowed.listed, root, element, narrowed.keyword, "", "")
    keywords, clause = EXCLUDED.get(iod, ((), ""))
    for name in keywords:
        if name in root:
            text = f"present, though the {iod_named(iod)} excludes its module"
            yield IodFinding("condition-forbidden", IodLevel.ERROR, name, text, clause)
    yield from _directions(root)
    if iod in ALL_BITS:
        yield from _all_bits(root, ALL_BITS[iod])
    yield from _frames(iod, root)
    yield from _vectors(root)
    if iod == "nuclear-medicine-image":
        yield from _counts(root)


def _directions(root: DataSet) -> Iterator[IodFinding]:
    """Patient Orientation: where rows and columns go, in letters of the body (of a quadruped in words of its own)."""
    values = known_values(root, "PatientOrientation")
    if len(values) != 2 or not all(values) or root.text("AnatomicalOrientationType") not in ("", "BIPED"):
        return
    here, clause = "PatientOrientation", "PS3.3 C.7.6.1.1.1 (2020)"
    for number, value in enumerate(values, 1):
        strange = "".join(sorted(set(value) - _DIRECTIONS))
        both = [pair for pair in _OPPOSITES if set(pair) <= set(value)]
        if strange:
            text = f"value {number} is {value!r}; of a biped it has the letters A, P, R, L, H and F"
            yield IodFinding("geometry-orientation", IodLevel.ERROR, here, text, clause)
        elif both or len(set(value)) < len(value):
            text = f"value {number} is {value!r}: a direction stands twice, or beside its opposite"
            yield IodFinding("geometry-orientation", IodLevel.ERROR, here, text, clause)
    if values[0] == values[1]:
        text = f"rows and columns both go to {values[0]}"
        yield IodFinding("geometry-orientation", IodLevel.ERROR, here, text, clause)


def _number(root: DataSet, name: str) -> int | None:
    values = known_values(root, name)
    return int(values[0]) if values and values[0].isdigit() else None


def _frames(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Numbers of frames, and of the parts of a concatenation, that nothing can have."""
    if any(value.startswith("-") for value in known_values(root, "NumberOfFrames")[:1]):
        text = f"{known_values(root, 'NumberOfFrames')[0]} frames, where their number is not negative"
        yield IodFinding("frame-count", IodLevel.ERROR, "NumberOfFrames", text, "PS3.3 Table C.7-14 (2020)")
    parts = _number(root, "InConcatenationTotalNumber")
    if parts is not None and parts < 2 and iod not in _NEVER_CONCATENATED:
        text = f"{parts}, where a concatenation has more than one part"
        clause = "PS3.3 Table C.7.6.16-1 (2020)"
        yield IodFinding("frame-count", IodLevel.ERROR, "InConcatenationTotalNumber", text, clause)


def _all_bits(root: DataSet, clause: str) -> Iterator[IodFinding]:
    allocated, stored = _number(root, "BitsAllocated"), _number(root, "BitsStored")
    if allocated is not None and stored is not None and stored < allocated:
        text = f"{stored} bits stored of {allocated} allocated, where this IOD stores all"
        yield IodFinding("bits-contradiction", IodLevel.ERROR, "BitsStored", text, clause)


def _vectors(root: DataSet) -> Iterator[IodFinding]:
    frames = _number(root, "NumberOfFrames")
    for name, vector in VECTORS.items():
        values = known_values(root, name)
        if not values:
            continue
        if frames is not None and len(values) != frames and not (vector.single and len(values) == 1):
            text = f"{len(values)} values, and Number of Frames is {frames}: each frame has a value"
            yield IodFinding("frame-count", IodLevel.ERROR, name, text, vector.clause)
        if name.endswith("Vector") and vector.clause.startswith("PS3.3 C.8.4.8"):
            yield from _indices(root, name, vector)


def _indices(root: DataSet, name: str, vector: Vector) -> Iterator[IodFinding]:
    """The values count from 1, up to the number of what they count."""
    found = [int(value) for value in known_values(root, name) if value.isdigit()]
    most = _number(root, vector.numbers) if vector.numbers else None
    if 0 in found:
        text = "a value is 0, and the values count from 1"
        yield IodFinding("frame-count", IodLevel.ERROR, name, text, vector.clause)
    elif most is not None and found and max(found) > most:
        text = f"a value is {max(found)}, and {vector.numbers} is {most}"
        yield IodFinding("frame-count", IodLevel.ERROR, name, text, vector.clause)


def _counts(root: DataSet) -> Iterator[IodFinding]:
    for name, (number, clause) in COUNTED.items():
        items, wanted = len(root.items(name)), _number(root, number)
        if wanted is not None and items not in (0, wanted) and not has_no_value(root, name):
            text = f"{items} items, and {number} is {wanted}"
            yield IodFinding("frame-count", IodLevel.ERROR, name, text, clause)
