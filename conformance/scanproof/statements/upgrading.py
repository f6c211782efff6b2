"""The first form of statement files rewritten as the one of PS3.2 Annex N: the same claims, under the same ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydicom._uid_dict import UID_dictionary

from scanproof.statements import Claim, Statement, form, read_statement
from scanproof.statements.classic import ClassicStatement
from scanproof.statements.classic import Commitment as ClassicCommitment
from scanproof.statements.statement import of_classic
from scanproof.statements.writing import written
from scansim.files import temporary_folder
from scansim.inputs import InputError, load, validate
from scansim.vocabulary.uids import VERIFICATION, is_storage_class, uid_keyword

_Rows = dict[tuple[str, str], tuple[str, ...]]  # role and SOP Class to the Transfer Syntaxes


def upgraded(path: Path) -> str:
    """Text of a statement in the new form; InputError for one that has it already, or that cannot be said in it."""
    document = load(path)
    if isinstance(document.data, dict) and form.KEY in document.data:
        raise InputError(f"{path}: has the newer form already; nothing is to be done")
    classic = validate(ClassicStatement, document, document.data)
    before = of_classic(classic)
    text = written(_data(classic, before), head=_head(path))
    _says_the_same(path, before, text)
    return text


def _data(classic: ClassicStatement, before: Statement) -> dict[str, Any]:
    names = _names(classic)
    entities = before.application_entities
    data: dict[str, Any] = {
        "conformance_statement": "1",
        "cover_page": {"product": classic.product.name, "versions": [classic.product.version]},
    }
    whole = len(entities) == 1 and _fits_overview(_contexts(entities[0].claims()))
    if whole:
        chapter, services = _overview(_contexts(entities[0].claims()), entities[0].private_storage, names)
        terms = list(entities[0].character_sets)
        data["overview"] = {**chapter, **({"specific_character_sets": terms} if terms else {})}
        data["application_entities"] = {entities[0].ae: {"services": services}}
        if (commitment := classic.application_entities[0].commitment) is not None:
            data["services"] = _reports(commitment)
    else:
        data["application_entities"] = {each.ae: _own(each, names) for each in classic.application_entities}
    return data


def _names(classic: ClassicStatement) -> dict[str, str]:
    """Names of UIDs that are not registered, where the file gives them."""
    groups = [group for entity in classic.application_entities for group in entity.presentation_contexts]
    written_down = (each for group in groups for each in (*group.sop_classes, *group.transfer_syntaxes))
    return {each.uid: each.name for each in written_down if each.uid not in UID_dictionary and each.name != each.uid}


def _contexts(claims: Sequence[Claim]) -> _Rows:
    found: dict[tuple[str, str], list[str]] = {}
    for claim in claims:
        if claim.kind == "context":
            key = (claim.role, str(claim.data["sop_class"]))
            found.setdefault(key, []).append(str(claim.data["transfer_syntax"]))
    return {key: tuple(syntaxes) for key, syntaxes in found.items()}


def _fits_overview(contexts: _Rows) -> bool:
    """Whether the overview can say it: of Verification it has one row."""
    return len({syntaxes for (_, sop_class), syntaxes in contexts.items() if sop_class == VERIFICATION}) <= 1


@dataclass(frozen=True)
class _Row:
    """A SOP Class with the roles that share its Transfer Syntaxes."""

    sop_class: str
    syntaxes: tuple[str, ...]
    roles: dict[str, str]


def _rows(contexts: _Rows) -> Iterator[_Row]:
    together: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for (role, sop_class), syntaxes in contexts.items():
        together.setdefault((sop_class, syntaxes), {})[role.lower()] = "Y"
    for (sop_class, syntaxes), roles in together.items():
        yield _Row(sop_class, syntaxes, {role: roles[role] for role in ("scu", "scp") if role in roles})


def _overview(contexts: _Rows, private: frozenset[str], names: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Chapter 1, and the services that are in it."""
    sets: dict[tuple[str, ...], str] = {}
    tables: dict[str, list[dict[str, Any]]] = {}
    services: dict[str, None] = {}
    dimse: dict[str, Any] = {}
    for row in _rows(contexts):
        table, service = _table(row.sop_class, private)
        services.setdefault(service)
        of = {"transfer_syntax_sets": [sets.setdefault(row.syntaxes, _set_name(len(sets)))]}
        if table == "verification":
            dimse["verification"] = {**of, **row.roles}
        elif table == "storage_sop_classes":
            tables.setdefault(table, []).append({**_class(row.sop_class, names), **of, "dimse": row.roles})
        else:
            tables.setdefault(table, []).append({**_class(row.sop_class, names), **of, **row.roles})
    content: dict[str, Any] = {
        "transfer_syntax_sets": {name: [_word(uid, names) for uid in syntaxes] for syntaxes, name in sets.items()}
    }
    if "storage_sop_classes" in tables:
        content["storage_sop_classes"] = tables.pop("storage_sop_classes")
    dimse.update(
        {name: tables[name] for name in ("workflow_management", "query_retrieve", "printing") if name in tables}
    )
    return {"content_and_transfer": content, **({"dimse_services": dimse} if dimse else {})}, list(services)


