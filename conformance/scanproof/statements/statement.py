"""A Conformance Statement as it is used, whatever form its file has, and how a file is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanproof.statements import form
from scanproof.statements.claim import Claim
from scanproof.statements.classic import ClassicStatement
from scanproof.statements.entity import ApplicationEntity
from scanproof.statements.remarks import Mistake, Question
from scansim.inputs import Document, InputError, did_you_mean, load, validate

_MOST_TOLD = 100


@dataclass(frozen=True)
class Statement:
    """The Conformance Statement of a target."""

    product: str
    version: str
    application_entities: tuple[ApplicationEntity, ...]
    configuration: str = ""  # what it holds for: command line, options
    questions: tuple[Question, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @property
    def title(self) -> str:
        """Product and version."""
        return f"{self.product} {self.version}"

    def offers(self, service: str) -> bool:
        """Whether any Application Entity provides a service: worklist, mpps, storage, commitment, query, verification.

        A service is provided when one of its SOP Classes is declared with the role SCP.
        """
        return any(entity.offers(service) for entity in self.application_entities)

    def claims(self) -> tuple[Claim, ...]:
        """Every claim of every Application Entity."""
        return tuple(claim for entity in self.application_entities for claim in entity.claims())


def load_statement(path: Path) -> Statement:
    """Load a Conformance Statement; InputError names file, line and what is allowed, one line per mistake."""
    loaded = read_statement(path)
    wrong = [f"{path}:{each.line}: {each.text}" for each in loaded.mistakes if each.level == "error"]
    if wrong:
        told = list(dict.fromkeys(wrong))
        more = [f"{path}: and {len(told) - _MOST_TOLD} more mistakes"] if len(told) > _MOST_TOLD else []
        raise InputError("\n".join(told[:_MOST_TOLD] + more))
    return loaded


def read_statement(path: Path) -> Statement:
    """Load a Conformance Statement with what is wrong in it as its ``mistakes``; InputError for what has no meaning."""
    return of_document(load(path))


def of_document(document: Document) -> Statement:
    """What a loaded file of either form says; InputError as `read_statement`."""
    if isinstance(document.data, dict) and form.KEY in document.data:
        file, said, mistakes, questions = form.read(document)
        cover = file.cover_page
        versions = ", ".join(cover.versions)
        return Statement(cover.product, versions, said, file.holds_for.text, questions, mistakes)
    if not isinstance(document.data, dict):
        validate(form.Form, document, document.data)
    elif not document.data.keys() & {"product", "application_entities"} or document.data.keys() & form.KEYS:
        text = f'{form.KEY}: required, but not there; write {form.KEY}: "1" at the top'
        others = [str(key) for key in document.data if key not in form.KEYS]
        raise document.error((), text + did_you_mean(form.KEY, others, cutoff=0.8))
    return of_classic(validate(ClassicStatement, document, document.data))


def of_classic(file: ClassicStatement) -> Statement:
    """What a file of the first form says."""
    return Statement(file.product.name, file.product.version, file.entities())


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a statement file of either form, for editors."""
    new, classic = form.json_schema(), ClassicStatement.model_json_schema()
    for made, mark in ((new, "Form"), (classic, "Classic")):
        _rename(made, mark)
    definitions = {**new.pop("$defs"), **classic.pop("$defs")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Conformance Statement",
        "if": {"type": "object", "required": [form.KEY]},
        "then": new,
        "else": classic,
        "$defs": definitions,
    }


def _rename(schema: dict[str, Any], mark: str) -> None:
    """Mark the definitions of a schema, so that those of two fit into one."""

    def marked(part: Any) -> Any:
        if isinstance(part, dict):
            return {
                key: f"#/$defs/{mark}{value[8:]}" if key == "$ref" else marked(value) for key, value in part.items()
            }
        return [marked(each) for each in part] if isinstance(part, list) else part

    definitions = {f"{mark}{name}": marked(each) for name, each in schema.pop("$defs").items()}
    rest = marked(schema)
    schema.clear()
    schema.update(rest)
    schema["$defs"] = definitions
