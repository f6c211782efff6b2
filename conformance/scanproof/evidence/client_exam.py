"""What a client did, put together: its performed steps with what they name, and the instances that it sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from sys import intern

from scanproof.evidence.associations import succeeded
from scanproof.evidence.client_given import Ids
from scanproof.evidence.mpps import Kind, kinds, step_uid
from scanproof.evidence.scenario import Evidence
from scanproof.standard.mpps_table import FINAL_STATES
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.uids import MPPS
from scansim.wire.dataset import DataSet
from scansim.wire.dimse import Command

#: What says who the patient is.
PATIENT = ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex")
_STATUS = "PerformedProcedureStepStatus"
_NAMED = ("ReferencedImageSequence", "ReferencedNonImageCompositeSOPInstanceSequence")

#: Values by keyword, as text.
Values = Mapping[str, tuple[str, ...]]


def patient_of(dataset: DataSet) -> Values:
    """Who the patient is, as far as a data set has it."""
    return {name: tuple(map(intern, dataset.values(name))) for name in PATIENT if name in dataset}


def ids_of(level: DataSet, procedure: DataSet | None = None) -> Ids:
    """What a data set says of the item that it is of; `procedure` is where procedure and step have their IDs."""
    study, within = level.text("StudyInstanceUID"), procedure if procedure is not None else DataSet({})
    return Ids(
        intern(study) if is_uid(study) else "",
        intern(level.text("AccessionNumber")),
        intern(within.text("RequestedProcedureID")),
        intern(within.text("ScheduledProcedureStepID")),
    )


def _conflicts(command: Command, dataset: DataSet) -> Iterator[tuple[str, str, str]]:
    for name, named in (("SOPClassUID", command.sop_class_uid), ("SOPInstanceUID", command.sop_instance_uid)):
        own = uid_of(dataset, name)
        if own and named and own != named:
            yield name, own, named


def uid_of(dataset: DataSet, name: str) -> str:
    """A UID, also where its VR says that it is none."""
    element = dataset.element(name)
    return element.value.rstrip(b"\0 ").decode("latin-1") if element is not None and element.items is None else ""


@dataclass(frozen=True)
class Named:
    """One instance in the Performed Series Sequence of a step; ``by`` is the N-SET or N-CREATE."""

    series: str
    sop_class: str
    by: Exchange


@dataclass
class ClientStep:
    """One performed step of a client, by the first N-CREATE that was taken, or by its N-SETs alone.

    ``sets`` are those of its N-SETs that were answered with success and did not come behind its end.
    """

    uid: str
    create: Operation | None = None
    sets: list[Operation] = field(default_factory=list)

    @property
    def scheduled(self) -> tuple[DataSet, ...]:
        """Items of its Scheduled Step Attributes Sequence."""
        dataset = self.create.request.dataset if self.create is not None else None
        return dataset.items("ScheduledStepAttributesSequence") if dataset is not None else ()

    @cached_property
    def patient(self) -> Values:
        """Who the patient is."""
        dataset = self.create.request.dataset if self.create is not None else None
        return patient_of(dataset) if dataset is not None else {}

    @property
    def status(self) -> str:
        """The last Performed Procedure Step Status."""
        requests = [*self.sets[::-1], *([self.create] if self.create is not None else [])]
        datasets = (each.request.dataset for each in requests)
        return next((text for each in datasets if each is not None and (text := each.text(_STATUS))), "")

    @property
    def ended(self) -> bool:
        """Whether it was set to a final state."""
        return self.status in FINAL_STATES

    def series_lists(self) -> Iterator[tuple[Exchange, dict[str, dict[str, Named]]]]:
        """Each request that lists its series: by Series Instance UID the instances by SOP Instance UID."""
        for operation in [*([self.create] if self.create is not None else []), *self.sets]:
            dataset = operation.request.dataset
            if dataset is None or not dataset.items("PerformedSeriesSequence"):
                continue
            found: dict[str, dict[str, Named]] = {}
            for item in dataset.items("PerformedSeriesSequence"):
                series = item.text("SeriesInstanceUID")
                held = found.setdefault(series, {})
                for name in _NAMED:
                    for each in item.items(name):
                        uid, sop_class = each.text("ReferencedSOPInstanceUID"), each.text("ReferencedSOPClassUID")
                        held[uid] = Named(series, sop_class, operation.request)
            yield operation.request, found

    @cached_property
    def named(self) -> Mapping[str, Named]:
        """Instances that its last list names."""
        lists = [found for _, found in self.series_lists()]
        return {uid: each for series in lists[-1].values() for uid, each in series.items()} if lists else {}


@dataclass(frozen=True)
class Alike:
    """Instances of one series that say the same of patient, study and request; ``first`` is the first C-STORE."""

    patient: tuple[tuple[str, tuple[str, ...]], ...]
    series: str
    requests: tuple[Ids, ...]
    steps: tuple[str, ...]
    first: Exchange
    uids: list[str]

    @property
    def values(self) -> Values:
        """Who the patient is."""
        return dict(self.patient)


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance that was sent: series and SOP Class of its data set, and its C-STORE."""

    series: str
    sop_class: str
    store: Exchange


