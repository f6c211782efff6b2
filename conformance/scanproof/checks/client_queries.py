"""Checks of what a client asks for: the Identifiers of its C-FIND, C-MOVE and C-GET (PS3.4 C.2.2, C.4, K.6)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.datadict import keyword_for_tag

from scanproof.check import Fact, Observation, Proof, Scope, Seen, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.evidence.client_course import relational
from scanproof.evidence.fault import Found
from scanproof.evidence.query_faults import FINDS, level_faults
from scanproof.evidence.retrieve_faults import retrieval_faults
from scanproof.evidence.retrieves import GET, MOVE
from scanproof.finding import Level
from scanproof.iod import IodLevel, private_findings
from scanproof.standard import mwl_table
from scanproof.standard.datasets import illegal_keys, value_findings
from scansim.network.transcript import Operation
from scansim.vocabulary.services import RETRIEVE
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND, WORKLIST
from scansim.wire.dataset import DataSet

_RETRIEVALS = (MOVE, GET)
_CHARACTER_SET = "SpecificCharacterSet"
_ABOVE = "query.key-of-level-above"


def _identifiers(client: ClientEvidence) -> Iterator[tuple[Operation, DataSet]]:
    """Queries and retrievals of the client with the Identifiers that came with them."""
    for operation in client.received.operations:
        request = operation.request
        if request.sent or request.dataset is None:
            continue
        known = request.name == "C-FIND-RQ" and request.abstract_syntax in FINDS
        if known or (request.name in _RETRIEVALS and RETRIEVE.has(request.abstract_syntax)):
            yield operation, request.dataset


def _finds(client: ClientEvidence, *syntaxes: str) -> Iterator[tuple[Operation, DataSet]]:
    return (each for each in _identifiers(client) if each[0].request.abstract_syntax in syntaxes)


def _leaves_room(keys: DataSet, path: str) -> bool:
    """Whether a key that its table has no matching for is one that a text lets pass, or another edition knows.

    Several values of what is no UID are matched by newer editions; a value where only single values match, or where
    none does, is one that the SCP may take as it stands.
    """
    *above, name = path.split(">")
    for each in above:
        keys = next(iter(keys.items(each)), keys)
    element = keys.element(name) if not name.startswith("(") else None
    several = element is not None and element.items is None and len(keys.values_of(element)) > 1
    return several or path in mwl_table.SINGLE_VALUE or path.startswith(mwl_table.RETURN_ONLY)


@check(
    "client.query-keys",
    title="Keys of the client's queries have values that matching knows",
    clause="PS3.4 C.2.2.2 (2024d), K.2.2.2, K.6.1.2.2, Table K.6-1 (2018-2024); PS3.5 6.2, 7.8.1 (2013; 2025a)",
    level=Level.SHALL,
    expected="values, ranges and wild cards as the VR of each key has them, single items, whole private blocks",
    hint="Correct the value of the key; leave it empty where it is only to come back.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def query_keys(client: ClientEvidence) -> Iterator[Observation]:
    """A key is matched as a single value, by wild cards if it is text, as a range if it is a date or time, as a list if
    it is a UID; a sequence key has one item. What cannot be matched in one of these ways is no query.

    One server answers as if the key were not there, with every item that it has; another one answers nothing. Both
    times the operator sees a wrong list.

    Every key of each worklist query, query of the archive, C-MOVE and C-GET is looked at. Several values of what is no
    UID, which newer editions can negotiate, a value where the table of the worklist has single values or none, and a
    range that ends before it begins, warn.
    """
    for operation, keys in _identifiers(client):
        worklist = operation.request.abstract_syntax == WORKLIST
        tables = (mwl_table.RETURN_ONLY, mwl_table.SINGLE_VALUE) if worklist else ((), ())
        seen = [
            (warn if _leaves_room(keys, path) else fail)(what, operation.request, tag=path.replace(">", " > "))
            for path, what in illegal_keys(keys, *tables)
            if path != "QueryRetrieveLevel"
        ]
        seen += [
            warn(f"{what!r} ends before it begins", operation.request, tag=path) for path, what in _backwards(keys)
        ]
        for finding in private_findings(keys):
            if finding.level is IodLevel.ERROR:
                seen.append(fail(finding.message, operation.request, tag=finding.tag))
        yield from seen or [ok("legal", operation.request)]


def _backwards(keys: DataSet, above: str = "") -> Iterator[tuple[str, str]]:
    """Ranges of days that end before they begin: nothing is in them."""
    for element in keys.elements.values():
        path = above + (keyword_for_tag(element.tag) or "")
        for item in element.items or ():
            yield from _backwards(item, f"{path} > ")
        if element.items is None and element.vr == "DA":
            ranges = (each.partition("-") for each in keys.values_of(element))
            whole = [each for each in ranges if len(each[0].strip()) == len(each[2].strip()) == len("YYYYMMDD")]
            yield from ((path, "".join(each)) for each in whole if each[2].strip() < each[0].strip())


@check(
    "client.query-character-set",
    title="Text of the client's queries is in the character set that they announce",
    clause="PS3.4 C.2.2.2 (2020, 2024d), C.4.1.1.3.1, K.2.2.2; PS3.5 6.1.2 (2013; 2020)",
    level=Level.SHALL,
    expected="Specific Character Set with a value where text goes beyond ASCII, and never without one",
    hint="Send Specific Character Set (0008,0005) with the set that the keys are encoded in, or leave it out.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def query_character_set(client: ClientEvidence) -> Iterator[Observation]:
    """An Identifier announces the character set of its text; without it the text is in the default repertoire. The
    attribute is never sent empty.

    "Muller" is found and "Müller" is not, or the server refuses the query and the list stays empty.

    Specific Character Set of each query and retrieval, and the bytes of its text.
    """
    for operation, keys in _identifiers(client):
        request = operation.request
        wrong = [finding for finding in value_findings(keys) if finding.rule.startswith("charset")]
        if _CHARACTER_SET in keys and keys.is_empty(_CHARACTER_SET):
            yield fail("present without a value", request, tag=_CHARACTER_SET)
        elif wrong:
            for finding in wrong:
                yield fail(finding.message, request, tag=finding.tag)
        else:
            yield ok(keys.text(_CHARACTER_SET) or "none", request)


@check(
    "client.worklist-keys",
    title="Keys of a scheduled step stand in its sequence in the client's worklist queries",
    clause="PS3.4 K.6.1.2.2, Table K.6-1 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="Modality, start and station in an item of Scheduled Procedure Step Sequence (0040,0100)",
    hint="Put the keys of the step into the one item of Scheduled Procedure Step Sequence.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def worklist_keys(client: ClientEvidence) -> Iterator[Observation]:
    """What is asked of a scheduled step is asked in the item of its sequence; outside of it these attributes are none
    of the information model.

    A server ignores what it does not know there: the scanner shows the steps of every room and day.

    The root of each worklist query is searched for attributes of the step. As other keys may be added to a query, they
    warn.
    """
    for operation, keys in _finds(client, WORKLIST):
        wrong = [name for name in mwl_table.STEP_ONLY if name in keys]
        for name in wrong:
            yield warn("a key of the step, outside of its sequence", operation.request, tag=name)
        if not wrong:
            yield ok("in its sequence", operation.request)


@check(
    "client.query-level",
    title="The client's queries of the archive keep to the levels of the information model",
    clause="PS3.4 C.4.1.1.3.1, C.4.1.2.1 (c. 2020), C.6.1, C.6.2 (2018-2020)",
    level=Level.SHALL,
    service="query",
    expected="a level of the model, one value of each unique key above it, and no other key of the levels above",
    hint="Send Query/Retrieve Level and the unique keys down to it; ask for what is above at its own level.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def query_level(client: ClientEvidence) -> Seen:
    """A query names its level and is hierarchical, unless relational queries were agreed: it has one value of the
    unique key of each level above, and no other key of those levels.

    An archive refuses it, or searches everything that it has for one series.

    The Identifier of each C-FIND in Patient Root and Study Root. A key of a level above without a value, which nothing
    is searched by, warns. That the unique key of the level itself is not asked for is only told.
    """
    for operation, keys in _finds(client, PATIENT_ROOT_FIND, STUDY_ROOT_FIND):
        request = operation.request
        found = [*level_faults(keys, patient_root=request.abstract_syntax == PATIENT_ROOT_FIND)]
        if relational(operation.association, request.abstract_syntax):
            found = [each for each in found if each.path == "QueryRetrieveLevel"]
        own = [each for each in found if each.path not in keys and "not asked for" in each.what]
        for each in own:
            yield Fact(f"{each.path}: {each.what}", request)
        idle = [each for each in found if each.deviation == _ABOVE and not any(keys.values(each.path))]
        if idle:
            names = ", ".join(each.path for each in idle)
            yield warn(f"without a value: {names}; keys of a level above", request, tag=idle[0].path)
        rest = [each for each in found if each not in own and each not in idle]
        if rest or not idle:
            yield from _told(rest, operation, keys)


@check(
    "client.retrieve-keys",
    title="The client's retrievals name what they want by its unique keys",
    clause="PS3.4 C.4.2.2.1, C.4.3.2.1 (2024d), C.4.2.1.4.1 (c. 2020)",
    level=Level.SHALL,
    service="retrieve",
    expected="a level of the model, one value of each unique key above it, and values of the key at it",
    hint="Send Query/Retrieve Level, the unique keys of the levels above, and the UIDs that are wanted.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def retrieve_keys(client: ClientEvidence) -> Iterator[Observation]:
    """A retrieval names its level, one value of the unique key of each level above, and what it wants at the level.

    An archive that takes an absent key for any value sends everything; another one sends nothing, and calls it done.

    The Identifier of each C-MOVE and C-GET. Where relational retrieval was agreed, keys of levels above may be absent.
    That a C-MOVE has a destination the check of required fields tells.
    """
    for operation, keys in _identifiers(client):
        request = operation.request
        if request.name not in _RETRIEVALS:
            continue
        found = [each for each in retrieval_faults(request, keys, frozenset()) if each.rule]  # others: query_keys
        found = [each for each in found if each.path != "MoveDestination"]
        if relational(operation.association, request.abstract_syntax):
            found = [each for each in found if each.what == "no value" or each.path == "QueryRetrieveLevel"]
        yield from _told(found, operation, keys)


def _told(found: list[Found], operation: Operation, keys: DataSet) -> Iterator[Observation]:
    for each in found:
        yield fail(each.what if each.path in keys else "absent", operation.request, tag=each.path)
    if not found:
        yield ok("as the model has it", operation.request)
