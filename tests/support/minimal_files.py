"""Minimal instances as files, for validators."""

from __future__ import annotations

from datetime import date

from pydicom.dataset import Dataset

from scansim.identity.ids import Identity
from scansim.images import minimal
from scansim.images.coding import encoded
from scansim.images.instance import Whole
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire import part10

_IDENTITY = Identity(1, date(2020, 1, 2), "minimal")


def exam():
    """Patient and study of an exam."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientID = "Synthetic-Test^Minimal", "SYN-1"
    ds.PatientBirthDate, ds.PatientSex = "19700101", "O"
    ds.StudyInstanceUID, ds.StudyID = _IDENTITY.uid("study"), "1"
    ds.StudyDate, ds.StudyTime = "20200102", "101010"
    ds.AccessionNumber, ds.ReferringPhysicianName = "", ""
    return ds


def made(sop_class: str, content=None) -> Whole:
    """The instance of a class, or of a content."""
    content = minimal.content(sop_class) if content is None else content
    return minimal.instance(content, exam(), lambda name: _IDENTITY.uid(sop_class, name))


def file_of(instance: Whole, syntax: str = "explicit") -> bytes:
    """An instance as the bytes of a file."""
    uid = SYNTAXES[syntax].uid
    meta = part10.preamble(instance.sop_class_uid, instance.sop_instance_uid, uid)
    return b"".join((meta, *encoded(instance, SYNTAXES[syntax])))
