"""The studies of a battery: made once in a run, stored before its cases, and looked up by them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from scansim.exam import edits
from scansim.exam.battery import STORED, BatteryStudy
from scansim.exam.order_book import NoOrder, word
from scansim.exam.scenario import Scenario
from scansim.exam.step import Step
from scansim.identity.chosen import Choice, merged
from scansim.identity.ids import Identity
from scansim.identity.orders import CODING_SCHEME, code
from scansim.identity.people import Person, person
from scansim.site import single_target
from scansim.vocabulary.status import is_success
from scansim.wire.charsets import CharacterSetError
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import encode

#: Rows and columns of an image: as few bytes as there may be, for nobody looks at it.
_SIZE = 8


@dataclass
class StudyBook:
    """Images of the studies of one battery, by the ids of these; ``stored`` has the status of each by its UID.

    ``$head.PatientID`` is a value of the first image of the study `head`, ``$head[3].PatientID`` of its third.
    """

    battery: Scenario
    day: date
    identity: Identity
    stored: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def _images(self) -> dict[str, tuple[Dataset, ...]]:
        return {spec.id: tuple(self._study(spec)) for spec in self.battery.studies}

    def images(self) -> Iterator[Dataset]:
        """Every image, study by study and series by series."""
        with self._lock:  # several exams at a time may be the first to ask
            images = self._images
        for study in images.values():
            yield from study

    def has(self, name: str) -> bool:
        """Whether a study has an id, with or without the number of an image in brackets."""
        return any(spec.id == name.partition("[")[0] for spec in self.battery.studies)

    def image(self, name: str) -> Dataset:
        """The image of a name; NoOrder when the target did not take it."""
        plain, _, number = name.partition("[")
        with self._lock:
            found = self._images[plain][int(number.removesuffix("]") or 1) - 1]
        if not is_success(self.stored.get(str(found.SOPInstanceUID))):
            why = "not stored" if self.stored else "never sent, for want of a storage service that takes it"
            raise NoOrder(f"the study {plain} was {why}, and nothing else stands for it")
        return found

    def lacking(self, steps: Iterable[Step]) -> str:
        """Why steps that look for studies mean nothing: the first of these that was not stored; empty when all were."""
        for name in (edits.order_of(each) for step in steps for each in edits.references(step.model_dump())):
            if name and self.has(name):
                try:
                    self.image(name)
                except NoOrder as error:
                    return f"{error}: see {self.battery.id}/{STORED}"
        return ""

    def lookup(self, reference: str) -> Any:
        """The value that a reference stands for; NoOrder when what it is about was not stored, or has no value."""
        name, _, path = reference[1:].partition(".")
        element = edits.element_at(self.image(name), path)
        if element is None or element.is_empty:
            raise NoOrder(f"the study {name} has no {path}")
        if element.VR == "SQ" or element.VM > 1:
            return [each if element.VR == "SQ" else str(each) for each in element.value]
        return element.value if isinstance(element.value, str | int | float) else str(element.value)

    def _study(self, spec: BatteryStudy) -> Iterator[Dataset]:
        begin = time(int(spec.time[:2]), int(spec.time[2:4]), int(spec.time[4:])) if spec.time else time(9)
        start = datetime.combine(self.day + timedelta(days=spec.day), begin)
        if spec.time is None:
            start += timedelta(minutes=int(self.identity.rng("study time", spec.id).integers(0, 480)))
        chosen = merged(spec)
        if chosen == Choice():  # whom the user prescribes, every study is of
            chosen = Choice.model_construct(patient=self.battery.patient)
        maker = chosen.maker()
        patient = maker(self.identity) if maker is not None else person(self.identity, "study", spec.id)
        for number, modality in enumerate(spec.series, 1):
            for instance in range(1, spec.instances + 1):
                image = self._image(spec.id, patient, start, modality, number, instance)
                if chosen.patient is None:
                    image.PatientID = f"{self._word('$run')}-{spec.id.upper()}"
                for path in spec.remove:
                    edits.take_away(image, path)
                for path in spec.empty:
                    edits.put(image, path, None)
                for path, value in spec.set.items():
                    edits.put(image, path, edits.resolve(value, self._word))
                yield image

    def _image(
        self, study: str, patient: Person, start: datetime, modality: str, series: int, instance: int
    ) -> Dataset:
        """One image as PS3.3 A.8.1 wants a Secondary Capture, with the attributes that queries are about."""
        of_run = ("study", study, self.identity.run)  # what it is found by is of this run alone
        ds = Dataset()
        if patient.charset:
            ds.SpecificCharacterSet = list(patient.charset)
        ds.SOPClassUID = SecondaryCaptureImageStorage
        ds.SOPInstanceUID = self.identity.uid("study", study, series, instance)
        ds.StudyDate, ds.StudyTime = start.strftime("%Y%m%d"), start.strftime("%H%M%S")
        ds.AccessionNumber = f"A{self.identity.number(10, *of_run, 'accession')}"
        ds.Modality = modality
        ds.ConversionType = "SYN"
        ds.Manufacturer = "scanproof"
        ds.ReferringPhysicianName = "Synthetic-Referrer^Rita"
        ds.StudyDescription = f"Study {study}"
        ds.ProcedureCodeSequence = [code(f"STUDY-{study.upper()}"[:16], CODING_SCHEME, f"Study {study}")]
        ds.SeriesDescription = f"Series {series}"
        ds.PatientName = patient.name
        ds.PatientID = patient.patient_id
        ds.IssuerOfPatientID = patient.issuer
        ds.PatientBirthDate = patient.dicom_birth_date
        ds.PatientSex = patient.sex
        ds.StudyInstanceUID = self.identity.uid("study", study)
        ds.SeriesInstanceUID = self.identity.uid("study", study, series)
        ds.StudyID = f"S{self.identity.number(8, *of_run, 'id')}"
        ds.SeriesNumber, ds.InstanceNumber = str(series), str(instance)
        ds.PatientOrientation = None
        ds.SamplesPerPixel = 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.Rows = ds.Columns = _SIZE
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
        ds.add_new("PixelData", "OB", bytes((16 * series + instance + place) % 256 for place in range(_SIZE * _SIZE)))
        return ds

    def _word(self, reference: str) -> str:
        return word(reference, single_target("ANY", "127.0.0.1", 104), self.day, self.identity)


def unwritable_studies(battery: Scenario) -> Iterator[tuple[int, str]]:
    """Yield the place of each study whose own text its character set cannot hold, and why; made for nobody."""
    day = date(2000, 1, 1)
    book = StudyBook(battery, day, Identity(0, day, battery.id))
    for place, spec in enumerate(battery.studies):
        if not str(spec.set).isascii():
            try:
                encode(next(book._study(spec)), EXPLICIT_LITTLE)
            except CharacterSetError as error:
                yield place, f"study {spec.id}: {error}"