class ClientExam:
    """The performed steps and the instances of one client; `asked` is the record as the client saw it."""

    def __init__(self, asked: Evidence) -> None:
        self._asked = asked

    @cached_property
    def requests(self) -> tuple[tuple[Kind, Operation, str], ...]:
        """N-CREATEs and N-SETs in the order of time, with what each is and the status that it sets."""
        sent = (each for each in self._asked.operations if each.request.sent and each.request.abstract_syntax == MPPS)
        return tuple(kinds(sent))

    @cached_property
    def steps(self) -> Mapping[str, ClientStep]:
        """Performed steps by UID."""
        found: dict[str, ClientStep] = {}
        for kind, operation, _ in self.requests:
            done = succeeded(operation)
            uid = step_uid(operation) or (done.command.sop_instance_uid or "" if done is not None else "")
            if done is None or operation.request.dataset is None:
                continue
            step = found.setdefault(uid, ClientStep(uid))
            # one that is unsure comes behind a request that was not answered: its sender asked again
            if operation.request.name == "N-CREATE-RQ":
                step.create = operation if kind in (Kind.CREATE, Kind.UNSURE) else step.create
            elif kind in (Kind.PROGRESS, Kind.FINAL, Kind.UNKNOWN, Kind.UNSURE):
                step.sets.append(operation)
        return found

    @cached_property
    def instances(self) -> Mapping[str, Instance]:
        """What was sent, by the SOP Instance UID of the data set; the first of each."""
        self._read()
        return self._instances

    @cached_property
    def alike(self) -> tuple[Alike, ...]:
        """The same, those that are alike together."""
        self._read()
        return tuple(self._groups.values())

    @cached_property
    def conflicts(self) -> Mapping[str, tuple[tuple[str, str, str], ...]]:
        """C-STOREs, by the ids of their messages, that name another class or instance than their data set.

        Of each conflict the attribute, its value in the data set and that in the command set.
        """
        self._read()
        return self._conflicts

    @cached_property
    def modalities(self) -> Mapping[str, frozenset[str]]:
        """Modalities of the instances of each series, by its UID."""
        self._read()
        return self._modalities

    @cached_property
    def _modalities(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _instances(self) -> dict[str, Instance]:
        return {}

    @cached_property
    def _conflicts(self) -> dict[str, tuple[tuple[str, str, str], ...]]:
        return {}

    @cached_property
    def _groups(self) -> dict[tuple[object, ...], Alike]:
        return {}

    def _read(self) -> None:
        """Read each data set once: there may be thousands."""
        if self._instances:
            return
        for operation in self._asked.requests("C-STORE-RQ"):
            dataset = operation.request.dataset
            if dataset is None:
                continue
            if found := tuple(_conflicts(operation.request.command, dataset)):
                self._conflicts[operation.request.id] = found
            uid = uid_of(dataset, "SOPInstanceUID")
            if not uid or uid in self._instances:
                continue
            series, sop_class = intern(uid_of(dataset, "SeriesInstanceUID")), intern(uid_of(dataset, "SOPClassUID"))
            self._instances[uid] = Instance(series, sop_class, operation.request)
            modality = frozenset((intern(dataset.text("Modality")),))
            self._modalities[series] = self._modalities.get(series, modality) | modality
            patient = tuple(patient_of(dataset).items())
            asked = dataset.items("RequestAttributesSequence")
            requests = tuple(ids_of(dataset, each) for each in asked) or (ids_of(dataset),)
            referenced = dataset.items("ReferencedPerformedProcedureStepSequence")
            steps = tuple(intern(each.text("ReferencedSOPInstanceUID")) for each in referenced)
            key = (patient, series, requests, steps)
            group = self._groups.get(key)
            if group is None:
                group = self._groups[key] = Alike(patient, series, requests, steps, operation.request, [])
            group.uids.append(uid)

    def step_of(self, group: Alike) -> ClientStep | None:
        """The step that some instances are of: the one that they refer to, or the one that names them."""
        for uid in group.steps:
            if uid in self.steps:
                return self.steps[uid]
        if group.steps:  # one that was performed elsewhere, or before
            return None
        return next((step for step in self.steps.values() if any(uid in step.named for uid in group.uids)), None)
