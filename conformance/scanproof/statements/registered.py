"""UIDs as statements write them: by UID, keyword, or both with a name that has to agree."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema
from pydicom._uid_dict import UID_dictionary

from scansim.inputs import Strict, unknown_word
from scansim.vocabulary.uids import uid_name

_DICOM_ROOT = "1.2.840.10008."
_UID_FORM = re.compile(r"(?=.{1,64}$)(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
_DIGITS = re.compile(r"[0-9.]+")
_UID_OF_KEYWORD = {entry[4]: uid for uid, entry in UID_dictionary.items() if entry[4]}


def _plain(name: str) -> str:
    """Reduce a name to what tells it from another one."""
    name = re.sub(r"\bLE\b", "Little Endian", re.sub(r"\bBE\b", "Big Endian", name))
    letters = "".join(character for character in name.casefold() if character.isalnum())
    return letters.removesuffix("transfersyntax").removesuffix("sopclass")


_UIDS_OF_NAME: dict[str, str] = {}
for _uid, _entry in UID_dictionary.items():
    for _name in filter(None, (_entry[0], _entry[4])):
        _UIDS_OF_NAME.setdefault(_plain(_name), _uid)


class NamesDifferError(ValueError):
    """A UID stands beside the name of another thing."""


class MalformedError(ValueError):
    """What looks like a UID is none."""


class UnknownError(ValueError):
    """A UID of DICOM's own root that PS3.6 does not have, and without a name."""


class _Registered(Strict):
    """A UID, written as itself, as its keyword, or with its name as a mapping: then the two must agree."""

    kinds: ClassVar[tuple[str, ...]]

    uid: str = Field(description="UID, or the keyword of a registered one")
    name: str = Field("", description="its name in PS3.6; needed only for a UID that is not registered there")

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, data: Any) -> Any:
        given = {"uid": data} if isinstance(data, str) else data
        written = given.get("uid") if isinstance(given, dict) else None
        if not isinstance(written, str) or given.keys() - {"uid", "name"}:
            raise ValueError(f"a UID or keyword of a {cls.kinds[0]} is wanted, or {{uid: …, name: …}}, not {data!r}")
        uid = _UID_OF_KEYWORD.get(written, written)
        name = str(given.get("name") or "")
        cls._check(uid, name)
        return {"uid": uid, "name": uid_name(uid) if uid in UID_dictionary else name or uid}

    @classmethod
    def _check(cls, uid: str, name: str) -> None:
        """ValueError for what is no UID, one of another kind, or one beside the name of another."""
        if not _UID_FORM.fullmatch(uid):
            if _DIGITS.fullmatch(uid):
                why = "numbers without leading zeros, at most 64 characters"
                raise MalformedError(f"{uid!r} is neither a UID (PS3.5 9.1: {why}) nor the keyword of a {cls.kinds[0]}")
            known = [keyword for keyword, of in _UID_OF_KEYWORD.items() if UID_dictionary[of][1] in cls.kinds]
            raise unknown_word(f"{uid!r} is neither a UID (PS3.5 9.1) nor the keyword of a {cls.kinds[0]}", uid, known)
        entry = UID_dictionary.get(uid)
        if entry is None:
            if uid.startswith(_DICOM_ROOT) and not name:
                raise UnknownError(f"{uid} is not in PS3.6 as known here; if it is right, give its name too")
            other = _UIDS_OF_NAME.get(_plain(name)) if name else None
            if other is not None:
                raise NamesDifferError(f"{uid} is not {name!r}, which is {other}")
            return
        if entry[1] not in cls.kinds:
            raise ValueError(f"{uid} is the {entry[1]} {entry[0]!r}, where a {cls.kinds[0]} belongs")
        if name and _plain(name) not in (_plain(entry[0]), _plain(entry[4])):
            other = _UIDS_OF_NAME.get(_plain(name))
            belongs = f", which is {other}" if other is not None else ""
            raise NamesDifferError(f"{uid} is {entry[0]!r}, not {name!r}{belongs}")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler.resolve_ref_schema(handler(core_schema))]}


def uid_of(kind: type[_Registered], written: str, name: str = "") -> tuple[str, str]:
    """UID and name of something that is written as its UID, keyword or name of PS3.6, perhaps beside a name.

    Raises
    ------
    NamesDifferError, MalformedError, UnknownError
        When it is known what is meant by the UID, but it is none or another thing's name stands beside it.
    pydantic_core.PydanticCustomError, ValueError
        For what is nothing of the kind.
    """
    if not name and written not in _UID_OF_KEYWORD and not _DIGITS.fullmatch(written):
        named = _UIDS_OF_NAME.get(_plain(written), "")
        if named and UID_dictionary[named][1] in kind.kinds:
            written = named
    uid = _UID_OF_KEYWORD.get(written, written)
    kind._check(uid, name)
    return uid, uid_name(uid) if uid in UID_dictionary else name or uid


class SopClass(_Registered):
    """A SOP Class."""

    kinds = ("SOP Class", "Meta SOP Class")


class TransferSyntax(_Registered):
    """A Transfer Syntax."""

    kinds = ("Transfer Syntax",)
