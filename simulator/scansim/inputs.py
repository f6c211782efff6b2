"""YAML files with a schema: loaded safely, validated whole, errors as ``file:line: what, and what is allowed``."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]

#: Keys and items of one file; no file that people write comes near.
_MOST_PLACES = 100_000


class InputError(Exception):
    """Input that cannot be used, or a place that cannot be written; the message is for the user, exit code 2."""


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Loader(yaml.SafeLoader):
    """Safe loader with YAML 1.2's scalars: ``no`` and ``12:30`` stay text, a repeated key is an error."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in ("null", "merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


@dataclass(frozen=True)
class Document:
    """A loaded YAML file: its plain data, and the line of each key and item by its location."""

    path: Path
    data: Any
    lines: Mapping[Location, int]

    def line(self, location: Location) -> int:
        """Line of a location, or of the nearest one around it that the file has."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def part(self, location: Location) -> Document:
        """What stands at a location, as a document of its own that knows its lines in the file."""
        data, size = self.data, len(location)
        for step in location:
            data = data[step]
        return Document(
            self.path, data, {place[size:]: line for place, line in self.lines.items() if place[:size] == location}
        )

    def error(self, location: Location, text: str) -> InputError:
        """Make the error for one place of the file."""
        return InputError(f"{self.path}:{self.line(location)}: {text}")


def _note_lines(node: yaml.Node, location: Location, lines: dict[Location, int], path: Path) -> None:
    lines.setdefault(location, node.start_mark.line + 1)
    if len(lines) > _MOST_PLACES:
        raise InputError(f"{path}: more than {_MOST_PLACES} keys and items; do its anchors multiply each other?")
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(f"{path}:{key.start_mark.line + 1}: a key has to be plain text")
            here = (*location, key.value)
            if here in lines:
                raise InputError(
                    f"{path}:{key.start_mark.line + 1}: {key.value!r} stands twice, first on line {lines[here]}"
                )
            lines[here] = key.start_mark.line + 1
            _note_lines(value, here, lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*location, index), lines, path)


def did_you_mean(word: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> str:
    """Return ``; did you mean …?`` with what is most like a word, or nothing when nothing is.

    `most` words are named at most; `cutoff` is between 0, anything, and 1, the very same.
    """
    near = difflib.get_close_matches(word, list(known), most, cutoff)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def load(path: Path) -> Document:
    """Load one YAML file.

    Raises
    ------
    InputError
        When the file cannot be read, is not UTF-8, is no YAML, or repeats a key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; write the file in UTF-8") from None
    except ValueError as error:
        raise InputError(f"{str(path)!r}: cannot be read: {error}") from None
    lines: dict[Location, int] = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise InputError(f"{path}:1: the file is empty")
        _note_lines(node, (), lines, path)
        data = loader.construct_document(node)
    except RecursionError:
        raise InputError(f"{path}: nested too deep, or an anchor that holds itself") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else f"{path}"
        raise InputError(f"{where}: not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    return Document(path, data, lines)


def _plain_types(annotation: Any) -> list[Any]:
    """The types that an annotation allows, without unions and metadata around them."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _plain_types(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [plain for option in typing.get_args(annotation) for plain in _plain_types(option)]
    return [annotation]


def _field_names(model: type[BaseModel], location: Location) -> list[str]:
    """Keys that are allowed around `location` in `model`."""
    here: list[Any] = [model]
    for part in location[:-1]:
        inside: list[Any] = []
        for option in here:
            if isinstance(option, type) and issubclass(option, BaseModel):
                field = option.model_fields.get(str(part))
                inside += _plain_types(field.annotation) if field else []
            elif arguments := typing.get_args(option):  # an item of a sequence, or a value of a mapping
                inside += _plain_types(arguments[-1 if typing.get_origin(option) is dict else 0])
        here = inside
    models = [option for option in here if isinstance(option, type) and issubclass(option, BaseModel)]
    return sorted({name for option in models for name in option.model_fields})


def validate(model: type[Model], document: Document, data: Any, prefix: Location = ()) -> Model:
    """Validate a part of a document.

    Parameters
    ----------
    model : type
        The pydantic model of the part.
    document : Document
        The file, for names and lines.
    data : object
        The part's plain data.
    prefix : tuple
        Where the part stands in the file.

    Raises
    ------
    InputError
        With one line per mistake.
    """
    if not isinstance(data, dict):
        what = "nothing" if data is None else repr(data)
        raise document.error(prefix, f"a mapping is wanted here, not {what}; keys: {', '.join(model.model_fields)}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        told = []
        for detail in error.errors(include_url=False):
            location = detail["loc"]
            location = tuple(part for part in location if part != "[key]")  # a key of a mapping, as pydantic marks it
            name = ".".join(str(part) for part in (*prefix, *location)) or document.path.name
            text = detail["msg"].removeprefix("Value error, ")
            if detail["type"] == "extra_forbidden":
                allowed = ", ".join(_field_names(model, location)) or "nothing"
                text = f"unknown key; allowed here: {allowed}"
            elif detail["type"] == "missing":
                text = "required, but not there"
            elif not isinstance(detail["input"], dict | list):
                text = f"{text}, not {detail['input']!r}" if detail["type"] != "value_error" else text
            told.append(f"{document.path}:{document.line((*prefix, *location))}: {name}: {text}")
        raise InputError("\n".join(dict.fromkeys(told))) from None
