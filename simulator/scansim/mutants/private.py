"""Mutants: private elements and those who reserve them."""

from __future__ import annotations

from dataclasses import replace

from scansim.mutants.bases import with_private, with_procedure
from scansim.mutants.facts import Level, Mutant
from scansim.mutants.surgery import Change, both, delete, edit, insert, value

_BLOCKS = "PS3.5 7.8.1 (2025a)"
_GROUPS = "PS3.5 7.1 (2020a)"


def _private(
    name: str,
    rule: str,
    summary: str,
    path: str,
    change: Change,
    base: Change = with_private,
    *,
    clause: str = _BLOCKS,
    level: Level = "error",
    touched: tuple[str, ...] = (),
) -> Mutant:
    return Mutant(f"private-{name}", summary, rule, clause, level, path, change, touched=touched, base=base)


MUTANTS = (
    _private(
        "creator-missing",
        "private-creator-missing",
        "a private element, and nobody reserved its block",
        "(0009,1001)",
        delete("(0009,0010)"),
        touched=("(0009,0010)",),
    ),
    _private(
        "creator-empty",
        "private-creator-empty",
        "the Private Creator has zero length",
        "(0009,0010)",
        value("(0009,0010)", b""),
    ),
    _private(
        "creator-blank",
        "private-creator-empty",
        "the Private Creator holds blanks alone",
        "(0009,0010)",
        value("(0009,0010)", b"    "),
    ),
    _private(
        "other-block",
        "private-creator-missing",
        "a private element of a block that was not reserved",
        "(0009,1101)",
        insert("(0009,1101)", "lost", "LO"),
    ),
    _private(
        "creator-vr",
        "private-creator-vr",
        "the Private Creator is SH, not LO",
        "(0009,0010)",
        edit("(0009,0010)", lambda element: replace(element, vr="SH")),
    ),
    _private(
        "creator-vm",
        "vm",
        "the Private Creator has two values",
        "(0009,0010)",
        value("(0009,0010)", r"SCANSIM\TEST"),
    ),
    _private(
        "creator-charset",
        "charset-bytes",
        "the Private Creator leaves the default repertoire",
        "(0009,0010)",
        value("(0009,0010)", b"SCANSIM M\xdcLLER"),
    ),
    _private(
        "creator-twice",
        "private-creator-twice",
        "one creator reserves two blocks of a group",
        "(0009,0011)",
        insert("(0009,0011)", "SCANSIM TEST", "LO"),
        clause="PS3.5 7.8.1 (2020; not yet in 2013)",
        level="warning",
    ),
    _private(
        "element-low",
        "private-element-low",
        "a private element below (gggg,0010)",
        "(0009,0002)",
        insert("(0009,0002)", "low", "LO"),
    ),
    _private(
        "group-0007",
        "group-forbidden",
        "an element of group 0007H",
        "(0007,0010)",
        insert("(0007,0010)", "SCANSIM TEST", "LO"),
        clause=_GROUPS,
    ),
    _private(
        "in-item",
        "private-creator-missing",
        "in an item, and the creator stands only at the top level",
        "ProcedureCodeSequence[1] > (0009,1001)",
        insert("ProcedureCodeSequence[1] > (0009,1001)", "lost", "LO"),
        both(with_procedure, with_private),
    ),
)
