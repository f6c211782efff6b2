"""What cells of the form hold: Y and N, codes, attributes, UIDs, terms. Each says what it wants of whoever is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import tag_for_keyword

from scanproof.standard.value_grammar import TERMS, nearest_term
from scanproof.statements.registered import (
    MalformedError,
    NamesDifferError,
    SopClass,
    TransferSyntax,
    UnknownError,
    uid_of,
)
from scansim.inputs import unknown_word

Item = TypeVar("Item")

_KEYWORD_OF_TAG = {tag: entry[4] for tag, entry in DicomDictionary.items() if entry[4]}
_KEYWORDS = tuple(_KEYWORD_OF_TAG.values())
_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),? ?([0-9A-Fa-fXx]{4})\)?")
_CODE = re.compile(r"[0-9A-F]{4}|[0-9A-F]{3}x|[0-9A-F]{2}xx|[0-9A-F]xxx")
_CODE_RANGE = re.compile(r"([0-9A-F]{4})-([0-9A-F]{4})")
_UID = re.compile(r"(?=.{1,64}$)(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")


@dataclass(frozen=True, eq=False)
class Checked:
    """How a cell is read, and what its JSON Schema is."""

    check: Callable[[Any], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


def _cell(value: Any) -> str:
    if value in ("Y", "N", "OPTION"):
        return str(value)
    hint = ""
    if value is True or value is False or (isinstance(value, str) and value.lower() in ("y", "n", "yes", "no")):
        hint = f"; did you mean {'Y' if str(value).lower() in ('true', 'y', 'yes') else 'N'}?"
    raise ValueError(f"Y, N, OPTION or ? is wanted, not {value!r}{hint}")


#: Stated, stated as not supported, or depending on an option that has no name.
Cell = Annotated[str, Checked(_cell, {"enum": ["Y", "N", "OPTION"]})]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        hint = "; write it in quotes" if isinstance(value, int | float) else ""
        raise ValueError(f"text is wanted, not {value!r}{hint}")
    return value


Text = Annotated[str, Checked(_text, {"type": "string", "minLength": 1})]


def words(*allowed: str, **same: str) -> Checked:
    """Make how a cell is read that holds one of some words; `same` are other ways to write one."""

    def check(value: Any) -> str:
        if isinstance(value, str):
            word = same.get(value, value)
            if word in allowed:
                return word
            raise unknown_word(f"{value!r} is none of {', '.join(allowed)}", value, allowed)
        raise ValueError(f"{', '.join(allowed)} or ? is wanted, not {value!r}")

    return Checked(check, {"enum": [*allowed, *same]})


def _code(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(
            f'a code is text of four hexadecimal digits, in quotes ("0110", "A7xx"), not the number {value}'
        )
    code = re.sub("X", "x", value.upper()) if isinstance(value, str) else ""
    if between := _CODE_RANGE.fullmatch(code):
        low, high = between.groups()
        digits = next((n for n in (3, 2, 1) if low[:n] == high[:n]), 0)
        whole = low[digits:] == "0" * (4 - digits) and high[digits:] == "F" * (4 - digits)
        code = low[:digits] + "x" * (4 - digits) if digits and whole else ""
    if not _CODE.fullmatch(code):
        raise ValueError(f'a code is four hexadecimal digits, x for any ("0110", "A7xx"), not {value!r}')
    return code


#: A status code, Failure Reason or class of them: "A801", "A7xx".
Code = Annotated[str, Checked(_code, {"type": "string", "pattern": "^[0-9A-Fa-f]{1,4}x{0,3}$"})]


@lru_cache(maxsize=8192)
def _keyword(value: str) -> str:
    if tag_for_keyword(value) is not None:
        return value
    if tag := _TAG.fullmatch(value):
        group, element = tag.groups()
        known = _KEYWORD_OF_TAG.get(int(group + element, 16)) if "x" not in element.lower() else None
        return known or f"({group.upper()},{element.lower() if 'x' in element.lower() else element.upper()})"
    raise unknown_word(f"{value!r} is neither the keyword of an attribute (PS3.6) nor a tag", value, _KEYWORDS)


def _attribute(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"the keyword of an attribute is wanted, not {value!r}")
    return _keyword(value)


#: An attribute by its keyword; a tag in place of it is that keyword, where there is one.
Attribute = Annotated[str, Checked(_attribute, {"type": "string"})]


def _attributes(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError("at least one is wanted here")
        return tuple(_attribute(each) for each in value)
    return (_attribute(value),)


Attributes = Annotated[
    tuple[str, ...],
    Checked(
        _attributes, {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]


def is_private(keyword: str) -> bool:
    """Whether an attribute has no keyword of the standard."""
    return keyword.startswith("(")


def _term(value: Any) -> str:
    if value not in TERMS:
        if not isinstance(value, str):
            raise ValueError(f"a defined term of Specific Character Set is wanted, not {value!r}")
        near = nearest_term(value)
        raise ValueError(f"{value!r} is no defined term of Specific Character Set; the nearest is {near!r}")
    return str(value)


#: A defined term of Specific Character Set (PS3.3 C.12.1.1.2).
Term = Annotated[str, Checked(_term, {"type": "string"})]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"a whole number from 0 on is wanted, or ?, not {value!r}")
    return value


Whole = Annotated[int, Checked(_whole, {"type": "integer", "minimum": 0})]


def whole(low: int, high: int) -> Checked:
    """Make how a whole number within limits is read."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high} is wanted, not {value!r}")
        return value

    return Checked(check, {"type": "integer", "minimum": low, "maximum": high})


