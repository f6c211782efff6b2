"""Planted defects of Storage on the wire: what is answered, what is kept, and what the correct target does instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from scansim.reference.defects import DEFECTS
from scansim.reference.storage_defects import KEPT_DEFECTS, READ_BACK_DEFECTS, STORAGE_DEFECTS
from scansim.vocabulary.uids import PRIVATE_SYNTAX, STUDY_ROOT_FIND
from scansim.wire import pdu as p
from tests.support.reference_client import CT, Scu, instance, target


def image(uid: str = "2.25.1001") -> Dataset:
    """An image with private elements, and pixels that are worth losing some."""
    ds = instance(uid)
    ds.add_new(0x00090010, "LO", "SCANSIM TEST")
    ds.add_new(0x00091001, "LO", "private")
    ds.PixelData = bytes(range(256)) * 64
    return ds


def statuses(port: int, count: int = 5, spoiled: int = -1) -> list[int | None]:
    with Scu(port, (CT,)) as scu:
        return [
            scu.store(
                image(f"2.25.{2000 + number}"), **({"AffectedSOPInstanceUID": "2.25.9"} if number == spoiled else {})
            ).command.status
            for number in range(count)
        ]


def found(port: int) -> int:
    """How many answers there are for an instance that was stored twice."""
    with Scu(port, (CT,)) as scu:
        for _ in range(2):
            scu.store(image())
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID, keys.SeriesInstanceUID = "IMAGE", "2.25.1", "2.25.2"
    keys.SOPInstanceUID = ""
    with Scu(port, (STUDY_ROOT_FIND,)) as scu:
        return len(scu.find(keys, STUDY_ROOT_FIND)[0])


def beside(port: int) -> bool:
    """Whether a second association is let in."""
    with Scu(port, (CT,)), Scu(port, (CT,)) as other:
        return isinstance(other.answer, p.AssociateAC)


def unknown(port: int) -> bool:
    """Whether a private transfer syntax is accepted."""
    with Scu(port, (CT,), syntaxes=(PRIVATE_SYNTAX,)) as scu:
        assert isinstance(scu.answer, p.AssociateAC)
        return scu.answer.contexts[0].result == 0


#: What each shows, where the correct target shows the other thing.
ANSWERS: dict[str, tuple[Callable[[int], object], object, object]] = {
    "storage-full-for-a-while": (statuses, [0, 0xA700, 0xA700, 0, 0], [0] * 5),
    "storage-jams-after-fault": (
        lambda port: statuses(port, spoiled=2),
        [0, 0, 0xA900, 0xC001, 0xC001],
        [0, 0, 0xA900, 0, 0],
    ),
    "storage-uid-conflict-accepted": (lambda port: statuses(port, spoiled=2), [0] * 5, [0, 0, 0xA900, 0, 0]),
    "storage-resend-duplicates": (found, 2, 1),
    "storage-one-association": (beside, False, True),
    "storage-any-syntax": (unknown, True, False),
}
#: Seen by a client that waits before the last fragment, in test_store.py.
ELSEWHERE = {"storage-early-success"}


def test_each_defect_is_looked_at() -> None:
    assert ANSWERS.keys() | ELSEWHERE == {defect.name for defect in STORAGE_DEFECTS}
    assert KEPT.keys() == {defect.name for defect in (*KEPT_DEFECTS, *READ_BACK_DEFECTS)}


@pytest.mark.long
@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_answered(tmp_path: Path, name: str) -> None:
    show, planted, right = ANSWERS[name]
    for defect, expected, folder in ((name, planted, tmp_path / "planted"), (None, right, tmp_path / "right")):
        folder.mkdir()
        with target(folder, defect=defect) as running:
            assert show(running.port) == expected


#: What is kept of the image in place of it.
KEPT: dict[str, Callable[[Dataset, Dataset], bool]] = {
    "storage-coerces-silently": lambda kept, sent: kept.PatientID == "SYN-SOMEBODY-ELSE",
    "storage-transcodes-lossy": lambda kept, sent: (
        len(kept.PixelData) == len(sent.PixelData) and max(set(kept.PixelData[::2])) == 252
    ),
    "storage-drops-private": lambda kept, sent: not any(element.tag.is_private for element in kept),
    "storage-loses-fragment": lambda kept, sent: len(kept.get("PixelData", b"")) < len(sent.PixelData),
}


@pytest.mark.parametrize("name", [None, *(name for name in KEPT if name in DEFECTS)])
def test_what_is_kept(tmp_path: Path, name: str | None) -> None:
    sent = image()
    with target(tmp_path, defect=name) as running, Scu(running.port, (CT,)) as scu:
        assert scu.store(sent).command.status == 0
    path = tmp_path / "instances" / f"{sent.SOPInstanceUID}.dcm"
    try:
        kept = dcmread(path)
    except EOFError:
        kept = dcmread(path, stop_before_pixels=True)
    assert {each for each, shows in KEPT.items() if shows(kept, sent)} == ({name} if name else set())
