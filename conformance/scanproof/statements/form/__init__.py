"""The form of statements that is close to PS3.2 Annex N: one module a chapter, each with what it claims."""

from __future__ import annotations

from scanproof.statements.entity import ApplicationEntity
from scanproof.statements.form.chapters import SERVICES, Form
from scanproof.statements.form.plain import plain
from scanproof.statements.form.said import entities, unknown_sets
from scanproof.statements.form.schema import json_schema, unread
from scanproof.statements.remarks import Mistake, Mistakes, Question
from scansim.inputs import Document, InputError, validate

#: The key by which a file of this form is known.
KEY = "conformance_statement"
#: Keys that no file of the first form has: with one of them, a file without the other key is meant to be of this form.
KEYS = frozenset(Form.model_fields) - {KEY, "application_entities"}


def read(document: Document) -> tuple[Form, tuple[ApplicationEntity, ...], tuple[Mistake, ...], tuple[Question, ...]]:
    """Read a file of the form: what it holds, what it claims, what is wrong in it, and what it asks of its vendor.

    Raises
    ------
    InputError
        For what cannot be read, one line per mistake.
    """
    source = plain(document)
    form = validate(Form, source.document, source.document.data)
    if wrong := list(unknown_sets(form, source)):
        raise InputError("\n".join(wrong[:100]))
    mistakes = Mistakes()
    said = entities(form, source, mistakes)
    return form, said, tuple(mistakes), tuple(source.questions)


__all__ = ["KEY", "KEYS", "SERVICES", "Form", "json_schema", "read", "unread"]
