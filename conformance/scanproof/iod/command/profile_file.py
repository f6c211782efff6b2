"""Profile files: what somebody asks of files beside the standard, and how bad they take what is found.

.. code-block:: yaml

    name: Our archive
    rules:
      - {rule: "*", tag: Laterality, level: off, reason: Laterality is not asked for}
      - {rule: value-too-long, sop_class: CT Image Storage, level: warning}
    require:
      - {tag: AccessionNumber, message: the archive files studies by it}
      - {tag: IssuerOfPatientID, type: 2, level: warning}
      - {tag: RequestAttributesSequence > RequestedProcedureID, sop_class: [CT Image Storage, MR Image Storage]}
      - {tag: InstitutionName, type: 3, values: [General Hospital]}
      - {tag: PatientID, matches: "[0-9]{8}"}
    forbid:
      - {tag: PatientAddress, message: no address leaves the house}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary

from scanproof.iod.command.selection import fits_a_rule, is_pattern
from scanproof.iod.rules.catalogue import RULES
from scansim.inputs import Document, InputError, Strict, load, unknown_word, validate
from scansim.wire.dataset import tag_of

#: Between the attributes of a path, as findings have it.
STEP = " > "
_UID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_OFF = "off"


@lru_cache(maxsize=1)
def _classes() -> dict[str, tuple[str, ...]]:
    """What each SOP Class is called: by its name, its keyword and its UID, the UID last."""
    return {
        uid: (entry[0], entry[4], uid)
        for uid, entry in UID_dictionary.items()
        if entry[1] in ("SOP Class", "Meta SOP Class")
    }


@lru_cache(maxsize=1)
def _keywords() -> tuple[str, ...]:
    return tuple(entry[4] for entry in DicomDictionary.values() if entry[4])


def _fits(pattern: str, name: str) -> bool:
    return fnmatchcase(name.casefold(), pattern.casefold())


def is_class(pattern: str, uid: str) -> bool:
    """Whether a SOP Class is meant by a name, a keyword, a UID, or a pattern of them."""
    return any(_fits(pattern, name) for name in _classes().get(uid, (uid,)))


def _class(value: str) -> str:
    if not _UID.fullmatch(value) and not any(is_class(value, uid) for uid in _classes()):
        known = [name for names in _classes().values() for name in names[:2] if name]
        raise unknown_word(f"no SOP Class {value!r}; its name, keyword or UID, or a pattern with *", value, known)
    return value


def _steps(path: str) -> list[str]:
    return [step.strip() for step in path.split(STEP.strip())]


def _vr(tag: int) -> str:
    """VR of the dictionary; empty where there is none."""
    entry = DicomDictionary.get(tag)
    return entry[0] if entry is not None else ""


def _no_attribute(step: str) -> ValueError:
    """What to say of a word that is no attribute: how it is written rightly, where that is plain."""
    if re.fullmatch(r"\([0-9A-Fa-f]{4}", step):
        return ValueError(f"no attribute {step!r}; in braces a tag stands in quotes: '(gggg,eeee)'")
    if "[" in step:
        return ValueError(f"no attribute {step!r}; all items of a sequence are meant, so leave the number out")
    number = re.fullmatch(r"\(?([0-9A-Fa-f]{4}) ?,? ?([0-9A-Fa-f]{4})\)?", step)
    if number is not None:
        return ValueError(f"no attribute {step!r}; did you mean ({number[1].upper()},{number[2].upper()})?")
    squeezed = _squeezed(step)
    same = next((each[4] for each in DicomDictionary.values() if squeezed in map(_squeezed, (each[2], each[4]))), "")
    if same and squeezed:
        return ValueError(f"no attribute {step!r}; did you mean {same}?")
    allowed = "a keyword or (gggg,eeee), inside of a sequence behind Sequence >"
    return unknown_word(f"no attribute {step!r}; {allowed}", step, _keywords())


def _squeezed(name: str) -> str:
    return re.sub(r"\W|_", "", name).casefold()


def _path(value: str) -> str:
    """A path of attributes: keywords or (gggg,eeee), joined by " > "."""
    steps = _steps(value)
    for number, step in enumerate(steps, 1):
        try:
            tag = tag_of(step)
        except KeyError:
            raise _no_attribute(step) from None
        if number < len(steps) and not tag >> 16 & 1 and _vr(tag) not in ("SQ", ""):
            raise ValueError(f"{value}: {step} is no sequence ({_vr(tag)}), so nothing stands in it")
    if _steps(value)[0].startswith("(0002,") or tag_of(_steps(value)[0]) >> 16 in (0x0000, 0x0002, 0x7FE0):
        raise ValueError(f"{value}: a profile looks at the data set before its pixels, not at file meta or pixels")
    return STEP.join(_steps(value))


def _path_pattern(value: str) -> str:
    """The same, in which patterns may stand."""
    last = _steps(value)[-1]
    if is_pattern(last) and re.fullmatch(r"[A-Za-z0-9*?]+", last) and not any(_matches(last)):
        raise unknown_word(f"no attribute fits {value!r}; capitals count", last, _keywords())
    return value if is_pattern(value) or value.startswith("(") else _path(value)


def _matches(pattern: str) -> Iterator[str]:
    """Attributes that a pattern fits, and those of files and of repeating groups."""
    names = (*_keywords(), *(entry[4] for entry in RepeatersDictionary.values()))
    return (name for name in names if fnmatchcase(name, pattern))


def _rule(value: str) -> str:
    if not fits_a_rule(value):
        raise unknown_word(f"no rule {value!r}; an id, or a pattern with *", value, list(RULES))
    return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return value


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _texts(value: Any) -> Any:
    """Numbers as the text that DICOM has of them."""
    if not isinstance(value, list | str | int | float) or isinstance(value, bool):
        return value
    values = value if isinstance(value, list) else [value]
    return [str(each) if isinstance(each, int | float) and not isinstance(each, bool) else each for each in values]


Classes = Annotated[
    tuple[Annotated[str, AfterValidator(_class)], ...],
    BeforeValidator(_several, json_schema_input_type=str | list[str]),
    Field(description="SOP Classes that it is about: name, keyword or UID, or a pattern with *; left out: all"),
]
Level = Annotated[
    Literal["error", "warning", "info"], Field(description="how bad a finding is: error, warning or info")
]
Message = Annotated[str, Field(max_length=500, description="said with each finding")]


class RuleRow(Strict):
    """How bad findings of the standard's rules are taken; of several rows that fit a finding the last one counts."""

    rule: Annotated[str, AfterValidator(_rule), Field(description="id of a rule, or a pattern with *")] = "*"
    tag: Annotated[
        str,
        AfterValidator(_path_pattern),
        Field(description="the attribute: keyword, (gggg,eeee) or path; a pattern with *; left out: any, and none"),
    ] = "*"
    sop_class: Classes = ()
    level: Annotated[
        Literal["error", "warning", "info", "off"], Field(description="error, warning, info, or off: not told")
    ]
    message: Message = ""
    reason: Annotated[str, Field(max_length=500, description="why; shown where findings are turned off")] = ""

    @model_validator(mode="after")
    def _not_everything(self) -> RuleRow:
        if self.level == _OFF and self.rule == "*" and self.tag == "*" and not self.sop_class:
            raise ValueError("everything would be off; name a rule, a tag or a sop_class")
        return self


