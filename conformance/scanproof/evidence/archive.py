"""What is known to be in the archive: what this run stored there with Success, level by level.

The images of the exam itself, and the studies that its battery stored before its cases. What else an archive has,
nobody here knows. Images that were answered with a warning may have been changed and are not reckoned with; nor are
those that the battery's own first look did not find, which is told where that was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress
from operator import not_

from scanproof.beside import Beside
from scanproof.evidence.known import held_of
from scanproof.evidence.ledger import Held
from scanproof.evidence.oracle import Item, known
from scanproof.evidence.queries import Query, queries, settled
from scanproof.evidence.storage import Stored, stored_instances
from scanproof.standard import query_table as table
from scansim.network.transcript import Transcript
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND

#: So many images of an exam of its own are looked into: of more, only what is found by unique keys matters.
_MOST = 200


@dataclass(frozen=True)
class Image:
    """One stored image as text, with its C-STORE; ``own`` when the scenario itself stored it."""

    stored: Stored
    own: bool

    @cached_property
    def held(self) -> Held:
        """What was sent, without what is longer than any answer holds."""
        return held_of(self.stored.dataset)

    def first(self, name: str) -> str:
        """First value of an attribute; empty when it has none."""
        return self.held.first(name)


@dataclass(frozen=True)
class KnownEntity:
    """A patient, study, series or instance that is in the archive, with its images.

    ``key`` is the value of the unique key of its level.
    """

    level: str
    key: str
    images: tuple[Image, ...]

    @property
    def own(self) -> bool:
        """Whether nothing but the scenario itself stored of it."""
        return all(image.own for image in self.images)

    @property
    def shared(self) -> bool:
        """Whether an archive may have more of it than this run stored: an exam's study and patient are of an order."""
        return any(image.own for image in self.images)

    @property
    def name(self) -> str:
        """What it is called in a report."""
        patient = self.images[0].first("PatientID") or "without Patient ID"
        return self.key if self.level == "PATIENT" else f"{self.key} of patient {patient}"

    @cached_property
    def item(self) -> Item:
        """For the oracle: what all of its images agree on, and what is counted of them."""
        return known(self.held, whole=False)

    @cached_property
    def held(self) -> Held:
        """Values that all images agree on, empty where none has one; and what is counted or gathered."""
        first, *others = (image.held for image in self.images)
        names = {*first.values, *(name for other in others for name in other.values), *_ASKED}
        sequences = {name for image in (first, *others) for name in image.items}
        values = {
            name: first.values.get(name, ())
            for name in names - sequences
            if all(other.values.get(name, ()) == first.values.get(name, ()) for other in others)
        }
        items = {
            name: found for name, found in first.items.items() if all(each.items.get(name) == found for each in others)
        }
        counts = {name: (str(number),) for name, number in self.counts.items()}
        return Held({**values, **counts, **self.gathered}, items)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many studies, series and images it has, by the attribute that says so."""
        of = {
            "Studies": {image.stored.study for image in self.images},
            "Series": {image.stored.series for image in self.images},
            "Instances": {image.stored.sop_instance_uid for image in self.images},
        }
        return {name: len(of[name.rpartition("Related")[2]]) for name in table.COUNTED[self.level]}

    @cached_property
    def gathered(self) -> Mapping[str, tuple[str, ...]]:
        """What a study has of its series and images."""
        if self.level != "STUDY":
            return {}
        modalities = sorted({image.first("Modality") for image in self.images} - {""})
        classes = sorted({image.stored.sop_class_uid for image in self.images})
        return {"ModalitiesInStudy": tuple(modalities), "SOPClassesInStudy": tuple(classes)}


#: Keys of which it matters that an image has none of them.
_ASKED = tuple(
    dict.fromkeys(
        name
        for patient_root in (True, False)
        for level in table.UNIQUE_KEYS
        for name in table.required_keys(level, patient_root=patient_root)
    )
)


class KnownArchive:
    """Entities of the archive that one scenario knows of.

    Parameters
    ----------
    transcript : Transcript
        The scenario's; what its battery stored stands beside it.
    stored : sequence of Stored
        What the scenario itself stored.
    elsewhere : bool
        Whether queries are asked of another AE than the one that took the images.
    """

    def __init__(self, transcript: Transcript, stored: Sequence[Stored], *, elsewhere: bool) -> None:
        self._transcript = transcript
        self._stored = stored
        self._elsewhere = elsewhere

    @cached_property
    def beside(self) -> tuple[Image, ...]:
        """What the battery stored before its cases, and found then."""
        return _battery(self._battery)[0] if self._battery is not None else ()

    @cached_property
    def _battery(self) -> Beside | None:
        """What stands beside this case, if its battery stored anything before it, for the AE that is asked."""
        beside = None if self._elsewhere else Beside.of(self._transcript)
        before = beside.stored() if beside is not None else None
        return None if before is None or before.folder == self._transcript.folder else beside

    def entities(self, query: Query) -> tuple[KnownEntity, ...]:
        """Entities of the level of a query that were there before it was asked."""
        with_own = self._stored_before(query.operation.request.message.ended)
        return (self._all if with_own else self._of_battery).get(query.level, ())

    def lost(self, query: Query) -> tuple[KnownEntity, ...]:
        """Entities of the level of a query that the battery stored, and that its own first look did not find."""
        lost = _battery(self._battery)[1] if self._battery is not None else ()
        return _entities(lost).get(query.level, ()) if lost else ()

    @cached_property
    def _of_battery(self) -> Mapping[str, tuple[KnownEntity, ...]]:
        return _entities(self.beside)

    @cached_property
    def _all(self) -> Mapping[str, tuple[KnownEntity, ...]]:
        """The same with what the scenario itself stored, each instance once, as it was stored first."""
        once = {each.sop_instance_uid: each for each in reversed(self._stored)}
        return _entities((*self.beside, *(Image(each, True) for each in reversed(once.values()) if each.clean)))

    def _stored_before(self, when: int) -> bool:
        """Whether the scenario stored all that it did before; else more of the same study may come meanwhile."""
        if self._elsewhere or not 0 < len(self._stored) <= _MOST:
            return False
        return all(
            each.operation.final is not None and each.operation.final.message.ended <= when for each in self._stored
        )


def _entities(images: Iterable[Image]) -> dict[str, tuple[KnownEntity, ...]]:
    """Images by level and unique key; what has no value of a unique key is no entity."""
    found: dict[tuple[str, str], list[Image]] = {}
    for image in images:
        keys = (image.first("PatientID"), image.stored.study, image.stored.series, image.stored.instance)
        for level, key in zip(table.UNIQUE_KEYS, keys, strict=True):
            if key:
                found.setdefault((level, key), []).append(image)
    levels: dict[str, list[KnownEntity]] = {}
    for (level, key), its in found.items():
        levels.setdefault(level, []).append(KnownEntity(level, key, tuple(its)))
    return {level: tuple(entities) for level, entities in levels.items()}


@lru_cache(maxsize=4)
def _battery(beside: Beside) -> tuple[tuple[Image, ...], tuple[Image, ...]]:
    """What a battery stored: what its own queries, of each series, found, and what they did not."""
    transcript = beside.stored()
    if transcript is None:
        return (), ()
    ours = [each for each in transcript.operations if each.request.sent]
    stored = stored_instances(each for each in ours if each.request.name == "C-STORE-RQ")
    finds = (
        each
        for each in ours
        if each.request.name == "C-FIND-RQ" and each.request.abstract_syntax in (STUDY_ROOT_FIND, PATIENT_ROOT_FIND)
    )
    images = [Image(each, False) for each in stored if each.clean]
    names = frozenset(_not_found(settled(queries(finds)), images))
    lost = [image.stored.sop_instance_uid in names for image in images]
    return tuple(compress(images, map(not_, lost))), tuple(compress(images, lost))


def _not_found(asked: Iterable[Query], images: Sequence[Image]) -> Iterator[str]:
    for query in asked:
        series = query.keys.text("SeriesInstanceUID")
        if query.level != "IMAGE" or not query.succeeded:
            continue
        found = {answer.text("SOPInstanceUID") for _, answer in query.answers}
        yield from (
            image.stored.sop_instance_uid
            for image in images
            if image.stored.series == series and image.stored.instance not in found
        )
