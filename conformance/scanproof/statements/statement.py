"""A Conformance Statement as it is used, whatever form its file has, and how a file is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanproof.statements.claim import Claim
from scanproof.statements.classic import ClassicStatement
from scanproof.statements.entity import ApplicationEntity
from scansim.inputs import load, validate


@dataclass(frozen=True)
class Question:
    """What a statement leaves to its vendor: a ``?``, by its place in the file."""

    place: str
    line: int


@dataclass(frozen=True)
class Statement:
    """The Conformance Statement of a target."""

    product: str
    version: str
    application_entities: tuple[ApplicationEntity, ...]
    configuration: str = ""  # what it holds for: command line, options
    questions: tuple[Question, ...] = ()

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
    document = load(path)
    return of_classic(validate(ClassicStatement, document, document.data))


def of_classic(file: ClassicStatement) -> Statement:
    """What a file of the first form says."""
    return Statement(file.product.name, file.product.version, file.entities())


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a statement file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ClassicStatement.model_json_schema()}