class RequireRow(Strict):
    """What has to be there beside what the standard demands, or has to have certain values."""

    tag: Annotated[
        str, AfterValidator(_path), Field(description="keyword or (gggg,eeee); in a sequence: Sequence > Keyword")
    ]
    sop_class: Classes = ()
    type: Annotated[
        Literal[1, 2, 3],
        Field(description="1: there with a value; 2: there, perhaps empty; 3: only its values are looked at"),
    ] = 1
    values: Annotated[
        tuple[str, ...],
        BeforeValidator(_texts, json_schema_input_type=list[str | int | float]),
        Field(description="values that are allowed"),
    ] = ()
    matches: Annotated[
        str, AfterValidator(_regex), Field(description="regular expression that each value fits as a whole")
    ] = ""
    level: Level = "error"
    message: Message = ""
    advice: Annotated[str, Field(max_length=500, description="what to do about it")] = ""

    @model_validator(mode="after")
    def _demands_something(self) -> RequireRow:
        if self.type == 3 and not self.values and not self.matches:
            raise ValueError("type 3 demands nothing without values or matches")
        return self


class ForbidRow(Strict):
    """What may not be there, whatever the standard allows."""

    tag: Annotated[
        str, AfterValidator(_path), Field(description="keyword or (gggg,eeee); in a sequence: Sequence > Keyword")
    ]
    sop_class: Classes = ()
    level: Level = "error"
    message: Message = ""
    advice: Annotated[str, Field(max_length=500, description="what to do about it")] = ""


class ProfileFile(Strict):
    """A profile of `scanproof check`: what somebody asks of files beside the standard, and how bad they take it."""

    name: Annotated[str, Field(min_length=1, max_length=60, description="how findings call it, such as Our archive")]
    about: Annotated[str, Field(max_length=2000, description="what it is for")] = ""
    rules: tuple[RuleRow, ...] = ()
    require: tuple[RequireRow, ...] = ()
    forbid: tuple[ForbidRow, ...] = ()


def load_profile(path: Path) -> tuple[ProfileFile, Document]:
    """Load a profile file, with the lines of its rows.

    Raises
    ------
    InputError
        With one line per mistake.
    """
    if not path.exists() and str(path) in _OF_RUNS:
        raise InputError(f"--profile {path}: of a run; a check takes a file, see scanproof schema profile")
    document = load(path)
    profile = validate(ProfileFile, document, document.data)
    mistakes = [f"{document.path}:{document.line(place)}: {text}" for place, text in _contradictions(profile, document)]
    if mistakes:
        raise InputError("\n".join(mistakes))
    return profile, document


def _contradictions(profile: ProfileFile, document: Document) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield where rows cannot both be meant: the place of the later one, and what is wrong."""
    judged: dict[tuple[str, str, tuple[str, ...]], int] = {}
    for number, rule in enumerate(profile.rules):
        before = judged.setdefault((rule.rule, rule.tag, rule.sop_class), number)
        if before != number:
            line = document.line(("rules", before))
            yield (
                ("rules", number),
                f"rules.{number}: the same rule, tag and sop_class as on line {line}, which never counts",
            )
    wanted = [(number, row) for number, row in enumerate(profile.require) if row.type < 3]
    for number, row in enumerate(profile.forbid):
        for place, other in wanted:
            if row.tag == other.tag and _share_a_class(row.sop_class, other.sop_class):
                line = document.line(("require", place))
                yield ("forbid", number), f"forbid.{number}: {row.tag} is asked for on line {line}"
                break


def _share_a_class(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two rows are about a SOP Class together."""
    return not first or not second or any(rows_of(first, uid) and rows_of(second, uid) for uid in _classes())


#: Profiles of `run`, which are words and no files.
_OF_RUNS = ("dicom", "ihe-swf", "strict")


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a profile file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ProfileFile.model_json_schema()}


def rows_of(names: Sequence[str], uid: str) -> bool:
    """Whether a row is about a SOP Class: `names` are those of its ``sop_class``."""
    return not names or any(is_class(name, uid) for name in names)