def _set_name(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"S{number + 1}"


def _table(uid: str, private: frozenset[str]) -> tuple[str, str]:
    """The table of chapter 1 that a SOP Class belongs into, and the service that it is then of."""
    keyword = uid_keyword(uid)
    if uid == VERIFICATION:
        return "verification", "verification"
    if is_storage_class(uid) or (uid in private and uid not in UID_dictionary):
        return "storage_sop_classes", "storage"
    if "QueryRetrieve" in keyword:
        return "query_retrieve", "query_retrieve"
    for begin, service in (
        ("ModalityWorklist", "basic_worklist_management"),
        ("ModalityPerformedProcedureStep", "modality_performed_procedure_step"),
        ("StorageCommitment", "storage_commitment"),
        ("UnifiedProcedureStep", "unified_procedure_step"),
        ("InstanceAvailability", "instance_availability_notification"),
    ):
        if keyword.startswith(begin):
            return "workflow_management", service
    return "workflow_management", "other"


def _class(uid: str, names: dict[str, str]) -> dict[str, str]:
    if uid in UID_dictionary:
        return {"sop_class": uid_keyword(uid)}
    return {"sop_class": names.get(uid, uid), **({"uid": uid} if uid in names else {})}


def _word(uid: str, names: dict[str, str]) -> Any:
    return {"uid": uid, "name": names[uid]} if uid in names else uid_keyword(uid)


def _own(entity: Any, names: dict[str, str]) -> dict[str, Any]:
    """What one of several Application Entities has of its own, with the groups as the file has them."""
    groups = []
    services: dict[str, None] = {}
    for group in entity.presentation_contexts:
        uids = [each.uid for each in group.sop_classes]
        private = frozenset(uids if group.private_storage else ())
        services.update(dict.fromkeys(_table(uid, private)[1] for uid in uids))
        made: dict[str, Any] = {
            "sop_classes": [_word(uid, names) for uid in uids],
            "roles": list(group.roles),
            "transfer_syntaxes": [_word(each.uid, names) for each in group.transfer_syntaxes],
        }
        groups.append({**made, **({"private_storage": True} if group.private_storage else {})})
    own: dict[str, Any] = {"services": list(services), "presentation_contexts": groups}
    if entity.commitment is not None:
        own["own_services"] = _reports(entity.commitment)
    return {**own, **({"specific_character_sets": list(entity.character_sets)} if entity.character_sets else {})}


def _reports(said: ClassicCommitment) -> dict[str, Any]:
    made: dict[str, Any] = {"same_association": {"same": "Y", "new": "N", "either": "EITHER"}[said.delivery]}
    for name, seconds in (
        ("typical_delay_s", said.typical_seconds),
        ("maximum_delay_s", said.max_seconds),
        ("retry_interval_s", said.retry_seconds),
    ):
        if seconds is not None:
            made[name] = int(seconds) if seconds == int(seconds) else seconds
    if said.known_requesters_only:
        made["known_requesters_only"] = "Y"
    return {"storage_commitment": {"scp": {"n_event_report": made}}}


def _head(path: Path) -> str:
    """The comments of a file, those before its first line as they are, the others with what they stood at."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    top: list[str] = []
    rest: list[str] = []
    begun = False
    for number, column in _comments(text):
        comment = lines[number][column:].removeprefix("#").removeprefix(" ").rstrip()
        before = lines[number][:column].strip()
        begun = (
            begun or bool(before) or any(line.strip() and not line.strip().startswith("#") for line in lines[:number])
        )
        (rest if begun else top).append(f"line {number + 1}: {comment}" if begun else comment)
    return "\n".join([*top, *(["Comments of the former file:", *rest] if rest else ())])


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Line and column of each comment: a number sign that no token of YAML has in it."""
    if "#" not in text:
        return
    inside: set[tuple[int, int]] = set()
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            start, end = token.start_mark, token.end_mark
            part = text[start.index : end.index]
            for offset, character in enumerate(part):
                if character == "#":
                    line = start.line + part.count("\n", 0, offset)
                    column = start.column + offset if line == start.line else offset - part.rfind("\n", 0, offset) - 1
                    inside.add((line, column))
    for number, line in enumerate(text.split("\n")):
        for column, character in enumerate(line):
            if character == "#" and (number, column) not in inside and (not column or line[column - 1] in " \t"):
                yield number, column
                break


def _says_the_same(path: Path, before: Statement, text: str) -> None:
    """InputError when the new form claims something else, which nothing is known to lead to."""
    with temporary_folder("scanproof-") as folder:
        made = folder / "statement.yaml"
        made.write_text(text, encoding="utf-8")
        after = read_statement(made)
    was, now = _facts(before), _facts(after)
    if was != now:
        lost = [name for name, fact in was.items() if now.get(name) != fact]
        added = [name for name in now if name not in was]
        raise InputError(f"{path}: cannot be said in the newer form: {', '.join((*lost, *added)[:5])}")


def _facts(statement: Statement) -> dict[str, tuple[Any, ...]]:
    return {claim.id: (claim.ae, claim.role, claim.kind, claim.text, dict(claim.data)) for claim in statement.claims()}
