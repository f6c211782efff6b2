"""YAML files with a schema: loaded safely, validated whole, errors as ``file:line: what, and what is allowed``."""

from __future__ import annotations

import difflib
import gc
import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]

#: Keys and items of one file, and its bytes; a statement of 10,000 rows has a quarter of a million.
_MOST_PLACES, _MOST_BYTES = 500_000, 32 << 20
#: Mistakes of one file that are told, and those of them that are told with the word that was perhaps meant.
_MOST_TOLD, _MOST_GUESSED = 100, 10
_UNKNOWN = "unknown_word"
#: What pydantic calls by its type in Python.
_WANTED = {
    **dict.fromkeys(("tuple_type", "list_type"), "a list"),
    **dict.fromkeys(("dict_type", "model_type"), "a mapping"),
}
_OCTAL = re.compile(r"0[0-7]+")


class InputError(Exception):
    """Input that cannot be used, or a place that cannot be written; the message is for the user, exit code 2."""


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


if yaml.__with_libyaml__:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class _Read(yaml.composer.Composer, CParser):
        """libyaml's scanner and parser. Nodes are put together in Python: libyaml's own way has no end of the stack."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            yaml.composer.Composer.__init__(self)

else:

    class _Read(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer):  # type: ignore[no-redef]
        """The scanner and parser that come with PyYAML, ten times as slow."""

        def __init__(self, text: str) -> None:
            yaml.reader.Reader.__init__(self, text)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)
            yaml.composer.Composer.__init__(self)


class _Loader(_Read, yaml.constructor.SafeConstructor, yaml.resolver.Resolver):
    """Safe loader with YAML 1.2's scalars: ``no`` and ``12:30`` stay text, a repeated key is an error."""

    def __init__(self, text: str) -> None:
        _Read.__init__(self, text)
        yaml.constructor.SafeConstructor.__init__(self)
        yaml.resolver.Resolver.__init__(self)
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Make one node; too many of them are not kept."""
        self._nodes += 1
        if self._nodes > 2 * _MOST_PLACES:  # each key is a node as well
            raise _TooManyError
        return super().compose_node(parent, index)


class _TooManyError(Exception):
    """A file has more keys and items than any that people write."""


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
#: How plain scalars are read, by their first characters, as PyYAML has it: what writes YAML has to quote other text.
SCALARS = _Loader.yaml_implicit_resolvers


@dataclass(frozen=True)
class Document:
    """A loaded YAML file: its plain data, and the line of each key and item by its location."""

    path: Path
    data: Any
    lines: Mapping[Location, int]
    #: Unquoted digits behind a zero, which are text here and another number to a reader of YAML 1.1; a key's own place
    #: ends with "key".
    octal: frozenset[Location] = frozenset()

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


class _Places:
    """Notes the line of each key and item of a file, counting what its aliases stand for each time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[Location, int] = {}
        self.octal: set[Location] = set()

    def note(self, node: yaml.Node, location: Location) -> None:
        """Note a node and all in it."""
        lines = self.lines
        lines.setdefault(location, node.start_mark.line + 1)
        if len(lines) > _MOST_PLACES:
            raise _TooManyError
        if isinstance(node, yaml.ScalarNode):
            if _is_octal(node):
                self.octal.add(location)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode):
                    raise InputError(f"{self.path}:{line}: a key has to be plain text")
                here = (*location, key.value)
                if here in lines:
                    raise InputError(f"{self.path}:{line}: {key.value!r} stands twice, first on line {lines[here]}")
                lines[here] = line
                if _is_octal(key):
                    self.octal.add((*here, "key"))
                self.note(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self.note(value, (*location, index))


def _is_octal(node: yaml.ScalarNode) -> bool:
    """Whether a reader of YAML 1.1 takes it for an octal number: 0110, but not 0119, which is text to it as well."""
    return not node.style and _OCTAL.fullmatch(node.value) is not None


def did_you_mean(word: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> str:
    """Return ``; did you mean …?`` with what is most like a word, or nothing when nothing is.

    `most` words are named at most; `cutoff` is between 0, anything, and 1, the very same.
    """
    words = {each.casefold(): each for each in known}
    near = [words[each] for each in difflib.get_close_matches(word.casefold(), list(words), most, cutoff)]
    return f"; did you mean {' or '.join(near)}?" if near else ""


def load(path: Path) -> Document:
    """Load one YAML file.

    Raises
    ------
    InputError
        When the file cannot be read, is not UTF-8, is no YAML, or repeats a key.
    """
    try:
        with path.open(encoding="utf-8") as file:  # not by its size: a device has none, and no end
            text = file.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise InputError(f"{path}: more than {_MOST_BYTES >> 20} MiB; no file that people write is that large")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8; write the file in UTF-8") from None
    except ValueError as error:
        raise InputError(f"{str(path)!r}: cannot be read: {error}") from None
    places = _Places(path)
    collecting = gc.isenabled()
    gc.disable()  # what is made here stays; looking through it again and again takes longer than making it
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise InputError(f"{path}:1: the file is empty")
        places.note(node, ())
        data = loader.construct_document(node)
    except _TooManyError:
        raise InputError(
            f"{path}: more than {_MOST_PLACES} keys and items; do its anchors multiply each other?"
        ) from None
    except RecursionError:
        raise InputError(f"{path}: nested too deep, or an anchor that holds itself") from None
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem):  # libyaml has a limit of its own
            raise InputError(f"{path}: nested too deep") from None
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else f"{path}"
        raise InputError(f"{where}: not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path}: not YAML: {str(error).splitlines()[0]}") from None
    finally:
        if collecting:
            gc.enable()
    return Document(path, data, places.lines, frozenset(places.octal))


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
    return sorted({field.alias or name for option in models for name, field in option.model_fields.items()})


def unknown_word(text: str, word: str, known: Sequence[str]) -> PydanticCustomError:
    """Make the error of a validator that does not know a word.

    What was perhaps meant is looked for when the mistakes are told, and only for the first of them: among many words
    that takes its time.
    """
    return PydanticCustomError(_UNKNOWN, "{text}", {"text": text, "word": word, "known": known})


def _shortly(value: Any) -> str:
    """A value as it is told: what it is, where it is long."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    told = repr(value)
    return told if len(told) <= 100 else f"{told[:100]}…"


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
        told: dict[str, None] = {}
        details = error.errors(include_url=False, include_context=True)
        for number, detail in enumerate(details):
            if len(told) == _MOST_TOLD:
                told[f"{document.path}: and {len(details) - number} more mistakes"] = None
                break
            location = detail["loc"]
            location = tuple(part for part in location if part != "[key]")  # a key of a mapping, as pydantic marks it
            name = ".".join(str(part) for part in (*prefix, *location)) or document.path.name
            text = detail["msg"].removeprefix("Value error, ")
            if detail["type"] == "extra_forbidden":
                allowed = _field_names(model, location)
                text = f"unknown key; allowed here: {', '.join(allowed) or 'nothing'}"
                text += did_you_mean(str(location[-1]), allowed)
            elif detail["type"] == "missing":
                text = "required, but not there"
            elif detail["type"] == _UNKNOWN:
                context = detail["ctx"]
                text += did_you_mean(context["word"], context["known"]) if number < _MOST_GUESSED else ""
            elif detail["type"] in _WANTED:
                text = f"{_WANTED[detail['type']]} is wanted here, not {_shortly(detail['input'])}"
                if allowed := _field_names(model, (*location, "")):
                    text += f"; keys: {', '.join(allowed)}"
            elif not isinstance(detail["input"], dict | list):
                text = f"{text}, not {detail['input']!r}" if detail["type"] != "value_error" else text
            told[f"{document.path}:{document.line((*prefix, *location))}: {name}: {text}"] = None
        raise InputError("\n".join(told)) from None
