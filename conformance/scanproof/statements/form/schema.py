"""The JSON Schema of the form, with what may stand around each cell; and which fields rest on tables nobody read."""

from __future__ import annotations

import typing
from types import UnionType
from typing import Any

from pydantic import BaseModel

from scanproof.statements.form.cells import READ
from scanproof.statements.form.chapters import Form
from scanproof.statements.form.plain import NOT_APPLICABLE, UNSTATED

_BESIDE = {"ref": {"type": "string"}, "comment": {"type": "string"}, "option": {"type": "string"}}
_UNSTATED = {"enum": [UNSTATED, *NOT_APPLICABLE]}


def json_schema() -> dict[str, Any]:
    """JSON Schema of the form, without its ``$schema``: each cell may be ``?``, or stand with a reference."""
    made = Form.model_json_schema()
    for definition in (made, *made.get("$defs", {}).values()):
        _around_cells(definition)
    return made


def _around_cells(schema: dict[str, Any]) -> None:
    """Let each property of an object, and each item of a list in one, be what may stand in its place."""
    properties = schema.get("properties")
    if properties is not None:
        for name, inside in properties.items():
            properties[name] = _cell(inside)
        for name, beside in _BESIDE.items():
            properties.setdefault(name, beside)


def _cell(schema: dict[str, Any]) -> dict[str, Any]:
    notes: dict[str, Any] = {
        key: schema.pop(key) for key in ("x-annex-n", "description", "default", "title") if key in schema
    }
    _inside(schema)
    around = {
        "type": "object",
        "properties": {"value": {"anyOf": [*_one_or_many(schema), _UNSTATED]}, **_BESIDE},
        "required": ["value"],
        "additionalProperties": False,
    }
    if not schema:
        return notes
    # a branch, and not one of three: trying all of them at each level takes exponential time
    wrapped = {"type": "object", "required": ["value"]}
    return {**notes, "if": wrapped, "then": around, "else": {"anyOf": [*_one_or_many(schema), _UNSTATED]}}


def _one_or_many(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema, and that of one item where it is of a list: what stands by itself is the only one of it."""
    options = [schema, *schema.get("anyOf", ())]
    return [schema, *(each["items"] for each in options if "items" in each)]


def _inside(schema: dict[str, Any]) -> None:
    if "items" in schema:
        schema["items"] = _cell(schema["items"])
        schema.pop("minItems", None)
    if isinstance(schema.get("additionalProperties"), dict):
        schema["additionalProperties"] = _cell(schema["additionalProperties"])
    for option in schema.get("anyOf", ()):
        _inside(option)


def unread(path: str) -> str:
    """Why a field of the form rests on a table of Annex N that nobody read ("5-3, inferred"); empty when it does not.

    Parameters
    ----------
    path : str
        Its place, as ``services.storage.scp.level_of_conformance``; numbers of rows and names of AEs may stand in it.
    """
    note = ""
    here: list[Any] = [Form]
    for part in path.split("."):
        inside: list[Any] = []
        for option in here:
            if isinstance(option, type) and issubclass(option, BaseModel):
                names = {field.alias or name: field for name, field in option.model_fields.items()}
                field = names.get(part)
                if field is not None:
                    extra = field.json_schema_extra
                    own = str(extra.get("x-annex-n", "")) if isinstance(extra, dict) else ""
                    note = own or note
                    inside += _types(field.annotation)
            else:
                inside += [each for argument in typing.get_args(option) for each in _types(argument)]
        here = inside
    return "" if not note or note.rpartition(", ")[2] in READ else note


def _types(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _types(typing.get_args(annotation)[0])
    if origin in (typing.Union, UnionType):
        return [each for argument in typing.get_args(annotation) for each in _types(argument)]
    return [annotation]
