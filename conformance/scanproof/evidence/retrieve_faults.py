"""What is wrong with a C-MOVE or C-GET of ours: its level, its unique keys, its destination (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanproof.evidence.fault import Found
from scanproof.evidence.retrieves import KEYS, MOVE
from scanproof.standard.datasets import illegal_keys
from scansim.network.transcript import Exchange
from scansim.vocabulary.uids import PATIENT_ROOT
from scansim.wire.dataset import DataSet


def retrieval_faults(request: Exchange, keys: DataSet, titles: frozenset[str]) -> Iterator[Found]:
    """Faults of a retrieval; `titles` are our AE titles, to one of which it is to be sent; none when it is not ours."""
    level = keys.text("QueryRetrieveLevel")
    levels = list(KEYS) if request.abstract_syntax.startswith(PATIENT_ROOT) else list(KEYS)[1:]
    if level not in levels:
        what = f"{level!r} is no level of the model" if level else "no Query/Retrieve Level"
        yield Found("QueryRetrieveLevel", what, deviation="retrieve.unknown-level")
    else:
        for above in levels[: levels.index(level)]:
            if len(keys.values(KEYS[above])) != 1 or not keys.text(KEYS[above]):
                yield Found(KEYS[above], "no single value", deviation="retrieve.no-unique-key")
        if not any(keys.values(KEYS[level])):
            yield Found(KEYS[level], "no value", deviation="retrieve.no-unique-key")
        elif level == "PATIENT" and len(keys.values(KEYS[level])) > 1:
            yield Found(KEYS[level], "several patients", deviation="retrieve.no-unique-key")
    for path, what in illegal_keys(keys):
        if path != "QueryRetrieveLevel":
            yield Found(path, what, rule="")
    destination = request.command.text("MoveDestination") or ""
    if request.name == MOVE and (not destination or (titles and destination not in titles)):
        what = f"{destination} is none of our AE titles" if destination else "no Move Destination"
        yield Found("MoveDestination", what, deviation="retrieve.unknown-destination")


def finds_nothing(keys: DataSet, stored: Iterable[Exchange]) -> bool:
    """Whether nothing that was stored has a value of the unique key at the level of a retrieval."""
    name = KEYS.get(keys.text("QueryRetrieveLevel"))
    values = [value for value in keys.values(name) if value] if name else []
    if not name or not values:
        return False
    return not any(each.dataset is not None and each.dataset.text(name) in values for each in stored)
