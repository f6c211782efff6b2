"""Checks of what the archive says of what it was sent: changed without a word, damaged, another (PS3.4 B.4.1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.datadict import dictionary_VR, tag_for_keyword

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.queries import Query
from scanproof.evidence.storage import Entity, place_asked
from scanproof.finding import Level
from scanproof.iod import IodLevel, judge_element
from scanproof.standard.text_damage import damage
from scansim.network.transcript import Exchange
from scansim.vocabulary import values as value_form
from scansim.vocabulary.status import shown
from scansim.wire.dataset import DataSet

#: What an SCP that changes it has to announce (PS3.4 B.4.1.3).
_ANNOUNCED = (
    *("PatientID", "IssuerOfPatientID", "OtherPatientIDs", "OtherPatientIDsSequence"),
    *("StudyInstanceUID", "SeriesInstanceUID"),
)
#: Others by which the study is found and its report is filed.
_OTHERS = ("PatientName", "AccessionNumber", "StudyID")

_UID_OF = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}


@dataclass(frozen=True)
class _Compared:
    """One attribute of an answer beside the images that the answer is about."""

    name: str
    wanted: tuple[str, ...]
    got: tuple[str, ...]
    find: Query
    response: Exchange
    stored: Entity

    @property
    def differs(self) -> bool:
        return self.got != self.wanted

    @property
    def damage(self) -> str:
        """What befell the value, if it is not simply another one."""
        return damage("\\".join(self.wanted), "\\".join(self.got)) if self.differs else ""

    @property
    def announced(self) -> int:
        """The warning that one of the images was answered with; 0 when all were stored with Success."""
        return self.stored.announced

    @property
    def elsewhere(self) -> bool:
        """Whether the images went to another AE than the one that was asked, which may have got others."""
        return self.stored.places != {place_asked(self.find.operation)}

    @property
    def earlier(self) -> bool:
        """Whether the archive had the study before, as it counts more instances than ours: of an order since edited."""
        counted = self.response.dataset.text("NumberOfStudyRelatedInstances") if self.response.dataset else ""
        return (
            self.find.level == "STUDY"
            and counted.isdecimal()
            and len(counted) < 20
            and int(counted) > self.stored.instances
        )

    @property
    def excused(self) -> bool:
        """Whether another value is no fault: announced, of another AE, or of an earlier exam."""
        return bool(self.announced) or self.elsewhere or self.earlier

    @property
    def expected(self) -> str:
        return repr("\\".join(self.wanted))

    @property
    def actual(self) -> str:
        return repr("\\".join(self.got))


def _compared(evidence: Evidence) -> Iterator[_Compared]:
    """Each value that an answer was asked for and that its images have, in a form in which equal ones are equal.

    Left out are UIDs that the query itself named, what stands in the images against its VR, which is no fault of the
    archive, and what the answer has in no legal character set, which other checks tell.
    """
    for find in evidence.archive_queries:
        for response, answer in find.answers if find.level in _UID_OF else ():
            stored = evidence.entities.get((find.level, answer.text(_UID_OF[find.level])))
            if stored is None:
                continue
            for name in (*_ANNOUNCED, *_OTHERS):
                if name in find.keys and name in answer and not (name.endswith("UID") and find.keys.values(name)):
                    yield from _beside(name, find, response, answer, stored)


def _beside(name: str, find: Query, response: Exchange, answer: DataSet, stored: Entity) -> Iterator[_Compared]:
    got, held = _values(answer, name), stored.values((*_ANNOUNCED, *_OTHERS), _values)[name]
    first = next(iter(held))
    if not first or "charset" in _faults(answer, name) or _faults(stored.images[0].dataset, name):
        return
    yield _Compared(name, got if got in held else first, got, find, response, stored)


def _values(dataset: DataSet, name: str) -> tuple[str, ...]:
    if name.endswith("Sequence"):
        return tuple(sorted(item.text("PatientID") for item in dataset.items(name)))
    tag = tag_for_keyword(name)
    vr = dictionary_VR(tag) if tag is not None else "UN"
    return tuple(value_form.normal(vr, value) for value in dataset.values(name))


def _faults(dataset: DataSet, name: str) -> set[str]:
    """Kinds of rules that an attribute breaks, by the first word of their ids."""
    element = dataset.element(name)
    if element is None:
        return set()
    found = judge_element(dataset, element)
    return {finding.rule.partition("-")[0] for finding in found if finding.level is IodLevel.ERROR}


@check(
    "storage.coercion-announced",
    title="An identity that the archive changes was announced with a warning",
    clause="PS3.4 B.4.1.3 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="the value that was stored with 0000H, or a warning such as B000H when it was stored",
    hint="Answer C-STORE with B000H when the archive changes an identity: the scanner and the RIS keep the old one.",
)
def coercion_announced(evidence: Evidence) -> Iterator[Observation]:
    """An SCP that coerces Patient ID, its issuer, other patient IDs, Study or Series Instance UID shall answer the
    C-STORE with a warning.

    Under another patient ID the study is not found with the patient's others, and nobody was told that it was moved.

    These attributes of each answer are compared with the stored images that it is about, as far as the query asked for
    them; UIDs that it named itself are judged as keys. Nothing is said where the images went to another AE than the one
    that was asked, nor where the archive counts more instances in the study than we stored, as it had it before; nor of
    an answer without a value, which is judged as damage.
    """
    for seen in _compared(evidence):
        if seen.name not in _ANNOUNCED or seen.elsewhere:
            continue
        if not seen.differs:
            yield ok("as it was stored", seen.response)
        elif seen.announced:
            yield ok(f"changed, after {shown(seen.announced)}", seen.response)
        elif seen.got and not seen.earlier:
            yield fail(
                f"{seen.actual}, and C-STORE was answered 0000H", seen.response, expected=seen.expected, tag=seen.name
            )


@check(
    "identity.text-kept",
    title="Text comes back from the archive undamaged",
    clause="",
    level=Level.EXPECTED,
    service="query",
    expected="the text of the images, in whatever character set the archive answers in",
    hint="See in which character set the archive keeps and returns text: what that cannot write is lost.",
)
def text_kept(evidence: Evidence) -> Iterator[Observation]:
    """What an archive returns as text is the text that it was sent. It may answer in another character set, but letters
    that are missing, replaced, cut off or read in the wrong set make another name.

    A name of which four letters are left is found by nobody, and fits many patients.

    Patient's name and IDs, accession and study ID of each answer are compared with the stored images that it is about,
    each decoded by its own character set. A value that is whole but another one is judged as a changed identity; case
    and accents count as such. Nothing fails when the images were stored with a warning.
    """
    for seen in _compared(evidence):
        told = seen.name in _ANNOUNCED and bool(seen.got) and not seen.excused
        if not seen.differs:
            yield ok("as it was stored", seen.response)
        elif seen.damage and not told:
            say = warn if seen.excused else fail
            what = "returned without a value" if not seen.got else f"{seen.actual}: {seen.damage}"
            yield say(what, seen.response, expected=seen.expected, tag=seen.name)


@check(
    "identity.study",
    title="The archive knows the study under the identity of its images",
    clause="PS3.4 B.4.1.3 note 4 (c. 2020), C.4.1.1.3.2, C.6.2.1 (2018-2024)",
    level=Level.SHOULD,
    service="query",
    expected="patient, accession and study ID as in the images",
    hint="An archive that corrects identities says so with B000H, or the scanner and the RIS keep the old ones.",
)
def study(evidence: Evidence) -> Iterator[Observation]:
    """An answer carries the keys with the values that the stored images have. An archive may correct them.

    Under another name or accession the study is not found with the patient's others, and the report goes elsewhere.

    Patient ID and name, Accession Number and Study ID of each answer are compared with the stored images that it is
    about. Another value is a warning. That an identity was changed without a word, and that text was damaged, is for
    checks of their own.
    """
    for seen in _compared(evidence):
        silent = seen.name in _ANNOUNCED and not seen.excused
        if not seen.differs:
            yield ok("as in the images", seen.response)
        elif not seen.damage and not silent:
            after = f", after {shown(seen.announced)}" if seen.announced else ""
            place = ", where the images went to another AE" if seen.elsewhere else ""
            before = ", in a study that it had before: was the order edited meanwhile?" if seen.earlier else ""
            yield warn(f"{seen.actual}{after}{place}{before}", seen.response, expected=seen.expected, tag=seen.name)
