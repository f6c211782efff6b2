"""Planted defects of giving back: each changes what it says in what is sent, and nothing where it is not planted."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO

import pytest
from pydicom.dataset import Dataset
from pynetdicom.presentation import PresentationContext, build_context

from scansim.reference.readback_defects import READBACK_DEFECTS
from scansim.reference.spoil_readback import _CHANGES, giving
from scansim.wire import dataset as wire
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE, DataSet
from scansim.wire.encoding import encode
from tests.support.building import CT_IMAGE

#: What of a data set is another one then.
TOUCHED = {
    "readback-loses-element": {"ProtocolName"},
    "readback-empties-element": {"SeriesDescription"},
    "readback-loses-item": {"RequestAttributesSequence"},
    "readback-loses-private": {"(0009,0010)", "(0009,1001)"},
    "readback-loses-creator": {"(0009,0010)"},
    "readback-coerces": {"PatientID"},
    "readback-changes-value": {"SeriesDescription"},
    "readback-cuts-value": {"PerformedProcedureStepDescription"},
    "readback-damages-text": {"PatientName"},
    "readback-relabels": {"SpecificCharacterSet"},
    "readback-swaps-numbers": {"AcquisitionMatrix"},
    "readback-pads-wrongly": {"SOPClassUID"},
    "readback-adds-wrong": {"PatientSexNeutered"},
    "readback-changes-pixels": {"PixelData"},
    "readback-swaps-pixels": {"PixelData"},
    "readback-cuts-pixels": {"PixelData"},
    "readback-lossy": {"PixelData", "LossyImageCompression"},
    "readback-other-class": {"SOPClassUID"},
    "readback-other-instance": {"SOPInstanceUID"},
}


@dataclass
class Planted:
    """A target with one defect, as far as it is asked for that."""

    defect: str = ""
    accepted_contexts: list[PresentationContext] = field(default_factory=list)

    def planted(self, name: str) -> bool:
        return name == self.defect


def an_image() -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    ds.SOPClassUID, ds.SOPInstanceUID = CT_IMAGE, "2.25.123456789012345678901"
    ds.SeriesDescription, ds.PatientName, ds.PatientID = "Head", "Yamada^Tarou=山田^太郎", "4711"
    ds.add_new(0x00090010, "LO", "ACME 1.0")
    ds.add_new(0x00091001, "LO", "private")
    ds.ProtocolName, ds.AcquisitionMatrix = "MR head", [0, 64, 64, 0]
    items = [Dataset(), Dataset()]
    for number, item in enumerate(items):
        item.ScheduledProcedureStepID = str(number)
    ds.RequestAttributesSequence, ds.PerformedProcedureStepDescription = items, "MR test exam"
    ds.add_new(0x7FE00010, "OW", bytes(range(256)) * 64)
    return ds


def given(defect: str, syntax: str, data: bytes | BinaryIO) -> bytes:
    """What is sent of a data set."""
    context = build_context(CT_IMAGE, syntax)
    context.context_id = 1
    target, sent = Planted(defect, [context]), list[Any]()
    sender = giving(target, target, lambda _id, _command, what: sent.append(what))  # type: ignore[arg-type]
    sender(1, {}, data)
    (what,) = sent
    return what if isinstance(what, bytes) else what.read()


def raw(dataset: DataSet) -> dict[str, object]:
    return {
        wire.keyword(tag): element.value if element.items is None else len(element.items)
        for tag, element in dataset.elements.items()
    }


def test_each_has_its_row() -> None:
    assert set(TOUCHED) == {defect.name for defect in READBACK_DEFECTS} == set(_CHANGES)


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE, IMPLICIT_LITTLE])
@pytest.mark.parametrize("defect", TOUCHED)
def test_it_changes_what_it_says_and_nothing_else(defect: str, syntax: str) -> None:
    before = encode(an_image(), syntax)
    after = given(defect, syntax, BytesIO(before))
    ours, theirs = wire.read(before, syntax), wire.read(after, syntax)
    assert theirs.problems == ()
    one, other = raw(ours), raw(theirs)
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == TOUCHED[defect]


def test_the_correct_target_sends_what_it_has() -> None:
    stream = BytesIO(b"anything")
    assert given("", EXPLICIT_LITTLE, stream) == b"anything"


def test_what_is_no_data_set_goes_as_it_is() -> None:
    assert given("readback-coerces", EXPLICIT_LITTLE, b"anything") == b"anything"
