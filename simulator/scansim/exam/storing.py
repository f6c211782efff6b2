"""What a store step says: which instances are sent, how they are changed, and in which forms they are offered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from scansim.exam import own_files
from scansim.exam.edited import Edited
from scansim.exam.offers import PRIVATE, Form
from scansim.exam.parcels import Part
from scansim.exam.step import Thing
from scansim.inputs import Document, InputError, Location, did_you_mean
from scansim.mutants import LOOKALIKES, MUTANTS
from scansim.vocabulary import services
from scansim.vocabulary.syntaxes import SYNTAXES

_NAMES = (*SYNTAXES, PRIVATE)
#: Elements of the command set by which an instance is named.
UIDS = {"SOPClassUID": "AffectedSOPClassUID", "SOPInstanceUID": "AffectedSOPInstanceUID"}


def _syntaxes(value: str | tuple[str, ...]) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if names == ("all",):
        return tuple(SYNTAXES)
    for name in names:
        if name not in _NAMES:
            hint = did_you_mean(name, _NAMES) or ";"
            raise ValueError(f"no transfer syntax {name!r}{hint} allowed: {', '.join(_NAMES)}, or all")
    return names


def _mutant(name: str) -> str:
    found = MUTANTS.get(name) or LOOKALIKES.get(name)
    if found is None:
        hint = did_you_mean(name, (*MUTANTS, *LOOKALIKES), cutoff=0.4) or ";"
        raise ValueError(f"no mutant {name!r}{hint} all are listed by: python -m scansim.mutants")
    if all(path.startswith(_IN_META) for path in found.touches):
        raise ValueError(f"{name} changes the File Meta Information of a file, and no C-STORE has that")
    return name


#: What stands before a data set, but for the transfer syntax: that is the one it is sent under.
_IN_META = ("MediaStorage", "FileMeta", "Implementation", "(prefix)")


class Store(Edited):
    """C-STORE of every acquired instance on one association, or of files of one's own.

    Edits are of one instance in the middle, unless ``which`` says otherwise; those before and behind it are as always.
    """

    verb = "store"
    service = services.STORAGE
    gives = (Thing.STORED,)
    writes = "set of images"
    takes = 0.5

    which: Literal["all", "first", "middle", "last"] | Annotated[int, Field(ge=1)] = Field(
        "middle", description="which of the instances are edited, or sent again: one of them, by its number, or all"
    )
    only: Literal["all", "new"] = Field("all", description="new: what was not stored yet")
    again: Literal[False, True, "pixels", "identity"] = Field(
        False,
        description="send what was stored once more, as it was, or under the same UID with other pixels or for "
        "another patient",
    )
    mutant: Annotated[str, AfterValidator(_mutant)] | None = Field(
        None, description="a mutant by its name, in place of the instance: one defect, or what looks like one"
    )
    data: Part = Field("whole", description="none: a C-STORE without data set; cut: one that ends before its pixels do")
    sop_class: Literal["own", "private"] = Field(
        "own", description="private: all instances under a SOP Class that nobody else knows"
    )
    syntax: Annotated[str | tuple[str, ...], AfterValidator(_syntaxes)] = Field(
        (),
        description="transfer syntaxes by their names, a list of them, all that we write, or private: one that nobody "
        "else knows, in which nothing is sent; what was not accepted, or cannot hold an image, is not used",
    )
    offer: Form = Field(
        "together",
        description="one Presentation Context with all transfer syntaxes, one for each, or those of syntax alone, "
        "without the native ones",
    )
    contexts: int = Field(
        0, ge=0, le=128, description="so many Presentation Contexts are proposed in all; other Storage SOP Classes fill"
    )
    associations: int = Field(1, ge=1, le=100, description="how many at a time, each with its share of the instances")
    pause: float = Field(
        0.0, ge=0, le=10, description="how long an answer is waited for before the last fragment, in s; it is too early"
    )
    frames: int = Field(
        0,
        ge=0,
        le=100_000,
        description="one multi-frame image of so many frames in place of all, made of the first while it is sent",
    )
    files: str = Field(
        "", description="folder of DICOM files in place of what was acquired; relative to the file; needs --own-files"
    )

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if self.files and (self.again or self.mutant or self.edits or self.syntax or self.sop_class != "own"):
            raise ValueError("files are sent as they are: no edits, mutant, syntax, sop_class or again beside them")
        if self.frames and (self.files or self.again or self.mutant or self.edits or self.syntax):
            raise ValueError("a multi-frame image is made and sent as it is: no files, edits, mutant, syntax or again")
        if self.mutant and self.edits:
            raise ValueError("a mutant has one defect: no edits beside it")
        if self.associations > 1 and self.offer == "alone" and not self.syntax:
            raise ValueError("offer: alone goes with syntax")
        return self

    @property
    def edits(self) -> bool:
        """Whether anything of a data set or a command set is edited."""
        return bool(self.remove or self.empty or self.set or self.add or self.command or self.data != "whole")

    def needs(self) -> tuple[Thing, ...]:
        """What it sends, or has sent."""
        if self.files:
            return ()
        return (Thing.INSTANCES, Thing.STORED) if self.again else (Thing.INSTANCES,)

    @property
    def odd(self) -> bool:
        """Whether what it sends, or proposes, is not as the standard wants it."""
        right = self.means == "valid" or self.mutant in LOOKALIKES
        edited = self.edits or self.mutant is not None or self.again in ("pixels", "identity")
        native_left_out = self.offer == "alone" and not all(
            name != PRIVATE and SYNTAXES[name].lossy for name in self.syntax
        )
        return (edited and not right) or native_left_out

    @property
    def own(self) -> str:
        """How many files of the user's own it sends, of how many patients; empty for none."""
        return own_files.told(own_files.read_folder(Path(self.files))) if self.files else ""

    @property
    def leaves(self) -> str:
        """Images, or files."""
        return "set of own files" if self.files else "" if self.again is True else self.writes

    def resolved(self, document: Document, at: Location, modality: object) -> Self:
        """Look at the files of the folder, which stands beside the scenario."""
        if self.mutant is not None and modality not in (None, "CT", "MR"):
            raise document.error((*at, "mutant"), f"mutants are made of CT and MR images, not of {modality}")
        if not self.files:
            return self
        folder = (document.path.parent / self.files).resolve()
        try:
            own_files.read_folder(folder)
        except InputError as error:
            raise document.error((*at, "files"), f"files: {error}") from None
        return self.model_copy(update={"files": str(folder)})

    @property
    def looks_like(self) -> str | None:
        """The deviation that edits make of an instance."""
        if self.again:
            return "storage.same-instance-again" if self.again is True else "storage.changed-again"
        if self.data == "none":
            return "storage.no-data-set"
        if None in self.command.values():
            return "storage.command-incomplete"
        for name, affected in UIDS.items():
            if (affected in self.command) != (name in (*self.set, *self.remove, *self.empty)):
                return "storage.uid-conflict" if name == "SOPInstanceUID" else "storage.class-conflict"
        if self.mutant is not None:
            return "storage.faulty-object" if self.mutant in MUTANTS else None
        return "storage.faulty-object" if self.edits else None

    def chosen(self, number: int, count: int) -> bool:
        """Whether the instance of a number, from 1 on, is one of those that are meant."""
        places = {"first": 1, "middle": (count + 1) // 2, "last": count}
        return self.which == "all" or number == places.get(str(self.which), self.which)
