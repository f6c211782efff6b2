"""The cross-checks of one data set: what rests on values that stay the same in a series is remembered by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scanproof.iod.encoded.encoding import UNDEFINED
from scanproof.iod.encoded.pixels import NATIVE, Pixels
from scanproof.iod.engine.memo import Memo
from scanproof.iod.finding import Findings, IodFinding
from scanproof.iod.judgement.consistency import (
    STABLE,
    UIDS,
    Facts,
    description_of,
    meta_findings,
    number,
    reuse_findings,
    stable_findings,
    text_of,
)
from scanproof.iod.judgement.encapsulation import judge_encapsulation
from scanproof.iod.judgement.photometric import lossy_findings
from scanproof.iod.judgement.stream_findings import is_lossy, stream_findings
from scanproof.iod.judgement.streams import read_stream
from scanproof.iod.tables.knowledge import Iod
from scansim.wire.dataset import tag_of

#: Attributes whose values cross-checks and checks across instances need, by tag.
WANTED: Mapping[int, str] = {
    tag_of(name): name
    for name in (
        *UIDS,
        *STABLE,
        *("SpecificCharacterSet", "InstanceNumber", "ImagePositionPatient", "ImageType", "AcquisitionNumber"),
        *("TemporalPositionIdentifier", "EchoNumbers", "TriggerTime", "DiffusionBValue", "EchoTime"),
        *("PatientName", "PatientID", "IssuerOfPatientID", "PatientSex", "PatientBirthTime"),
        *("StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName", "StudyDescription"),
        *("Modality", "SeriesNumber", "SeriesTime", "SeriesDescription", "Laterality", "BodyPartExamined"),
        *("PatientPosition", "ProtocolName", "OperatorsName", "PositionReferenceIndicator"),
        *("Manufacturer", "InstitutionName", "StationName", "ManufacturerModelName", "DeviceSerialNumber"),
        *("SoftwareVersions", "PerformedProcedureStepID", "GantryDetectorTilt"),
    )
}


class Cross:
    """The cross-checks, with their memory.

    Parameters
    ----------
    iod_of : callable
        The IOD of a SOP Class UID, if the tables have one.
    """

    def __init__(self, iod_of: Callable[[str], Iod | None]) -> None:
        self._iod_of = iod_of
        self._stable: Memo[tuple[object, ...], Findings] = Memo(4_000)

    def check(
        self,
        facts: Facts,
        pixels: Pixels | None,
        meta: Facts,
        transfer_syntax: str,
        signs: Sequence[tuple[int, bytes]],
        little: bool,
    ) -> list[IodFinding]:
        """Make the cross-checks of one data set; the parameters are those of `stable_findings`."""
        self._stable.turn()
        get = facts.get
        found = list(meta_findings(facts, meta)) if meta else []
        uids = [uid for uid in map(get, UIDS) if uid]
        if len(set(uids)) != len(uids):
            found += reuse_findings(facts)
        packed = None if pixels is None else (pixels.tag, pixels.vr, pixels.length, pixels.cut)
        key = (little, packed, transfer_syntax, *signs, *map(get, STABLE))
        stable = self._stable.get(key)
        if stable is None:
            stable = tuple(stable_findings(facts, pixels, transfer_syntax, signs, little, self._iod_of))
            self._stable.put(key, stable)
        found += stable
        if pixels is not None and (pixels.length == UNDEFINED or transfer_syntax not in NATIVE):
            bits = (number(facts, "BitsAllocated", little) or 0) * (number(facts, "SamplesPerPixel", little) or 1)
            frames = number(facts, "NumberOfFrames", little) or 1
            found += judge_encapsulation(pixels, transfer_syntax, frames, bits // 8, little)
            stream = read_stream(pixels.head)
            photometric = text_of(facts, "PhotometricInterpretation")
            found += stream_findings(stream, transfer_syntax, photometric, description_of(facts, little))
            flag = text_of(facts, "LossyImageCompression") if "LossyImageCompression" in facts else None
            iod = self._iod_of(text_of(facts, "SOPClassUID"))
            found += lossy_findings(flag, transfer_syntax, is_lossy(stream), iod)
        return found
