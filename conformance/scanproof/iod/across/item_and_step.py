"""Images against the exam that they belong to: the worklist item, and the performed procedure step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scanproof.iod.across.series import comparable
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import DataSet

_ITEM = "IHE RAD TF-2 Appendix A"
_STEP = "PS3.4 F.7.2.2.2, Table F.7.2-1 (2018-2024)"

#: Attributes that an image takes from the item of the worklist, where both have a value.
TAKEN_OVER = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "IssuerOfPatientID"),
    *("StudyInstanceUID", "AccessionNumber", "ReferringPhysicianName"),
)
#: Attributes of Request Attributes Sequence: from the root of the item, and from its step.
_REQUESTED = ("RequestedProcedureID", "RequestedProcedureDescription")
_SCHEDULED = ("ScheduledProcedureStepID", "ScheduledProcedureStepDescription")

#: Values by keyword, as text.
Values = Mapping[str, tuple[str, ...]]


def _differs(name: str, path: str, got: tuple[str, ...], wanted: tuple[str, ...]) -> Iterator[IodFinding]:
    shown, expected = "\\".join(got), "\\".join(wanted)
    if shown and expected and comparable(name, shown) != comparable(name, expected):
        text = f"{shown!r}, where the worklist item has {expected!r}"
        yield IodFinding("exam-item", IodLevel.ERROR, path, text, _ITEM)


def against_item(image: DataSet, item: Values, step: Values) -> Iterator[IodFinding]:
    """Compare an image with the worklist item that it was made for.

    Parameters
    ----------
    image : DataSet
        The decoded data set; its pixels may be missing.
    item, step : mapping of str to tuple of str
        Values of the item, and of its Scheduled Procedure Step, by keyword.
    """
    for name in TAKEN_OVER:
        yield from _differs(name, name, image.values(name), item.get(name, ()))
    requests = image.items("RequestAttributesSequence")
    for number, request in enumerate(requests, 1):
        prefix = f"RequestAttributesSequence[{number}] > "
        for names, level in ((_REQUESTED, item), (_SCHEDULED, step)):
            for name in names:
                # of several requests each is from an item of its own
                if len(requests) == 1:
                    yield from _differs(name, prefix + name, request.values(name), level.get(name, ()))


def against_step(performed: DataSet, images: Iterable[DataSet]) -> Iterator[IodFinding]:
    """Compare the series that a performed procedure step names with the images that it was made of.

    An instance has to stand under its own series and SOP Class; whether all are named is for the caller to judge.
    """
    known = {
        image.text("SOPInstanceUID"): (image.text("SeriesInstanceUID"), image.text("SOPClassUID")) for image in images
    }
    for number, series in enumerate(performed.items("PerformedSeriesSequence"), 1):
        uid = series.text("SeriesInstanceUID")
        for name in ("ReferencedImageSequence", "ReferencedNonImageCompositeSOPInstanceSequence"):
            for index, reference in enumerate(series.items(name), 1):
                instance = reference.text("ReferencedSOPInstanceUID")
                if instance not in known:
                    continue
                path = f"PerformedSeriesSequence[{number}] > {name}[{index}] > "
                of_series, of_class = known[instance]
                if of_series != uid:
                    text = f"named under series {uid}, the instance is of series {of_series}"
                    yield IodFinding("exam-step", IodLevel.ERROR, f"{path}ReferencedSOPInstanceUID", text, _STEP)
                if (stated := reference.text("ReferencedSOPClassUID")) != of_class:
                    text = f"{stated}, the instance is of class {of_class}"
                    yield IodFinding("exam-step", IodLevel.ERROR, f"{path}ReferencedSOPClassUID", text, _STEP)