def _limit(value: Any) -> int | None:
    if value in ("none", "unlimited"):
        return None
    try:
        return _whole(value)
    except ValueError:
        raise ValueError(f"a whole number from 0 on, none (there is no limit) or ? is wanted, not {value!r}") from None


#: A number, or that there is no limit: None.
Limit = Annotated[
    int | None, Checked(_limit, {"anyOf": [{"type": "integer", "minimum": 0}, {"enum": ["none", "unlimited"]}]})
]


def _seconds(value: Any) -> float | None:
    if value == "none":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise ValueError(f"a number of seconds, none or ? is wanted, not {value!r}")
    return float(value)


#: A time in s; None: there is none.
Seconds = Annotated[
    float | None, Checked(_seconds, {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"const": "none"}]})
]


class Named(BaseModel):
    """A UID with its name, and what is wrong with the two when they are of different things."""

    model_config = ConfigDict(frozen=True)

    uid: str
    name: str
    rule: str = ""
    mistake: str = ""


NAMED_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "properties": {"uid": {"type": "string"}, "name": {"type": "string"}},
            "required": ["uid"],
            "additionalProperties": False,
        },
    ]
}


@lru_cache(maxsize=8192)
def _resolved(kind: type[SopClass | TransferSyntax], written: str, name: str) -> Named:
    try:
        uid, called = uid_of(kind, written, name)
    except NamesDifferError as error:
        uid, called = uid_of(kind, written)
        return Named(uid=uid, name=called, rule="uid-name", mistake=str(error))
    except MalformedError as error:
        beside = f"; it stands as the UID of {name}" if name else ""
        return Named(uid=written, name=name or written, rule="uid-form", mistake=f"{error}{beside}")
    except UnknownError:  # newer than what is known here, or mistyped: lint notes it
        return Named(uid=written, name=written)
    return Named(uid=uid, name=called)


def _named(kind: type[SopClass | TransferSyntax]) -> Callable[[Any], Named]:
    def check(value: Any) -> Named:
        if isinstance(value, Named):
            return value
        given: Mapping[Any, Any] = value if isinstance(value, dict) else {"uid": value}
        uid, name = given.get("uid"), given.get("name", "")
        if not isinstance(uid, str) or not isinstance(name, str) or given.keys() - {"uid", "name"}:
            raise ValueError(
                f"the keyword, name or UID of a {kind.kinds[0]} is wanted, or {{uid: ..., name: ...}}, not {value!r}"
            )
        return _resolved(kind, uid, name)

    return check


read_class = _named(SopClass)
NamedClass = Annotated[Named, Checked(read_class, NAMED_SCHEMA)]
NamedSyntax = Annotated[Named, Checked(_named(TransferSyntax), NAMED_SCHEMA)]


def _own_uid(value: Any) -> Named:
    if not isinstance(value, str):
        raise ValueError(f"a UID is wanted, in quotes, not {value!r}")
    if _UID.fullmatch(value):
        return Named(uid=value, name=value)
    mistake = f"{value!r} is no UID: numbers without leading zeros, joined by dots, 64 characters (PS3.5 9.1)"
    return Named(uid=value, name=value, rule="uid-form", mistake=mistake)


#: A UID of the product's own.
OwnUid = Annotated[Named, Checked(_own_uid, {"type": "string"})]


def _not_empty(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if not items:
        raise ValueError("at least one is wanted here")
    return items


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) or value is None else [value]


#: A list; what stands there by itself is the only one of it.
Many = Annotated[tuple[Item, ...], BeforeValidator(_listed)]
#: A list that is not empty.
Some = Annotated[
    tuple[Item, ...], BeforeValidator(_listed), AfterValidator(_not_empty), Field(json_schema_extra={"minItems": 1})
]


#: Tables and prose that nothing drives: they load and are rendered as they are.
Open = Any

#: What is known of an Annex N table: read whole, read in part, only referred to, known from an outline, or inferred.
Seen = Literal["read", "read in part", "referred to", "outline", "inferred"]
#: What may carry a rule: somebody has read the table.
READ: tuple[str, ...] = ("read", "read in part", "ours")


def annex(table: str, seen: Seen, default: Any = None, **more: Any) -> Any:
    """Make a field with the table of PS3.2 Annex N that it is of, and how much of that was read, in the schema."""
    return Field(default, json_schema_extra={"x-annex-n": f"{table}, {seen}"}, **more)


def ours(default: Any = None, **more: Any) -> Any:
    """Make a field that the template has no place for."""
    return Field(default, json_schema_extra={"x-annex-n": "ours"}, **more)
