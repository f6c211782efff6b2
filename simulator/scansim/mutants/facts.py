"""What is known of a mutant: the rule that it breaks, where, how badly, and who can see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from scansim.mutants.surgery import Change, File

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
IMAGES = (CT, MR)

Level = Literal["error", "warning", "none"]


def unchanged(file: File) -> File:
    """Give the file back: most mutants are made straight from it."""
    return file


@dataclass(frozen=True)
class Mutant:
    """One named defect, and what a checker must say of it.

    Parameters
    ----------
    name : str
        Its name.
    summary : str
        What is wrong, in one line.
    rule : str
        Stable id of the rule that is broken.
    clause : str
        Where the standard says so, with the edition.
    level : str
        How a checker must report it: ``error``, ``warning``, or ``none`` (what looks wrong and is right).
    tag : str
        Path of the attribute that is at fault, such as ``ReferencedImageSequence[1] > ReferencedSOPInstanceUID``.
    change : callable
        Makes the defect.
    applies_to : tuple of str
        SOP Class UIDs of the files that it can be made of.
    blind : str
        Why dciodvfy reports no error of it (of a warning: nothing); empty when it does. See `peer`.
    seen_as : str
        Words of dciodvfy's message, when it does not name the attribute.
    touched : tuple of str
        Paths of what differs from the good file, when that is not just `tag`.
    base : callable
        Makes a good file that has what the defect needs; `change` is applied to its result.
    """

    name: str
    summary: str
    rule: str
    clause: str
    level: Level
    tag: str
    change: Change
    applies_to: tuple[str, ...] = IMAGES
    blind: str = ""
    seen_as: str = ""
    touched: tuple[str, ...] = ()
    base: Change = unchanged

    @property
    def visible_to_dciodvfy(self) -> bool:
        """Whether dciodvfy reports it, as an error when it is one."""
        return not self.blind

    @property
    def touches(self) -> tuple[str, ...]:
        """Paths of everything in which mutant and good file differ."""
        return self.touched or (self.tag,)


@dataclass(frozen=True)
class SeriesMutant:
    """One named defect that no single file shows: a change of the files of one series.

    The parameters are those of `Mutant`; `change` gets the files of the longest series, by Instance Number, and
    `blind` says why dcentvfy, which compares files, reports nothing.
    """

    name: str
    summary: str
    rule: str
    clause: str
    level: Level
    tag: str
    change: Callable[[Sequence[File]], list[File]]
    applies_to: tuple[str, ...] = IMAGES
    blind: str = ""

    @property
    def visible_to_dcentvfy(self) -> bool:
        """Whether dcentvfy reports it."""
        return not self.blind


@dataclass(frozen=True)
class Lookalike:
    """One thing that looks like a defect and is none; the parameters not named here are those of `Mutant`.

    Parameters
    ----------
    rule : str
        Id of the rule that a careless checker takes it to break.
    why : str
        Why it is right.
    level : str
        The most that a checker may say of it: ``none`` or ``warning``.
    false_alarm : str
        Why dciodvfy reports an error all the same; empty when it does not.
    """

    name: str
    rule: str
    tag: str
    change: Change
    why: str
    clause: str
    level: Level = "none"
    applies_to: tuple[str, ...] = IMAGES
    false_alarm: str = ""
    touched: tuple[str, ...] = ()
    base: Change = unchanged

    @property
    def touches(self) -> tuple[str, ...]:
        """Paths of everything in which it differs from its base."""
        return self.touched or (self.tag,)


def right(
    name: str,
    rule: str,
    path: str,
    change: Change,
    why: str,
    clause: str,
    *,
    level: Level = "none",
    classes: tuple[str, ...] = IMAGES,
    false_alarm: str = "",
    touched: tuple[str, ...] = (),
    base: Change = unchanged,
) -> Lookalike:
    """A look-alike, from its name to what it differs in."""
    return Lookalike(name, rule, path, change, why, clause, level, classes, false_alarm, touched, base)


def kebab(path: str) -> str:
    """The keywords of a path as words: ``PatientID`` is ``patient-id``."""
    plain = re.sub(r"\[\d+\]", "", path).replace(" > ", "-").replace("IDs", "Ids")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", plain).lower()
