"""What is wrong with the keys of a C-FIND (PS3.4 C.2.2.2, C.4.1.2, K.6.1)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.evidence.fault import Found
from scanproof.standard import mwl_table, query_table
from scanproof.standard.datasets import illegal_keys
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND, WORKLIST
from scansim.wire.dataset import DataSet, keyword

#: SOP Classes whose queries are known.
FINDS = (WORKLIST, STUDY_ROOT_FIND, PATIENT_ROOT_FIND)


def query_faults(keys: DataSet, syntax: str) -> Iterator[Found]:
    """A query: keys that its matching knows; of a hierarchical one a level, and one value for each above it."""
    worklist = syntax == WORKLIST
    tables = (mwl_table.RETURN_ONLY, mwl_table.SINGLE_VALUE) if worklist else ((), ())
    for path, what in illegal_keys(keys, *tables):
        odd = "two-steps" if path == mwl_table.STEP else "malformed-key"
        yield Found(path, what, rule="", deviation=f"{'worklist' if worklist else 'query'}.{odd}")
    if not worklist:
        yield from level_faults(keys, patient_root=syntax == PATIENT_ROOT_FIND)


def level_faults(keys: DataSet, *, patient_root: bool) -> Iterator[Found]:
    """A hierarchical query: its level, the unique keys down to it, and no other key of the levels above."""
    level, model = keys.text("QueryRetrieveLevel"), "Patient Root" if patient_root else "Study Root"
    if level not in query_table.levels(patient_root=patient_root):
        odd = (
            "no-level" if not level else "level-of-other-model" if level in query_table.UNIQUE_KEYS else "unknown-level"
        )
        yield Found("QueryRetrieveLevel", f"{level!r} is no level of {model}", deviation=f"query.{odd}")
        return
    for name in query_table.unique_keys_above(level, patient_root=patient_root):
        values = keys.values(name)
        if len(values) != 1 or set("*?") & set(values[0]):
            yield Found(name, "no single value", deviation="query.no-unique-key")
    own = query_table.UNIQUE_KEYS[level]
    if own not in keys:
        yield Found(own, "the unique key of the level is not asked for", deviation="query.no-unique-key")
    above = query_table.other_keys_above(level, patient_root=patient_root)
    for element in keys.elements.values():
        if (name := keyword(element.tag)) in above:
            yield Found(name, "a key of a level above", deviation="query.key-of-level-above")
