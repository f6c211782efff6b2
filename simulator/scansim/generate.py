"""Generate an exam as files, without a target: to look at, or to feed to another tool."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet

from scansim import __version__, mutants
from scansim.ahead import ahead
from scansim.exam_folder import MANIFEST, manifest_of, unfinished
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.people import SPECIAL, Person, faker_version, patient_for
from scansim.images import (
    MAKERS,
    Instance,
    Protocol,
    begin,
    builtin_protocols,
    default_protocol,
    find_protocol,
    instances,
    resized,
)
from scansim.images.coding import encoded, syntax_for
from scansim.images.protocol import json_schema
from scansim.inputs import InputError, did_you_mean
from scansim.vocabulary.syntaxes import SYNTAXES, Syntax
from scansim.wire import charsets, part10


@dataclass(frozen=True)
class Order:
    """What to generate.

    Parameters
    ----------
    protocol : Protocol
        What is acquired; `scansim.images.resized` gives it another number of images.
    seed : int
        The seed of everything.
    day : datetime.date
        The day of the exam.
    syntax : Syntax
        Transfer syntax of the images.
    character_set : str
        Name of one of `scansim.wire.charsets.CHARACTER_SETS`; empty for the patient's own.
    locale : str
        Whose names; empty for one that the character set suits.
    special : str
        One of `scansim.identity.people.SPECIAL`; empty for an ordinary patient.
    mutant : str
        Name of a defect that is made in one file or one series, or of a look-alike; empty for none.
    dicomdir : bool
        Whether the files form a File-set with a DICOMDIR (PS3.10 8, PS3.3 Annex F).
    """

    protocol: Protocol
    seed: int
    day: date
    syntax: Syntax = SYNTAXES["explicit"]
    character_set: str = ""
    locale: str = ""
    special: str = ""
    mutant: str = ""
    dicomdir: bool = False


@dataclass(frozen=True)
class Written:
    """One file of an exam, as the manifest lists it."""

    file: str
    sha256: str
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    mutant: str = ""


def generate(order: Order, out: Path, progress: Callable[[int], None] | None = None) -> list[Written]:
    """Write an unscheduled exam as DICOM files, in the order of acquisition, with a manifest beside their folder.

    The same order gives the same bytes, with the same release of Faker. `out` is created if need be, and we put nothing
    but DICOM files into it; files of the same names are replaced. They are ``IMG0001.dcm`` and so on; those of a
    File-set are named by its records. Files and manifest (`manifest_of`) appear when all of them are there: whatever
    ends this before leaves the file system as it was.

    Parameters
    ----------
    order : Order
        What to make.
    out : pathlib.Path
        Folder for the files.
    progress : callable, optional
        Called with the number of files written, after each.

    Raises
    ------
    InputError
        When there is no such patient, character set or defect, or they, the objects and the transfer syntax do not go
        together; or when `out` has no name that the manifest could take.
    OSError
        If the folder cannot be made or written to.
    """
    manifest = manifest_of(out)
    identity = _identity(order)
    patient = _patient(order, identity)
    if order.mutant and order.mutant not in (known := known_mutants()):
        hint = did_you_mean(order.mutant, known, most=3, cutoff=0.4)
        raise InputError(f"no defect {order.mutant!r} among the {len(known)} of docs/mutants.md{hint}")
    written = []
    with unfinished(out, manifest) as folder:
        with ahead(partial(_write, order, folder), enumerate(exam_instances(order), 1)) as files:
            for file in files:
                written.append(file)
                if progress is not None:
                    progress(len(written))
        if order.dicomdir:
            written = _file_set(written, folder, order)
        if order.mutant:
            written = _spoil(order.mutant, written, folder)
        _write_manifest(order, patient, written, folder)
    return written


def choose(made: str, protocol: str | None, count: int | None) -> Protocol:
    """Return the protocol for an object: the named one or the object's usual one, with `count` images if that is given.

    Raises
    ------
    InputError
        For an object or a protocol that is not known, or a protocol of another object.
    """
    if made not in MAKERS:
        raise InputError(f"{made!r} is not one of {', '.join(MAKERS)}")
    chosen = find_protocol(protocol, MAKERS) if protocol is not None else default_protocol(made, MAKERS)
    if chosen.object != made:
        raise InputError(f"protocol {chosen.id} makes {chosen.object}, not {made}")
    return chosen if count is None else resized(chosen, count)


def syntax(name: str) -> Syntax:
    """Return a transfer syntax by its name.

    Raises
    ------
    InputError
        For an unknown one, with the names that there are.
    """
    if name not in SYNTAXES:
        raise InputError(f"no transfer syntax {name!r}; there are: {', '.join(SYNTAXES)}")
    return SYNTAXES[name]


def protocol_schema() -> dict[str, Any]:
    """Return the JSON Schema of a protocol file."""
    return json_schema(MAKERS)


def protocol_rows() -> list[dict[str, Any]]:
    """Return the built-in protocols as rows of a catalogue."""
    protocols = [find_protocol(name, MAKERS) for name in builtin_protocols()]
    return [
        {
            "id": protocol.id,
            "title": protocol.title,
            "object": protocol.object,
            "modality": MAKERS[protocol.object].modality,
            "phantom": protocol.phantom,
            "codes": list(protocol.codes),
            "default": protocol.default,
            "series": len(protocol.series),
            "extras": list(protocol.extras),
        }
        for protocol in protocols
    ]


def known_mutants() -> list[str]:
    """Names of all defects and look-alikes."""
    return [*mutants.MUTANTS, *mutants.SERIES_MUTANTS, *mutants.LOOKALIKES]


def exam_instances(order: Order) -> Iterator[Instance]:
    """Make the instances of the exam, one at a time, and write nothing.

    Raises
    ------
    InputError
        When there is no such patient or character set, or they do not go together.
    """
    identity = _identity(order)
    ledger = _unscheduled(order, _patient(order, identity), identity)
    acquisition = begin(ledger, identity, order.protocol, variant=order.syntax.name if order.syntax.lossy else "")
    if "SpecificCharacterSet" not in ledger.item:
        del acquisition.shared.SpecificCharacterSet
    return instances(acquisition)


def _identity(order: Order) -> Identity:
    """Whose exam it is: another patient has other UIDs."""
    person = [part for part in (order.special, order.character_set, order.locale) if part]
    return Identity(order.seed, order.day, " ".join([f"generate {order.protocol.id}", *person]))


def _write(order: Order, out: Path, numbered: tuple[int, Instance]) -> Written:
    """Paint one instance and write its file; runs on several threads."""
    number, instance = numbered
    syntax = syntax_for(instance, order.syntax)
    try:
        chunks = encoded(instance, syntax)
    except ValueError as error:
        raise InputError(f"{order.protocol.object} in transfer syntax {syntax.name}: {error}") from None
    meta = part10.preamble(instance.sop_class_uid, instance.sop_instance_uid, syntax.uid)
    name = f"IMG{number:04}.dcm"
    part10.write(out / name, meta, *chunks)
    digest = hashlib.sha256(meta)
    for chunk in chunks:
        digest.update(chunk)
    return Written(
        name,
        digest.hexdigest(),
        instance.sop_class_uid,
        instance.sop_instance_uid,
        instance.series_instance_uid,
        syntax.uid,
    )


def _patient(order: Order, identity: Identity) -> Person:
    if order.special:
        if order.special not in SPECIAL:
            raise InputError(f"no special patient {order.special!r}; there are: {', '.join(SPECIAL)}")
        patient = SPECIAL[order.special](identity)
        if not order.character_set:
            return patient
        try:
            charsets.encode(patient.name, "PN", charsets.CHARACTER_SETS[order.character_set].terms)
        except KeyError:
            raise _unknown_character_set(order.character_set) from None
        except charsets.CharacterSetError as error:
            raise InputError(f"patient {order.special} in {order.character_set}: {error}") from None
        return replace(patient, charset=charsets.CHARACTER_SETS[order.character_set].terms)
    name = order.character_set or "ISO_IR 100"
    locale = order.locale or ("" if order.character_set else "en_US")
    if name not in charsets.CHARACTER_SETS:
        raise _unknown_character_set(name)
    try:
        return patient_for(charsets.CHARACTER_SETS[name].terms, identity, "patient", locale=locale or None)
    except ValueError as error:
        raise InputError(str(error)) from None


def _unknown_character_set(name: str) -> InputError:
    return InputError(f"no character set {name!r}; there are: {', '.join(charsets.CHARACTER_SETS)}")


def _unscheduled(order: Order, patient: Person, identity: Identity) -> Ledger:
    modality = MAKERS[order.protocol.object].modality
    item = Dataset()
    if patient.charset:
        item.SpecificCharacterSet = list(patient.charset)
    item.AccessionNumber = ""
    item.PatientName = patient.name
    item.PatientID = patient.patient_id
    item.IssuerOfPatientID = patient.issuer
    item.PatientBirthDate = patient.dicom_birth_date
    item.PatientSex = patient.sex
    item.PatientSize = str(patient.size_m)
    item.PatientWeight = str(patient.weight_kg)
    item.StudyInstanceUID = identity.uid("study")
    item.RequestedProcedureID = identity.number(6, "study id")  # which the images have as Study ID
    opening = datetime.combine(identity.day, time(8))
    return Ledger(
        modality=modality,
        station_ae=f"SCANSIM_{modality}",
        begin=opening + timedelta(seconds=int(identity.rng("begin").integers(8 * 3600))),
        item=item,
        scheduled=False,
        study_instance_uid=item.StudyInstanceUID,
        pps_id=f"PPS{identity.number(8, 'performed step')}",
    )


def _file_set(written: list[Written], out: Path, order: Order) -> list[Written]:
    """Move the files into a File-set: pydicom makes its records, the files stay as they are byte by byte."""
    files = FileSet()
    files.UID = _identity(order).uid("file-set")  # type: ignore[assignment]
    files.ID = "SCANPROOF"
    with tempfile.TemporaryDirectory(prefix=".file-set-", dir=out) as place:
        root = Path(place)
        staged = {}
        for file in written:
            header = dcmread(out / file.file, stop_before_pixels=True)
            if "ContentSequence" in header:  # a record has those alone (PS3.3 F.5); pydicom would take them all
                modifiers = [item for item in header.ContentSequence if item.RelationshipType == "HAS CONCEPT MOD"]
                header.ContentSequence = modifiers
            staged[file.sop_instance_uid] = files.add(header)
            shutil.move(out / file.file, staged[file.sop_instance_uid].path)
        moved = [replace(file, file=Path(staged[file.sop_instance_uid].FileID).as_posix()) for file in written]
        files.write(root)
        for made in sorted(root.iterdir()):
            target = out / made.name
            if target.is_dir():
                shutil.rmtree(target)
            made.replace(target)
    return moved


def _spoil(name: str, written: list[Written], out: Path) -> list[Written]:
    """Make the defect: in the middle one of the files that it can be made of, or in the longest series."""
    if name in mutants.SERIES_MUTANTS:
        return _spoil_series(name, written, out)
    reasons: dict[str, None] = {}
    # from the middle outwards: the first image of an exam is a localizer
    for file in sorted(written, key=lambda file: abs(written.index(file) - len(written) // 2)):
        try:
            data = mutants.mutate(name, (out / file.file).read_bytes())
        except mutants.MutantError as error:
            reasons[str(error)] = None
            continue
        return [_rewritten(other, data, out, name) if other is file else other for other in written]
    raise InputError(f"the defect cannot be made here: {'; '.join(reasons)}")


def _spoil_series(name: str, written: list[Written], out: Path) -> list[Written]:
    good = [(out / file.file).read_bytes() for file in written]
    try:
        spoiled = mutants.mutate_series(name, good)
    except mutants.MutantError as error:
        raise InputError(f"the defect cannot be made here: {error}") from None
    # Files come back in another order; what is unchanged stays under its name, the others take the names that are left.
    unchanged = set(good) & set(spoiled)
    changed = iter([data for data in spoiled if data not in unchanged])
    result = []
    for file, data in zip(written, good, strict=True):
        if data in unchanged:
            result.append(file)
        elif (new := next(changed, None)) is not None:
            result.append(_rewritten(file, new, out, name))
        else:
            (out / file.file).unlink()
    for number, data in enumerate(changed, 1):
        result.append(_rewritten(replace(result[-1], file=f"EXTRA{number:03}"), data, out, name))
    return result


def _rewritten(file: Written, data: bytes, out: Path, mutant: str) -> Written:
    part10.write(out / file.file, data)
    return replace(file, sha256=hashlib.sha256(data).hexdigest(), mutant=mutant)


def _write_manifest(order: Order, patient: Person, written: list[Written], folder: Path) -> None:
    facts: dict[str, Any] = {
        "scanproof": __version__,
        "faker": faker_version(),
        "object": order.protocol.object,
        "protocol": order.protocol.id,
        "seed": order.seed,
        "date": order.day.isoformat(),
        "transfer_syntax": order.syntax.name,
        "character_set": "\\".join(patient.charset) or "ISO_IR 6",
        "locale": order.locale,
        "patient": order.special,
        "mutant": order.mutant,
        "dicomdir": order.dicomdir,
        "files": [asdict(file) for file in written],
    }
    part10.write(folder / MANIFEST, (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode())
