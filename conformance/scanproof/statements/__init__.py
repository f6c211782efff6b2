"""Conformance Statements as data: files of either form, what they claim, and of which Application Entity."""

from scanproof.statements.built_in import built_in_statements, file_of
from scanproof.statements.claim import (
    Claim,
    character_set_claim_id,
    commitment_claim_id,
    context_claim_id,
)
from scanproof.statements.entity import ApplicationEntity, Commitment, Delivery
from scanproof.statements.form import unread
from scanproof.statements.kinds import KINDS, Kind
from scanproof.statements.remarks import Mistake, Question
from scanproof.statements.statement import Statement, json_schema, load_statement, read_statement

__all__ = [
    "KINDS",
    "ApplicationEntity",
    "Claim",
    "Commitment",
    "Delivery",
    "Kind",
    "Mistake",
    "Question",
    "Statement",
    "built_in_statements",
    "character_set_claim_id",
    "commitment_claim_id",
    "context_claim_id",
    "file_of",
    "json_schema",
    "load_statement",
    "read_statement",
    "unread",
]
