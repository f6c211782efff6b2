"""Single-defect mutants: named functions from the bytes of a good Part 10 file to bytes with exactly one defect.

>>> mutate("type1-missing-modality", data)          # one file
>>> mutate_series("series-gap", [data, ...])        # the files of an exam; its longest series is changed

`MUTANTS`, `OBJECT_MUTANTS`, `SERIES_MUTANTS` and `LOOKALIKES` (what looks wrong and is right) hold the facts of each by
its name: of images of CT and MR, of other objects, of series, and of single images again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scansim.inputs import did_you_mean
from scansim.mutants import (
    conditions,
    contents,
    encoding,
    geometry,
    grammar,
    identity,
    lookalike_values,
    lookalikes,
    peer,
    pixels,
    presence,
    private,
    sequences,
    series,
    text,
    values,
)
from scansim.mutants.facts import CT, MR, Lookalike, Mutant, SeriesMutant
from scansim.mutants.surgery import File, SurgeryError, parse

__all__ = [
    "LOOKALIKES",
    "MUTANTS",
    "OBJECT_MUTANTS",
    "SERIES_MUTANTS",
    "Lookalike",
    "Mutant",
    "MutantError",
    "SeriesMutant",
    "mutate",
    "mutate_series",
    "names",
    "prepare",
    "sop_class_uid",
]

_GROUPS = (
    presence,
    conditions,
    values,
    grammar,
    encoding,
    identity,
    text,
    private,
    sequences,
    geometry,
    pixels,
)

_BLIND = {name: reason for reason, names_ in (*peer.BLIND, *peer.BLIND_SERIES) for name in names_}


def _known(mutant: Mutant) -> Mutant:
    return replace(mutant, blind=_BLIND.get(mutant.name, ""), seen_as=peer.SEEN_AS.get(mutant.name, ""))


#: The mutants of one file, by name.
MUTANTS: dict[str, Mutant] = {mutant.name: _known(mutant) for group in _GROUPS for mutant in group.MUTANTS}
#: The mutants of one object that is no image of CT or MR, by name.
OBJECT_MUTANTS: dict[str, Mutant] = {mutant.name: _known(mutant) for mutant in contents.MUTANTS}
#: What looks like a defect of one file and is none, by name.
LOOKALIKES: dict[str, Lookalike] = {
    lookalike.name: lookalike for lookalike in (*lookalikes.LOOKALIKES, *lookalike_values.LOOKALIKES)
}
#: The mutants of a series of files, by name.
SERIES_MUTANTS: dict[str, SeriesMutant] = {
    mutant.name: replace(mutant, blind=_BLIND.get(mutant.name, "")) for mutant in series.SERIES_MUTANTS
}

_CLASS_NAMES = {CT: "CT Image Storage", MR: "MR Image Storage", **contents.NAMES}


class MutantError(ValueError):
    """There is no mutant of that name, or it cannot be made of that file."""


def names(sop_class: str | None = None) -> tuple[str, ...]:
    """Names of the mutants of one file, in the order of their groups; those of a SOP Class UID if one is given."""
    every = MUTANTS | OBJECT_MUTANTS
    return tuple(name for name, mutant in every.items() if sop_class is None or sop_class in mutant.applies_to)


def sop_class_uid(file: File) -> str:
    """SOP Class UID of the data set."""
    return file.get("SOPClassUID").value.rstrip(b"\0 ").decode("latin-1")


def _unknown(name: str, known: Sequence[str]) -> MutantError:
    return MutantError(f"no mutant {name!r}{did_you_mean(name, known, cutoff=0.4)}")


def _opened(mutant: Mutant | SeriesMutant | Lookalike, data: bytes) -> File:
    try:
        file = parse(data)
        sop_class = sop_class_uid(file)
    except SurgeryError as error:
        raise MutantError(f"{mutant.name}: {error}") from None
    if sop_class not in mutant.applies_to:
        wanted = " or ".join(_CLASS_NAMES.get(uid, uid) for uid in mutant.applies_to)
        raise MutantError(f"{mutant.name} is made of {wanted}, not of {_CLASS_NAMES.get(sop_class, sop_class)}")
    return file


def _of_one_file(name: str) -> Mutant | Lookalike:
    found = MUTANTS.get(name) or OBJECT_MUTANTS.get(name) or LOOKALIKES.get(name)
    if found is None:
        raise _unknown(name, (*MUTANTS, *OBJECT_MUTANTS, *LOOKALIKES))
    return found


def prepare(name: str, data: bytes) -> bytes:
    """Return the good file that the mutant is made of: `data`, with what its defect needs put in.

    Raises
    ------
    MutantError
        As `mutate`.
    """
    mutant = _of_one_file(name)
    file = _opened(mutant, data)
    try:
        return mutant.base(file).encode()
    except SurgeryError as error:
        raise MutantError(f"{name}: {error}") from None


def mutate(name: str, data: bytes) -> bytes:
    """Make one defect, or one look-alike, in a good Part 10 file. The same arguments give the same bytes.

    Parameters
    ----------
    name : str
        A name out of `MUTANTS`, `OBJECT_MUTANTS` or `LOOKALIKES`.
    data : bytes
        A well-formed file, in Explicit or Implicit VR Little Endian, of a SOP Class that the mutant applies to.

    Returns
    -------
    bytes
        The file `prepare(name, data)` with one thing changed, which is what `touches` of the mutant names.

    Raises
    ------
    MutantError
        If there is no such name (the nearest one is given), the SOP Class is another, or the file lacks what is needed.
    """
    mutant = _of_one_file(name)
    file = _opened(mutant, data)
    try:
        return mutant.change(mutant.base(file)).encode()
    except SurgeryError as error:
        raise MutantError(f"{name}: {error}") from None


def mutate_series(name: str, files: Sequence[bytes]) -> list[bytes]:
    """Make one defect in the longest series of an exam.

    Parameters
    ----------
    name : str
        A name out of `SERIES_MUTANTS`.
    files : sequence of bytes
        Well-formed files, of one exam, with a series of at least three.

    Returns
    -------
    list of bytes
        The files of other series as they are, then those of the longest one by Instance Number.

    Raises
    ------
    MutantError
        As `mutate`; also if no series is long enough.
    """
    mutant = SERIES_MUTANTS.get(name)
    if mutant is None:
        raise _unknown(name, tuple(SERIES_MUTANTS))
    by_series: dict[bytes, list[tuple[bytes, File]]] = {}
    for data in files:
        file = _opened(mutant, data)
        by_series.setdefault(file.get("SeriesInstanceUID").value, []).append((data, file))
    longest = max(by_series.values(), key=len, default=[])
    if len(longest) < 3:
        raise MutantError(f"{name}: a series of at least three files is needed")
    others = [data for each in by_series.values() if each is not longest for data, _ in each]
    ordered = [file for _, file in sorted(longest, key=lambda pair: int(pair[1].get("InstanceNumber").value))]
    try:
        return others + [file.encode() for file in mutant.change(ordered)]
    except SurgeryError as error:
        raise MutantError(f"{name}: {error}") from None
